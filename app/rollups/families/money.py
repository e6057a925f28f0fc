"""Money: what was charged, invoiced, collected, is still owed, and what it cost; claims and their decisions."""

from sqlalchemy import and_, case, func, select

from app.models.claims import Claim
from app.models.invoices import METHODS, Expense, Invoice, Payment
from app.rollups.family import Measure, Outcome, Spread, family
from app.rollups.people import demographics

NO_INSURER = "no insurer"

# Who an invoice was sent to in the end: the insurer of its claim, or nobody but the patient.
_insurer = func.coalesce(
    select(func.min(Claim.payer))
    .where(Claim.organization_id == Invoice.organization_id, Claim.invoice_id == Invoice.id)
    .correlate_except(Claim)
    .scalar_subquery(),
    NO_INSURER,
)
_debtors = {"payer": _insurer, **demographics(Invoice.organization_id, Invoice.patient_id, Invoice.issue_day)}

_valid = Invoice.status.in_(("issued", "paid"))
_invoice_outcome = case(
    (Invoice.status == "draft", "draft"), (Invoice.status == "cancelled", "cancelled"), else_="valid"
)


def _invoice_parts() -> tuple[Outcome, ...]:
    return (
        Outcome("valid", "Issued", where=_invoice_outcome == "valid", why="counted"),
        Outcome("draft", "Drafts", where=_invoice_outcome == "draft", why="not issued yet"),
        Outcome("cancelled", "Cancelled", where=_invoice_outcome == "cancelled", why="no longer owed"),
    )


CHARGES = family(
    Invoice,
    "charges",
    Invoice.service_day,
    "The date of the service.",
    label="invoices by date of service",
    dimensions=_debtors,
    measures=(
        Measure("invoices", "invoices"),
        *_invoice_parts(),
        Measure("charged", "charged", of=Invoice.total, where=_valid, money=True),
        Measure("adjusted", "contractual adjustments", of=Invoice.adjusted, where=_valid, money=True),
        Measure("paid", "collected on these services", of=Invoice.paid, where=_valid, money=True, now=True),
    ),
)

INVOICES = family(
    Invoice,
    "invoices",
    Invoice.issue_day,
    "The date of issue.",
    label="invoices by date of issue",
    dimensions=_debtors,
    measures=(
        Measure("invoices", "invoices"),
        *_invoice_parts(),
        Measure("invoiced", "invoiced", of=Invoice.total, where=_valid, money=True),
        Measure("discount", "discounts", of=Invoice.discount, where=_valid, money=True),
        Measure("tax", "tax", of=Invoice.tax, where=_valid, money=True),
        Measure("sent_automatic", "sent by rule", where=and_(_valid, Invoice.sent_automatically.is_(True))),
        Measure(
            "sent_n",
            "invoices known to be sent by rule or by hand",
            where=and_(_valid, Invoice.sent_automatically.is_not(None)),
        ),
        Measure("automatic", "made by rule", where=and_(_valid, Invoice.automatic.is_(True))),
        Measure(
            "automatic_n",
            "invoices known to be made by rule or by hand",
            where=and_(_valid, Invoice.automatic.is_not(None)),
        ),
        Measure(
            "balance", "open balance", of=Invoice.balance, where=and_(_valid, Invoice.balance > 0), money=True, now=True
        ),
        Measure(
            "credit",
            "credit balance",
            of=-Invoice.balance,
            where=and_(_valid, Invoice.balance < 0),
            money=True,
            now=True,
        ),
        Measure("open", "open invoices", where=and_(_valid, Invoice.balance > 0), now=True),
        Measure("settled", "paid invoices", where=and_(_valid, Invoice.balance <= 0), now=True),
    ),
)

DUES = family(
    Invoice,
    "dues",
    Invoice.due_day,
    "The date on which payment was due.",
    label="invoices by due date",
    dimensions=_debtors,
    measures=(
        Measure(
            "balance", "open balance", of=Invoice.balance, where=and_(_valid, Invoice.balance > 0), money=True, now=True
        ),
        Measure("open", "open invoices", where=and_(_valid, Invoice.balance > 0), now=True),
    ),
)

_settled = Payment.status.in_(("settled", "refunded"))
_timed = and_(Payment.status == "settled", Payment.invoiced_day.is_not(None))

