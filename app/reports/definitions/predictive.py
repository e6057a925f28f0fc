"""Predictive: demand and revenue of the next four weeks, with the tests of the same forecast on the past."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.forecasts import Forecasts
from app.reports.questions.trends import Trends

PREDICTIVE = Definition(
    key="predictive",
    label="Forecast",
    description="Visits and money of the next four weeks with their ranges, and how such forecasts did on the past.",
    readers="Analysis",
    permission=Permission.METRICS_OPERATIONS,
    headline=("attendance.seen", "revenue.collected"),
    questions=(
        Forecasts(("attendance.seen", "revenue.collected")),
        Trends(("attendance.seen", "revenue.collected"), weeks=52),
    ),
    period="this_month",
    filters=frozenset({"clinics"}),
)
