"""Financial summary: what was charged, invoiced and collected, what is owed, and what it cost."""

from app.core.permissions import Permission
from app.reports.definition import MONEY_FILTER, Definition
from app.reports.questions.breakdown import Breakdown, Steps
from app.reports.questions.figures import Figures
from app.reports.questions.trends import Trends

FINANCIAL_SUMMARY = Definition(
    key="financial_summary",
    label="Financial summary",
    description="Charged, invoiced and collected with their three dates, what is still owed, costs and margin.",
    readers="Management and money",
    permission=Permission.METRICS_MONEY,
    headline=("revenue.collected", "revenue.charged", "receivables.outstanding"),
    questions=(
        Figures(
            "Key figures",
            (
                "revenue.charged",
                "revenue.invoiced",
                "revenue.collected",
                "revenue.refunds",
                "revenue.discounts",
                "revenue.per_visit",
                "revenue.gross_collection_rate",
                "revenue.net_collection_rate",
                "receivables.outstanding",
                "receivables.days_in_ar",
                "revenue.costs",
                "revenue.margin",
            ),
            readings=True,
            note="Charged counts by date of service, invoiced by date of issue, collected by date of payment.",
        ),
        Trends(("revenue.collected",)),
        Steps(("revenue.collected", "revenue.charged", "revenue.invoiced"), graph=False),
        Breakdown(
            "By clinic",
            ("revenue.collected", "revenue.charged", "revenue.invoiced", "revenue.net_collection_rate"),
            ("clinic",),
            graph="rows",
        ),
        Breakdown("By department", ("revenue.charged", "revenue.collected"), ("department",)),
        Breakdown("By way of payment", ("revenue.collected", "revenue.payments"), ("method",), graph="rows"),
        Breakdown("Costs by category", ("revenue.costs",), ("category",)),
    ),
    filters=MONEY_FILTER,
)
