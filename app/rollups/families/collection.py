"""What follows an invoice: plans and their instalments, credit accounts, reminders, chargebacks."""

from app.models.collection import PATIENCE, Chargeback, InvoiceReminder
from app.models.patient_money import CreditAccount, CreditEntry, PaymentPlan, PlanInstalment
from app.rollups.family import Measure, Outcome, family

_PLAN_WHY = {
    "active": ("Running", "instalments are still to come"),
    "completed": ("Completed", "paid as agreed"),
    "defaulted": ("Defaulted", "given up by the clinic"),
    "cancelled": ("Cancelled", "taken back by agreement"),
}

PLANS = family(
    PaymentPlan,
    "plans",
    PaymentPlan.started_day,
    "The date on which the plan began.",
    label="payment plans",
    measures=(
        Measure("plans", "payment plans"),
        *(
            Outcome(status, label, where=PaymentPlan.status == status, why=why, now=True)
            for status, (label, why) in _PLAN_WHY.items()
        ),
        Measure(
            "active_amount",
            "agreed in running plans",
            of=PaymentPlan.total,
            where=PaymentPlan.status == "active",
            money=True,
            now=True,
        ),
    ),
)

_paid = PlanInstalment.paid_day.is_not(None)

INSTALMENTS = family(
    PlanInstalment,
    "instalments",
    PlanInstalment.due_day,
    "The date on which the instalment is due.",
    label="instalments of payment plans",
    measures=(
        Measure("due", "instalments due"),
        Measure("paid", "paid instalments", where=_paid),
        Measure("on_time", "paid by their due date", where=PlanInstalment.paid_day <= PlanInstalment.due_day),
        Measure("amount", "due in instalments", of=PlanInstalment.amount, money=True),
        Measure("paid_amount", "paid in instalments", of=PlanInstalment.amount, where=_paid, money=True),
    ),
)

CREDIT_ACCOUNTS = family(
    CreditAccount,
    "credit_accounts",
    CreditAccount.opened_day,
    "The date on which the account was opened.",
    label="credit accounts",
    measures=(
        Measure("accounts", "credit accounts"),
        Measure("open", "open credit accounts", where=CreditAccount.status == "open", now=True),
    ),
)

CREDIT_ENTRIES = family(
    CreditEntry,
    "credit_entries",
    CreditEntry.day,
    "The date of the movement.",
    label="movements on credit accounts",
    measures=(
        Measure("entries", "movements"),
        *(
            Measure(kind, label, of=CreditEntry.amount, where=CreditEntry.kind == kind, money=True)
            for kind, label in (("credited", "credited"), ("used", "used"), ("returned", "given back"))
        ),
    ),
)

REMINDERS = family(
    InvoiceReminder,
    "reminders",
    InvoiceReminder.judged_day,
    f"{PATIENCE.days} days after the reminder, when its effect is known.",
    label="reminders of unpaid invoices",
    dimensions={"channel": InvoiceReminder.channel},
    measures=(
        Measure("reminders", "reminders"),
        Measure(
            "answered",
            f"followed by money within {PATIENCE.days} days",
            where=InvoiceReminder.answered_day <= InvoiceReminder.judged_day,
        ),
        Measure("automatic", "sent by rule", where=InvoiceReminder.automatic.is_(True)),
    ),
)

CHARGEBACKS = family(
    Chargeback,
    "chargebacks",
    Chargeback.day,
    "The date on which the bank took the payment back.",
    label="chargebacks",
    dimensions={"failure": Chargeback.reason},
    measures=(
        Measure("chargebacks", "chargebacks"),
        Measure("lost", "lost", where=Chargeback.status == "lost"),
        Measure("amount", "taken back by banks", of=Chargeback.amount, money=True),
    ),
)

FAMILIES = (PLANS, INSTALMENTS, CREDIT_ACCOUNTS, CREDIT_ENTRIES, REMINDERS, CHARGEBACKS)
