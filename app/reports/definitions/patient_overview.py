"""Patient overview: how many different people were seen, who they are, and where they came from."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.breakdown import Breakdown, Steps
from app.reports.questions.figures import Figures
from app.reports.questions.trends import Trends

_WHO = ("patients.seen", "patients.new", "patients.returning", "patients.visits_per_patient")

PATIENT_OVERVIEW = Definition(
    key="patient_overview",
    label="Patient overview",
    description="Different patients seen, new and returning, by age, sex, clinic and doctor, with what they say.",
    readers="Patients and care",
    permission=Permission.METRICS_PATIENTS,
    headline=("patients.seen", "patients.new", "patients.retention_rate"),
    questions=(
        Figures(
            "Key figures",
            (
                "patients.seen",
                "patients.new",
                "patients.new_36_months",
                "patients.returning",
                "patients.new_share",
                "patients.visits_per_patient",
                "patients.retention_rate",
                "patients.continuity_rate",
                "satisfaction.score",
                "satisfaction.nps",
            ),
            readings=True,
        ),
        Trends(("patients.seen",)),
        Breakdown("By age", _WHO, ("age_band",), graph="columns", note="Age in whole years on the day of the visit."),
        Breakdown("By sex", _WHO, ("sex",)),
        Breakdown(
            "By clinic", _WHO, ("clinic",), note="A patient seen in two clinics counts in both, and once in the whole."
        ),
        Breakdown("By doctor", _WHO, ("practitioner",)),
        Steps(("patients.seen", "patients.new", "patients.returning"), graph=False),
    ),
    filters=frozenset({"clinics", "practitioners", "age_bands", "sexes"}),
)
