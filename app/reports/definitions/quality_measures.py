"""Quality measures: populations, rates and traces of the electronic clinical quality measures."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.figures import Figures
from app.reports.questions.measures import Measures
from app.reports.questions.trends import Trends

QUALITY_MEASURES = Definition(
    key="quality_measures",
    label="Quality measures",
    description="Electronic clinical quality measures: who is counted, excluded and meets each, patient by patient.",
    readers="Patients and care",
    permission=Permission.METRICS_PATIENTS,
    headline=("clinical.bp_control_rate", "clinical.review_rate", "clinical.goals_reached_rate"),
    questions=(
        Figures("Care behind the measures", ("patients.seen", "clinical.bp_control_rate", "clinical.review_rate")),
        Trends(("clinical.bp_control_rate",)),
        Measures(),
    ),
    period="last_year",
    filters=frozenset({"clinics"}),
    reads_patients=True,
)
