"""Patient retention: who comes back within 180 days, and whether to the same doctor."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.figures import Figures
from app.reports.questions.shares import Shares
from app.reports.questions.trends import Trends

_KEY = "patients.retention_rate"

PATIENT_RETENTION = Definition(
    key="patient_retention",
    label="Patient retention",
    description="Visits followed by another within 180 days, by clinic, doctor, age and sex, and continuity of care.",
    readers="Patients and care",
    permission=Permission.METRICS_PATIENTS,
    headline=(_KEY, "patients.returning", "patients.continuity_rate"),
    questions=(
        Figures(
            "Key figures",
            (
                _KEY,
                "patients.continuity_rate",
                "patients.seen",
                "patients.new",
                "patients.returning",
                "patients.visits_per_patient",
                "tasks.follow_up_rate",
            ),
            readings=True,
            note="A visit counts on the day on which its 180 days are over, so that no case is still open.",
        ),
        Trends((_KEY, "patients.continuity_rate")),
        Shares("Return by clinic", _KEY, "clinic"),
        Shares("Return by age", _KEY, "age_band"),
        Shares("Return by sex", _KEY, "sex"),
        Shares("Return by doctor", _KEY, "practitioner"),
    ),
    filters=frozenset({"clinics", "practitioners", "age_bands", "sexes"}),
)
