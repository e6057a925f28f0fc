"""The clinic's month: visits, no-shows, waits, money and satisfaction, with the signals valid on its date."""

from app.core.permissions import Permission
from app.reports.definition import EVERY_FILTER, Definition
from app.reports.questions.days import RATE, WAIT, WAIT_P90, Days
from app.reports.questions.figures import Figures
from app.reports.questions.shares import Shares
from app.reports.questions.trends import Trends

SEEN = "attendance.seen"

CLINIC_OPERATIONS = Definition(
    key="clinic_operations",
    label="Clinic month",
    description="Visits, no-shows, waits, money and satisfaction of a clinic, and what of them really changed.",
    readers="Running the clinic",
    permission=Permission.METRICS_OPERATIONS,
    headline=(RATE, SEEN, WAIT_P90),
    questions=(
        Figures(
            "Key figures",
            (
                SEEN,
                RATE,
                WAIT,
                WAIT_P90,
                "waiting.on_time_rate",
                "capacity.third_next_median",
                "revenue.collected",
                "claims.denial_rate",
                "satisfaction.nps",
            ),
            readings=True,
            note="Reading: XmR rules over 26 weeks.",
        ),
        Trends((RATE,)),
        Days(),
        Shares("No-shows by department", RATE, "department", (WAIT, WAIT_P90)),
        Figures("Waits", (WAIT, WAIT_P90, "waiting.over_30_rate", "waiting.on_time_rate", "waiting.cycle_median")),
        Figures(
            "Revenue",
            (
                "revenue.invoiced",
                "revenue.collected",
                "revenue.refunds",
                "revenue.per_visit",
                "revenue.gross_collection_rate",
                "revenue.net_collection_rate",
            ),
        ),
        Figures(
            "Claims",
            (
                "claims.submitted",
                "claims.decided",
                "claims.clean_rate",
                "claims.denial_rate",
                "claims.denied_amount_rate",
                "claims.decision_days_median",
            ),
        ),
        Figures(
            "Satisfaction",
            (
                "satisfaction.score",
                "satisfaction.top_box",
                "satisfaction.nps",
                "satisfaction.response_rate",
                "satisfaction.complaints_per_1000",
            ),
        ),
    ),
    filters=EVERY_FILTER | {"departments"},
)
