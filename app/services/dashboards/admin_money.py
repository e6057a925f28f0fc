"""The admin's block about money: subscriptions, fees on card payments, how payments fare."""

from decimal import Decimal
from typing import Any

from app.services.dashboards.admin_counts import DIFFER, Counts, at

_MONTHS = 12


def financial_overview(counted: Counts) -> dict[str, Any]:
    tried, failed = counted.total("month", "payments.attempts"), counted.total("month", "payments.failed")
    return {
        "subscription_revenue": _subscriptions(counted),
        "transaction_fees": _fees(counted),
        "payment_health": {
            "success_rate": 1 - float(failed or 0) / float(tried) if tried else None,
            "failed_payments": failed,
            "chargeback_rate": _chargebacks(counted),
        },
    }


def _subscriptions(counted: Counts) -> dict[str, Any]:
    """What organizations pay by month, in the currency of whoever runs the installation; growth is that of a year."""
    plans = [counts["subscription"] for counts in counted.counts if counts["subscription"]]
    if len({plan["currency"] for plan in plans}) > 1:
        differ = "Subscriptions differ in currency; they are not added up."
        counted.unknown("financial_overview.subscription_revenue", differ)
        plans = []
    monthly = sum((Decimal(plan["monthly_fee"]) for plan in plans), Decimal(0)) if plans else None
    before = sum((Decimal(plan["monthly_fee_before"] or 0) for plan in plans), Decimal(0))
    return {
        "currency": plans[0]["currency"] if plans else None,
        "monthly": monthly,
        "annual": None if monthly is None else monthly * _MONTHS,
        "growth_rate": float(monthly / before - 1) if monthly is not None and before else None,
    }


def _fees(counted: Counts) -> dict[str, Any]:
    """The share of this month's card payments, by the rate of each organization's plan."""
    fees: dict[str, Decimal] = {}
    for counts in counted.counts:
        if counts["subscription"] and counts["card_processed"] is not None:
            fee = Decimal(counts["card_processed"]) * Decimal(counts["subscription"]["fee_rate"])
            fees[counts["currency"]] = fees.get(counts["currency"], Decimal(0)) + fee.quantize(Decimal("0.01"))
    place = "financial_overview.transaction_fees"
    if len(fees) > 1:
        counted.unknown(f"{place}.monthly", DIFFER)
    return {
        "monthly": next(iter(fees.values())) if len(fees) == 1 else None,
        "total_processed": counted.money(f"{place}.total_processed", "card_processed"),
        "monthly_by_currency": dict(sorted(fees.items())),
        "processed_by_currency": counted.by_currency("card_processed"),
    }


def _chargebacks(counted: Counts) -> float | None:
    """Chargebacks of the month ÷ card payments of the month, as a ratio of sums over organizations that know both."""
    known = [
        (number, whole)
        for counts in counted.counts
        if (number := at(counts, ("month", "payments.chargebacks"))) is not None
        and (whole := counts.get("card_payments"))
    ]
    return sum(number for number, _ in known) / sum(whole for _, whole in known) if known else None
