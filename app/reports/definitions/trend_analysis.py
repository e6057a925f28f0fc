"""Trend analysis: which figures changed by more than chance explains, week by week over a year."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.trends import Trends, Verdicts

_KEYS = (
    "attendance.booked",
    "attendance.no_show_rate",
    "attendance.cancellation_rate",
    "waiting.wait_median",
    "waiting.wait_p90",
    "waiting.on_time_rate",
    "capacity.utilisation",
    "patients.new",
    "patients.retention_rate",
    "satisfaction.score",
    "revenue.charged",
    "revenue.collected",
    "claims.denial_rate",
    "claims.decision_days_median",
    "staff.visits_per_doctor_hour",
)

TREND_ANALYSIS = Definition(
    key="trend_analysis",
    label="Trends",
    description="Control charts of the main figures over a year of weeks, and which of them really changed.",
    readers="Analysis",
    permission=Permission.METRICS_OPERATIONS,
    headline=("attendance.booked", "attendance.no_show_rate", "waiting.wait_median"),
    questions=(
        Verdicts("What changed", _KEYS, weeks=52),
        Trends(_KEYS[:2], weeks=52),
        Trends(_KEYS[2:], weeks=52, title="The other figures", in_one=True),
    ),
    filters=frozenset({"clinics", "practitioners"}),
)
