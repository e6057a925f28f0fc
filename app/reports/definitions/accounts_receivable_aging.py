"""Accounts receivable aging: who owes what, and for how long."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.ages import Ages, AgesBy
from app.reports.questions.figures import Figures

ACCOUNTS_RECEIVABLE_AGING = Definition(
    key="accounts_receivable_aging",
    label="Receivables by age",
    description="Open balances in ages of 30 days, by insurer, clinic and doctor, with days in accounts receivable.",
    readers="Management and money",
    permission=Permission.METRICS_MONEY,
    headline=("receivables.outstanding", "receivables.over_90_share", "receivables.days_in_ar"),
    questions=(
        Ages(),
        AgesBy("By insurer", "payer"),
        AgesBy("By clinic", "clinic"),
        AgesBy("By doctor", "practitioner"),
        AgesBy("By age of the patient", "age_band"),
        Figures(
            "Key figures",
            (
                "receivables.outstanding",
                "receivables.open_invoices",
                "receivables.overdue",
                "receivables.over_90_share",
                "receivables.credits",
                "receivables.days_in_ar",
            ),
            note="Balances are as they stand now; what they were at an earlier date is not kept.",
        ),
    ),
    period="today",
    filters=frozenset({"clinics", "practitioners", "payers", "age_bands", "sexes"}),
    stands=True,
)
