"""Staff: who was there, who was missing, and how much work that made."""

from app.core.permissions import Permission
from app.metrics.types import Better, Metric, Unit
from app.metrics.values import Ratio, Total, total_of
from app.rollups.families.appointments import APPOINTMENTS as A
from app.rollups.families.capacity import SHIFTS

_P = Permission.METRICS_STAFF
_NOT_RECORDED = "No source brings the duty roster."


def _on_duty(role: str, label: str) -> Metric:
    return Metric(
        key=f"staff.{role}_on_duty",
        label=f"{label} on duty",
        description=f"Shifts of {label.lower()} that were worked; over several days, all of them added.",
        unit=Unit.COUNT,
        better=Better.NONE,
        value=Total(total_of(SHIFTS, f"{role}s")),
        permission=Permission.METRICS_OPERATIONS,
        counts_people=False,
        not_recorded=_NOT_RECORDED,
    )


METRICS = (
    _on_duty("doctor", "Doctors"),
    _on_duty("nurse", "Nurses"),
    _on_duty("support", "Support staff"),
    Metric(
        key="staff.minutes",
        label="Time worked",
        description="Planned minutes of the shifts that were worked.",
        unit=Unit.MINUTES,
        better=Better.NONE,
        value=Total(total_of(SHIFTS, "worked_minutes")),
        permission=_P,
        counts_people=False,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="staff.absence_rate",
        label="Absence",
        description="Share of the planned shifts that nobody came to.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(total_of(SHIFTS, "absent"), total_of(SHIFTS, "planned")),
        permission=_P,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="staff.visits_per_doctor_hour",
        label="Visits per doctor hour",
        description="Patients who came for each hour of a doctor's shift.",
        unit=Unit.RATIO,
        better=Better.NONE,
        value=Ratio(total_of(A, "completed", "started", "arrived"), total_of(SHIFTS, "doctor_minutes"), scale=60),
        permission=_P,
        numerator="arrived",
        counts_people=False,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="staff.nurses_per_doctor",
        label="Nurses per doctor",
        description="Nurse minutes for each doctor minute on shift.",
        unit=Unit.RATIO,
        better=Better.NONE,
        value=Ratio(total_of(SHIFTS, "nurse_minutes"), total_of(SHIFTS, "doctor_minutes")),
        permission=_P,
        counts_people=False,
        not_recorded=_NOT_RECORDED,
    ),
)
