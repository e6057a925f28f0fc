"""Claims: what was sent to insurers, what they decided, what waits."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.breakdown import Breakdown, Steps
from app.reports.questions.figures import Figures
from app.reports.questions.trends import Trends

_BY_INSURER = (
    "claims.submitted",
    "claims.submitted_amount",
    "claims.decided",
    "claims.approval_rate",
    "claims.denial_rate",
    "claims.decision_days_median",
)

CLAIMS = Definition(
    key="claims",
    label="Claims",
    description="Claims sent, decided and pending, by insurer, with the share paid and the days to a decision.",
    readers="Management and money",
    permission=Permission.METRICS_CLAIMS,
    headline=("claims.submitted", "claims.approval_rate", "claims.decision_days_median"),
    questions=(
        Figures(
            "Key figures",
            (
                "claims.submitted",
                "claims.submitted_amount",
                "claims.clean_rate",
                "claims.decided",
                "claims.approval_rate",
                "claims.denial_rate",
                "claims.initial_denial_rate",
                "claims.overturn_rate",
                "claims.paid_rate",
                "claims.decision_days_median",
                "claims.pending",
                "claims.pending_amount",
            ),
            readings=True,
            note="Submitted counts by date of submission, decided by date of the first decision.",
        ),
        Trends(("claims.submitted",)),
        Breakdown("By insurer", _BY_INSURER, ("payer",), graph="rows"),
        Breakdown("Pending by insurer", ("claims.pending_amount", "claims.pending"), ("payer",)),
        Steps(("claims.submitted", "claims.decided", "claims.denial_rate"), graph=False),
        Breakdown("By clinic", ("claims.submitted", "claims.decided", "claims.denial_rate"), ("clinic",)),
    ),
    filters=frozenset({"clinics", "practitioners", "payers"}),
)