PAYMENTS = family(
    Payment,
    "payments",
    Payment.local_day,
    "The clinic's local date of the payment.",
    label="payments",
    at=Payment.paid_at,
    dimensions={"method": Payment.method, "failure": Payment.failure},
    kept=("method", "failure"),
    measures=(
        Measure("payments", "payments"),
        Outcome("settled", "Settled", where=Payment.status == "settled", why="counted"),
        Outcome("refunded", "Refunds", where=Payment.status == "refunded", why="given back"),
        Outcome("failed", "Failed", where=Payment.status == "failed", why="no money came"),
        Measure("collected", "collected", of=Payment.amount, where=_settled, money=True),
        Measure("failed_amount", "tried in vain", of=Payment.amount, where=Payment.status == "failed", money=True),
        Measure("card_settled", "settled by card", where=and_(Payment.status == "settled", Payment.method == "card")),
        Measure("timed", "collected on dated invoices", of=Payment.amount, where=_timed, money=True),
        Measure(
            "timed_days",
            "amount × days from invoice to payment",
            of=Payment.amount * func.greatest(Payment.local_day - Payment.invoiced_day, 0),
            where=_timed,
            money=True,
        ),
        Measure("given_back", "given back", of=-Payment.amount, where=Payment.status == "refunded", money=True),
        *(
            Measure(
                f"by_{method}",
                f"collected by {method}",
                of=Payment.amount,
                where=and_(_settled, Payment.method == method),
                money=True,
            )
            for method in METHODS
        ),
    ),
)

EXPENSES = family(
    Expense,
    "expenses",
    Expense.day,
    "The date of the expense.",
    label="expenses",
    dimensions={"category": Expense.category},
    measures=(Measure("expenses", "expenses"), Measure("amount", "costs", of=Expense.amount, money=True)),
)

_sent = Claim.status != "cancelled"
_pending = Claim.status == "pending"

CLAIMS = family(
    Claim,
    "claims",
    Claim.submitted_day,
    "The date of submission.",
    label="claims by date of submission",
    dimensions={"payer": Claim.payer},
    kept=("payer",),
    measures=(
        Measure("claims", "claims"),
        Outcome("submitted", "Submitted", where=_sent, why="counted"),
        Outcome("withdrawn", "Withdrawn", where=Claim.status == "cancelled", why="taken back before a decision"),
        Measure("amount", "submitted amount", of=Claim.amount, where=_sent, money=True),
        Measure("clean", "accepted without a manual touch", where=and_(_sent, Claim.clean.is_(True))),
        Measure("clean_n", "claims with a recorded check", where=and_(_sent, Claim.clean.is_not(None))),
        Measure("pending", "waiting for a decision", where=_pending, now=True),
        Measure(
            "pending_amount", "amount waiting for a decision", of=Claim.amount, where=_pending, money=True, now=True
        ),
    ),
)

_first_denied = Claim.first_outcome == "denied"

DECISIONS = family(
    Claim,
    "decisions",
    Claim.decided_day,
    "The date of the insurer's first decision.",
    label="claims decided",
    dimensions={"payer": Claim.payer, "denial_code": Claim.denial_code},
    kept=("payer", "denial_code"),
    measures=(
        Measure("decided", "decided claims", where=_sent),
        Outcome("paid", "Paid in full", where=Claim.status == "paid", why="the insurer paid"),
        Outcome("partial", "Paid in part", where=Claim.status == "partial", why="the insurer paid a part"),
        Outcome("denied", "Denied", where=Claim.status == "denied", why="the insurer paid nothing"),
        Outcome("reopened", "Decided again", where=_pending, why="shown apart until the insurer decides again"),
        Outcome("withdrawn", "Withdrawn", where=Claim.status == "cancelled", why="taken back"),
        Measure("first_denied", "denied at first", where=and_(_sent, _first_denied)),
        Measure(
            "overturned",
            "denied at first, paid later",
            where=and_(_first_denied, Claim.status.in_(("paid", "partial"))),
        ),
        Measure(
            "days_sum", "days from submission to decision", of=Claim.decided_day - Claim.submitted_day, where=_sent
        ),
        Measure("amount", "amount decided on", of=Claim.amount, where=_sent, money=True),
        Measure("paid_amount", "paid by insurers", of=Claim.paid, where=_sent, money=True),
        Measure("denied_amount", "denied by insurers", of=Claim.denied, where=_sent, money=True),
    ),
    spreads=(Spread("days", "days from submission to decision", Claim.decided_day - Claim.submitted_day, where=_sent),),
)
FAMILIES = (CHARGES, INVOICES, DUES, PAYMENTS, EXPENSES, CLAIMS, DECISIONS)
