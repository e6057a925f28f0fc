"""Doctor performance: comparison without ranking, each against what chance alone would give."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.breakdown import Breakdown
from app.reports.questions.figures import Figures
from app.reports.questions.funnels import Funnel

DOCTOR_PERFORMANCE = Definition(
    key="doctor_performance",
    label="Doctor performance",
    description="Work, punctuality, attendance and what patients say by doctor, in order of name, chance drawn in.",
    readers="Doctors and staff",
    permission=Permission.METRICS_STAFF,
    headline=("attendance.completed", "waiting.on_time_rate", "satisfaction.score"),
    questions=(
        Figures(
            "Key figures",
            (
                "attendance.completed",
                "attendance.completion_rate",
                "waiting.on_time_rate",
                "waiting.wait_median",
                "waiting.wait_p90",
                "patients.retention_rate",
                "satisfaction.score",
                "satisfaction.complaints",
                "tasks.follow_up_rate",
                "tasks.documentation_rate",
            ),
            readings=True,
        ),
        Breakdown(
            "Work by doctor",
            (
                "attendance.completed",
                "patients.seen",
                "patients.new",
                "waiting.visit_median",
                "waiting.wait_median",
                "capacity.utilisation",
            ),
            ("practitioner",),
        ),
        Funnel("waiting.on_time_rate"),
        Funnel("attendance.completion_rate"),
        Funnel("attendance.no_show_rate"),
        Funnel("patients.continuity_rate"),
        Funnel("satisfaction.top_box"),
        Funnel("tasks.documentation_rate"),
        Breakdown("Money by doctor", ("revenue.charged", "revenue.invoiced", "revenue.per_visit"), ("practitioner",)),
    ),
    filters=frozenset({"clinics", "practitioners", "types"}),
)
