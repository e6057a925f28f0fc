"""Attendance: did patients come to the visits they booked?"""

from datetime import date

from app.core.permissions import Permission
from app.metrics.types import Better, Metric, Unit, Variant
from app.metrics.values import Ratio, Total, total_of
from app.rollups.families.appointments import APPOINTMENTS as A

_P = Permission.METRICS_OPERATIONS
_NOT_RECORDED = "No source brings appointments."

seen = total_of(A, "completed", "started", "arrived")
no_show = total_of(A, "no_show")
late = total_of(A, "late_cancelled")
early = total_of(A, "cancelled")
clinic = total_of(A, "by_clinic")
moved = total_of(A, "moved")
open_ = total_of(A, "booked_open", "unknown")
booked = seen + no_show + late + early + clinic + open_  # a moved visit counts on its new day only

METRICS = (
    Metric(
        key="attendance.booked",
        label="Booked visits",
        description="Visits booked to start in the period, whatever came of them. A moved one counts on its new day.",
        unit=Unit.COUNT,
        better=Better.NONE,
        value=Total(booked),
        permission=_P,
        numerator="booked visits without those moved away and test bookings",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.seen",
        label="Patients who came",
        description="Visits whose patient arrived: waiting, in a room or completed.",
        unit=Unit.COUNT,
        better=Better.UP,
        value=Total(seen),
        permission=_P,
        numerator="arrived",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.completed",
        label="Completed visits",
        description="Visits that have taken place and ended.",
        unit=Unit.COUNT,
        better=Better.UP,
        value=Total(total_of(A, "completed")),
        permission=_P,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.in_progress",
        label="In progress",
        description="Visits whose patient has arrived and not left: waiting or in a room.",
        unit=Unit.COUNT,
        better=Better.NONE,
        value=Total(total_of(A, "started", "arrived")),
        permission=_P,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.no_shows",
        label="No-shows",
        description="Visits whose patient did not come and gave no notice.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(no_show),
        permission=_P,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.no_show_rate",
        label="No-show rate",
        description="Of the visits that should have taken place, how many did the patient miss without notice.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(no_show, seen + no_show),
        permission=_P,
        source="After NHS England and IHI, whose denominators differ; see the variants.",
        version=2,
        since=date(2026, 7, 1),
        change_note="Version 1 counted late cancellations too.",
        numerator="no-shows",
        denominator="arrived + no-shows",
        variants=(
            Variant("All booked visits", "NHS England, reducing did not attends", Ratio(no_show, booked)),
            Variant(
                "Appointment slots",
                "IHI, percentage of no-shows",
                Ratio(no_show, seen + no_show + late + early + clinic + open_),
            ),
            Variant("Attended visits", "NHS Scotland open data", Ratio(no_show, seen)),
            Variant(
                "No-shows and late cancellations",
                "MediConnect, version 1",
                Ratio(no_show + late, seen + no_show + late),
            ),
        ),
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.completion_rate",
        label="Completion rate",
        description="Of the visits whose outcome is known and was the patient's to decide, how many were completed.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(A, "completed"), total_of(A, "completed") + no_show + late + early),
        permission=_P,
        numerator="completed",
        denominator="completed + no-shows + cancelled by the patient",
        variants=(Variant("All booked visits", "Share of what was booked", Ratio(total_of(A, "completed"), booked)),),
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.cancellations",
        label="Cancellations by patients",
        description="Visits the patient cancelled, early or late, and did not move.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(late + early),
        permission=_P,
        numerator="cancelled by the patient",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.cancellation_rate",
        label="Cancellation rate",
        description="Share of the booked visits that the patient cancelled.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(late + early, booked),
        permission=_P,
        numerator="cancelled by the patient",
        denominator="booked visits that were not moved",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.late_cancellation_rate",
        label="Late cancellations",
        description="Share of the booked visits that the patient cancelled less than 24 hours before the start.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(late, booked),
        permission=_P,
        source="Short-notice cancellations as in VA access studies (PMC4934549).",
        numerator="cancelled less than 24 h before",
        denominator="booked visits that were not moved",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.clinic_cancellation_rate",
        label="Cancelled by the clinic",
        description="Share of the booked visits that the clinic cancelled.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(clinic, booked),
        permission=_P,
        numerator="cancelled by the clinic",
        denominator="booked visits that were not moved",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.lost_slot_rate",
        label="Lost slots",
        description="Share of the slots that stood empty since the patient missed the visit or cancelled it late.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(no_show + late, seen + no_show + late),
        permission=_P,
        numerator="no-shows + late cancellations",
        denominator="arrived + no-shows + late cancellations",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.rescheduled_rate",
        label="Moved visits",
        description="Share of the bookings that were moved to another time; the visit counts at its new time.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(moved, booked + moved),
        permission=_P,
        numerator="moved to another time",
        denominator="booked visits",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="attendance.outcome_missing_rate",
        label="Outcome missing",
        description="Share of the booked visits without a recorded outcome; until a day is over, those to come too.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(open_, booked),
        permission=_P,
        numerator="without an outcome",
        denominator="booked visits",
        not_recorded=_NOT_RECORDED,
    ),
)
