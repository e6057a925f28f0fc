"""Payments: the money that came in, by way, clinic and day, and what failed or went back."""

from app.core.permissions import Permission
from app.reports.definition import MONEY_FILTER, Definition
from app.reports.questions.breakdown import Breakdown, Steps
from app.reports.questions.figures import Figures
from app.reports.questions.trends import Trends

PAYMENTS = Definition(
    key="payments",
    label="Payments",
    description="Money collected by way of payment, clinic, weekday and step of time; refunds and failed payments.",
    readers="Management and money",
    permission=Permission.METRICS_MONEY,
    headline=("revenue.collected", "revenue.payments", "revenue.failed_rate"),
    questions=(
        Figures(
            "Key figures",
            (
                "revenue.collected",
                "revenue.payments",
                "revenue.refunds",
                "revenue.failed_rate",
                "revenue.insurance_share",
                "revenue.card_share",
                "revenue.cash_share",
                "revenue.transfer_share",
                "revenue.other_share",
            ),
            readings=True,
            note="All count by the clinic's local date of the payment.",
        ),
        Trends(("revenue.collected",)),
        Breakdown("By way of payment", ("revenue.collected", "revenue.payments"), ("method",), graph="rows"),
        Steps(("revenue.collected", "revenue.payments", "revenue.refunds"), graph=False),
        Breakdown(
            "By clinic",
            ("revenue.collected", "revenue.payments", "revenue.refunds", "revenue.failed_rate"),
            ("clinic",),
        ),
        Breakdown("By weekday", ("revenue.collected", "revenue.payments"), ("weekday",), graph="columns"),
    ),
    filters=MONEY_FILTER,
)
