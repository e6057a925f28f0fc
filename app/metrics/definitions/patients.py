"""Patients: how many different people were seen, who is new, and who comes back."""

from app.core.permissions import Permission
from app.metrics.types import Better, Metric, Unit, Variant
from app.metrics.values import Ratio, Total, total_of
from app.rollups.families.appointments import PATIENTS, RETURNS

_P = Permission.METRICS_PATIENTS
_NOT_RECORDED = "No source brings completed visits of named patients."

seen = total_of(PATIENTS, "patients")
first = total_of(PATIENTS, "first")

METRICS = (
    Metric(
        key="patients.seen",
        label="Patients seen",
        description="Different patients with a completed visit in the period; each counts once.",
        unit=Unit.COUNT,
        better=Better.UP,
        value=Total(seen),
        permission=_P,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="patients.new",
        label="New patients",
        description="Patients whose first completed visit anywhere in the organization lies in the period.",
        unit=Unit.COUNT,
        better=Better.UP,
        value=Total(first),
        permission=_P,
        numerator="first visits",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="patients.new_36_months",
        label="New patients, 36-month rule",
        description="Visits of patients without a completed visit in the 36 months before.",
        unit=Unit.COUNT,
        better=Better.UP,
        value=Total(total_of(PATIENTS, "new_36")),
        permission=_P,
        source="CPT definition of a new patient, at organization level",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="patients.returning",
        label="Returning patients",
        description="Different patients seen in the period who had been seen before it.",
        unit=Unit.COUNT,
        better=Better.UP,
        value=Total(seen - first),
        permission=_P,
        numerator="patients seen − first visits",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="patients.new_share",
        label="Share of new patients",
        description="New patients among the different patients seen.",
        unit=Unit.PERCENT,
        better=Better.NONE,
        value=Ratio(first, seen),
        permission=_P,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="patients.visits_per_patient",
        label="Visits per patient",
        description="Completed visits for each different patient seen in the period.",
        unit=Unit.RATIO,
        better=Better.NONE,
        value=Ratio(total_of(PATIENTS, "visits"), seen),
        permission=_P,
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="patients.retention_rate",
        label="Retention",
        description="Of the visits whose 180 days ended in the period, how many were followed by another within them.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(RETURNS, "returned"), total_of(RETURNS, "seen")),
        permission=_P,
        source="Return within 180 days; a visit counts when its 180 days are over, so no case is open",
        numerator="patients who came back within 180 days",
        denominator="visits 180 days before",
        not_recorded=_NOT_RECORDED,
    ),
    Metric(
        key="patients.continuity_rate",
        label="Same doctor",
        description="Of the visits of patients seen before, how many were to a doctor who knew them from this clinic.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(PATIENTS, "again"), total_of(PATIENTS, "known")),
        permission=_P,
        source="After the usual provider of care index",
        variants=(
            Variant(
                "All visits",
                "Share of all patient days",
                Ratio(total_of(PATIENTS, "again"), total_of(PATIENTS, "patient_days")),
            ),
        ),
        not_recorded=_NOT_RECORDED,
    ),
)
