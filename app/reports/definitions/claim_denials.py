"""Claim denials: which insurer denies what, for which reason, and what was won back."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.breakdown import Breakdown
from app.reports.questions.figures import Figures
from app.reports.questions.shares import Shares
from app.reports.questions.trends import Trends

CLAIM_DENIALS = Definition(
    key="claim_denials",
    label="Claim denials",
    description="Denied claims by reason code, insurer and clinic, denied at first, overturned later.",
    readers="Management and money",
    permission=Permission.METRICS_CLAIMS,
    headline=("claims.denial_rate", "claims.denied_amount_rate", "claims.overturn_rate"),
    questions=(
        Figures(
            "Key figures",
            (
                "claims.decided",
                "claims.denial_rate",
                "claims.denied_amount_rate",
                "claims.initial_denial_rate",
                "claims.overturn_rate",
                "claims.paid_rate",
            ),
            readings=True,
            note="All count by the date of the insurer's first decision; pending claims are in no rate.",
        ),
        Trends(("claims.denial_rate",)),
        Breakdown(
            "By reason code",
            ("claims.denied", "claims.denied_amount"),
            ("denial_code",),
            graph="rows",
            note="Claims decided without a denial name no code and stand apart.",
        ),
        Shares("Denied by insurer", "claims.denial_rate", "payer"),
        Breakdown("By insurer and reason code", ("claims.denied", "claims.denied_amount"), ("payer", "denial_code")),
        Shares("Denied by clinic", "claims.denial_rate", "clinic"),
    ),
    filters=frozenset({"clinics", "practitioners", "payers"}),
)
