"""Clinical quality: follow-up, results, notes, harm and complaints, and what the clinical records give."""

from app.core.permissions import Permission
from app.metrics.catalogue import METRICS
from app.reports.definition import Definition
from app.reports.questions.figures import Figures
from app.reports.questions.shares import Shares
from app.reports.questions.trends import Trends

_CLINICAL = tuple(key for key, metric in METRICS.items() if metric.domain == "clinical")

CLINICAL_QUALITY = Definition(
    key="clinical_quality",
    label="Clinical quality",
    description="Follow-up of recalls and results, signed notes, incidents and complaints, care by the same doctor.",
    readers="Patients and care",
    permission=Permission.METRICS_OPERATIONS,
    headline=("tasks.follow_up_rate", "tasks.documentation_rate", "satisfaction.harm_incidents"),
    questions=(
        Figures(
            "Key figures",
            (
                "tasks.follow_up_rate",
                "tasks.follow_ups_overdue",
                "tasks.results_waiting",
                "tasks.documentation_rate",
                "tasks.encounters",
                "patients.continuity_rate",
            ),
            readings=True,
        ),
        *((Figures("Clinical records", _CLINICAL, readings=True),) if _CLINICAL else ()),
        Trends(("tasks.documentation_rate", "tasks.follow_up_rate")),
        Shares("Notes signed in time, by department", "tasks.documentation_rate", "department"),
        Shares("Notes signed in time, by doctor", "tasks.documentation_rate", "practitioner"),
        Figures(
            "Safety and complaints",
            (
                "satisfaction.incidents",
                "satisfaction.harm_incidents",
                "satisfaction.complaints",
                "satisfaction.complaints_per_1000",
                "satisfaction.complaints_open",
                "satisfaction.complaint_days_median",
            ),
        ),
        Figures(
            "What patients say",
            ("satisfaction.score", "satisfaction.top_box", "satisfaction.nps", "satisfaction.response_rate"),
        ),
    ),
    filters=frozenset({"clinics", "practitioners"}),
)
