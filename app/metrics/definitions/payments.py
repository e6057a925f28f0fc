"""Payments: which succeed, how long they take, and what is agreed, held in hand, reminded of or taken back."""

from app.core.permissions import Permission
from app.metrics.types import Better, LeftOut, Metric, Unit
from app.metrics.values import STANDING, Ratio, Sum, Total, total_of
from app.rollups.families.collection import (
    CHARGEBACKS,
    CREDIT_ACCOUNTS,
    CREDIT_ENTRIES,
    INSTALMENTS,
    PLANS,
    REMINDERS,
)
from app.rollups.families.money import PAYMENTS

_P = Permission.METRICS_MONEY
_NO_PAYMENTS = "No source brings payments."
_NO_PLANS = "No source brings payment plans."
_NO_INSTALMENTS = "No source brings the instalments of payment plans."
_NO_CREDIT = "No source brings patients' credit accounts."
_NO_REMINDERS = "No source brings reminders of unpaid invoices."
_NO_CHARGEBACKS = "No source brings chargebacks."

attempts = total_of(PAYMENTS, "settled", "failed")
plans = total_of(PLANS, "plans").over(STANDING)
credited = total_of(CREDIT_ENTRIES, "credited")
used = total_of(CREDIT_ENTRIES, "used")
held = (credited - used - total_of(CREDIT_ENTRIES, "returned")).over(STANDING)
accounts = total_of(CREDIT_ACCOUNTS, "open").over(STANDING)


def _total(
    key: str, label: str, description: str, value: Sum, unit: Unit, better: Better, not_recorded: str,
    n_of: Sum | None = None,
) -> Metric:  # fmt: skip
    return Metric(
        key=f"payments.{key}",
        label=label,
        description=description,
        unit=unit,
        better=better,
        value=Total(value),
        permission=_P,
        n_of=n_of,
        not_recorded=not_recorded,
    )


METRICS = (
    _total(
        "attempts",
        "Payments tried",
        "Payments of the period that settled or failed.",
        attempts,
        Unit.COUNT,
        Better.NONE,
        _NO_PAYMENTS,
    ),
    _total(
        "failed",
        "Failed payments",
        "Payments of the period that brought no money.",
        total_of(PAYMENTS, "failed"),
        Unit.COUNT,
        Better.DOWN,
        _NO_PAYMENTS,
    ),
    _total(
        "failed_amount",
        "Amount of failed payments",
        "What the failed payments of the period would have brought.",
        total_of(PAYMENTS, "failed_amount"),
        Unit.MONEY,
        Better.DOWN,
        _NO_PAYMENTS,
        total_of(PAYMENTS, "failed"),
    ),
    Metric(
        key="payments.success_rate",
        label="Payments that succeed",
        description="Share of the payments tried in the period that settled.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(PAYMENTS, "settled"), attempts),
        permission=_P,
        numerator="settled",
        denominator="settled + failed",
        not_recorded=_NO_PAYMENTS,
    ),
    Metric(
        key="payments.collection_days",
        label="Days from invoice to payment",
        description="How long the money collected in the period was waited for: each amount weighs its days.",
        unit=Unit.DAYS,
        better=Better.DOWN,
        value=Ratio(total_of(PAYMENTS, "timed_days"), total_of(PAYMENTS, "timed")),
        permission=_P,
        source="Weighted average collection period: Σ amount × days ÷ Σ amount",
        n_of=total_of(PAYMENTS, "settled"),
        numerator="amount × days from the invoice's issue to the payment (0 where it was paid before)",
        denominator="collected on dated invoices",
        left_out=(
            LeftOut("Refunds", "money given back ends no waiting", total_of(PAYMENTS, "refunded")),
            LeftOut("Failed", "no money came", total_of(PAYMENTS, "failed")),
        ),
        not_recorded="No source says which invoices the payments are for.",
    ),
    _total(
        "active_plans",
        "Running payment plans",
        "Plans begun up to the end of the period that run now.",
        total_of(PLANS, "active").over(STANDING),
        Unit.COUNT,
        Better.NONE,
        _NO_PLANS,
    ),
    _total(
        "plan_amount",
        "Agreed in running plans",
        "What the plans that run now were agreed over.",
        total_of(PLANS, "active_amount").over(STANDING),
        Unit.MONEY,
        Better.NONE,
        _NO_PLANS,
        total_of(PLANS, "active").over(STANDING),
    ),
    Metric(
        key="payments.plan_on_time_rate",
        label="Instalments paid on time",
        description="Share of the instalments due in the period that were paid by their due date.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(INSTALMENTS, "on_time"), total_of(INSTALMENTS, "due")),
        permission=_P,
        not_recorded=_NO_INSTALMENTS,
    ),
    Metric(
        key="payments.plan_default_rate",
        label="Plans given up",
        description="Share of all plans begun up to the end of the period that were given up unpaid.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(total_of(PLANS, "defaulted").over(STANDING), plans),
        permission=_P,
        numerator="defaulted",
        denominator="plans that run, ended or were given up",
        not_recorded=_NO_PLANS,
    ),
    _total(
        "credit_accounts",
        "Credit accounts",
        "Accounts of patients, opened up to the end of the period, that are open now.",
        accounts,
        Unit.COUNT,
        Better.NONE,
        _NO_CREDIT,
    ),
    _total(
        "credit_held",
        "Credit in hand",
        "What patients had in hand at the end of the period: credited less used less given back.",
        held,
        Unit.MONEY,
        Better.NONE,
        _NO_CREDIT,
        total_of(CREDIT_ENTRIES, "entries").over(STANDING),
    ),
    Metric(
        key="payments.credit_average",
        label="Credit per account",
        description="Credit in hand for each open account.",
        unit=Unit.MONEY,
        better=Better.NONE,
        value=Ratio(held, accounts),
        permission=_P,
        denominator="open credit accounts",
        not_recorded=_NO_CREDIT,
    ),
    Metric(
        key="payments.credit_utilisation",
        label="Credit used",
        description="Share of all that was ever credited, up to the end of the period, that patients have used.",
        unit=Unit.PERCENT,
        better=Better.NONE,
        value=Ratio(used.over(STANDING), credited.over(STANDING)),
        permission=_P,
        n_of=total_of(CREDIT_ENTRIES, "entries").over(STANDING),
        not_recorded=_NO_CREDIT,
    ),
    _total(
        "reminders",
        "Reminders judged",
        "Reminders of unpaid invoices whose 14 days ended in the period.",
        total_of(REMINDERS, "reminders"),
        Unit.COUNT,
        Better.NONE,
        _NO_REMINDERS,
    ),
    Metric(
        key="payments.reminder_rate",
        label="Reminders that work",
        description="Share of the reminders whose 14 days ended in the period that money followed within those days.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(REMINDERS, "answered"), total_of(REMINDERS, "reminders")),
        permission=_P,
        not_recorded=_NO_REMINDERS,
    ),
    _total(
        "chargebacks",
        "Chargebacks",
        "Payments that banks took back in the period.",
        total_of(CHARGEBACKS, "chargebacks"),
        Unit.COUNT,
        Better.DOWN,
        _NO_CHARGEBACKS,
    ),
    _total(
        "chargeback_amount",
        "Amount of chargebacks",
        "What banks took back in the period.",
        total_of(CHARGEBACKS, "amount"),
        Unit.MONEY,
        Better.DOWN,
        _NO_CHARGEBACKS,
        total_of(CHARGEBACKS, "chargebacks"),
    ),
    Metric(
        key="payments.chargeback_rate",
        label="Chargeback rate",
        description="Chargebacks of the period for each payment that settled by card in it.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(total_of(CHARGEBACKS, "chargebacks"), total_of(PAYMENTS, "card_settled")),
        permission=_P,
        source="Card networks' count ratio: chargebacks ÷ settled card payments of the same period",
        n_of=total_of(CHARGEBACKS, "chargebacks"),
        counts_people=False,
        not_recorded=_NO_CHARGEBACKS,
    ),
)
