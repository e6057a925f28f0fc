"""`GET /api/billing/dashboard/`: the billing dashboard's figures as JSON, from the same reading as the page.

Rates are fractions, money is a decimal string in the organization's currency, durations of claims are words in days.
"""

from decimal import Decimal
from itertools import zip_longest
from typing import Any

from flask import url_for

from app.api.documents import Document, as_money, as_number, handling
from app.core import format
from app.insights.rules import ALERT_RULES
from app.metrics.spc import Verdict
from app.metrics.types import Figure, Number
from app.services.background.failures import failure_words
from app.services.dashboards.billing_dashboard import AGING, BillingDashboard
from app.services.dashboards.revenue_outlook import METHOD, TOO_FEW

Billing = Document[BillingDashboard]

NO_OLD_BALANCES = "Balances are kept as they stand now; what was open at the end of an earlier week is not recorded."
NO_RECORDS_YET = "Before the first record, weeks are unknown."
BUCKETS = {"0_30_days": AGING[:1], "31_60_days": AGING[1:2], "61_90_days": AGING[2:3], "over_90_days": AGING[3:]}


def document(reading: BillingDashboard) -> dict[str, Any]:
    """The whole answer."""
    made: Billing = Document(reading)
    return made.finished(
        {
            "revenue_metrics": _revenue(made),
            "payment_analysis": _payments(made),
            "invoice_management": _invoices(made),
            "patient_accounts": _accounts(made),
            "financial_trends": _trends(made),
            "alerts": _alerts(made),
            "reports_available": _reports(made),
        }
    )


def _revenue(made: Billing) -> dict[str, Any]:
    path, reading = "revenue_metrics", made.reading
    day, week, month, year = (reading.get(name, "revenue.collected") for name in ("day", "week", "month", "year"))
    before = reading.get("last year, same part", "revenue.collected")
    projection = reading.projection
    if projection is None:
        made.missing(f"{path}.year_to_date.projection", TOO_FEW)
    return {
        "today": {
            "total": made.money(f"{path}.today.total", "day", "revenue.collected"),
            "target": _target(made, f"{path}.today.target", day),
            "achievement": _share(made, f"{path}.today.achievement", day, day.target if day else None),
            "transactions": made.number(f"{path}.today.transactions", "day", "revenue.payments"),
        },
        "week": {
            "total": made.money(f"{path}.week.total", "week", "revenue.collected"),
            "vs_last_week": _growth(made, f"{path}.week.vs_last_week", week, week.previous if week else None),
            "trend": _trend(made, f"{path}.week.trend"),
        },
        "month": {
            "total": made.money(f"{path}.month.total", "month", "revenue.collected"),
            "vs_last_month": _growth(made, f"{path}.month.vs_last_month", month, month.previous if month else None),
            "vs_target": _share(made, f"{path}.month.vs_target", month, month.target if month else None),
        },
        "year_to_date": {
            "total": made.money(f"{path}.year_to_date.total", "year", "revenue.collected"),
            "vs_last_year": _growth(made, f"{path}.year_to_date.vs_last_year", year, before.value if before else None),
            "projection": as_money(projection.middle) if projection else None,
            "projection_low": as_money(projection.low) if projection else None,
            "projection_high": as_money(projection.high) if projection else None,
            "projection_method": METHOD,
        },
    }


def _target(made: Billing, path: str, figure: Figure | None) -> str | None:
    if figure is None or figure.target is None:
        made.missing(path, "No daily target is set.")
        return None
    return as_money(figure.target)


def _share(made: Billing, path: str, figure: Figure | None, whole: Number | None) -> float | None:
    if figure is None or figure.value is None or not whole:
        made.missing(path, "There is no target to compare with.")
        return None
    return float(as_number(Decimal(str(figure.value)) / Decimal(str(whole))) or 0)


def _growth(made: Billing, path: str, figure: Figure | None, before: Number | None) -> float | None:
    if figure is None or figure.value is None or not before:
        made.missing(path, "The period before is not recorded.")
        return None
    return float(as_number(Decimal(str(figure.value)) / Decimal(str(before)) - 1) or 0)


def _trend(made: Billing, path: str) -> str | None:
    """What the weekly control chart says; a direction only where a rule fired."""
    figure = made.reading.get("trend", "revenue.collected")
    chart = figure.signal if figure else None
    if chart is None or chart.latest is None or chart.verdict is Verdict.COMMON_CAUSE:
        if chart is None:
            made.missing(path, "There are too few complete weeks to tell.")
            return None
        return "stable"
    return "increasing" if chart.latest.high else "decreasing"


def _payments(made: Billing) -> dict[str, Any]:
    path = "payment_analysis"
    held = f"{path}.collection_metrics"
    return {
        "collection_metrics": {
            "collection_rate": made.number(f"{held}.collection_rate", "month", "revenue.net_collection_rate"),
            "average_collection_time": made.number(
                f"{held}.average_collection_time", "month", "payments.collection_days", 1
            ),
            "outstanding_amount": made.money(f"{held}.outstanding_amount", "standing", "receivables.outstanding"),
            "overdue_amount": made.money(f"{held}.overdue_amount", "standing", "receivables.overdue"),
        },
        "payment_methods": _methods(made, f"{path}.payment_methods"),
        "failed_payments": {
            "count": made.number(f"{path}.failed_payments.count", "month", "payments.failed"),
            "total_amount": made.money(f"{path}.failed_payments.total_amount", "month", "payments.failed_amount"),
            "common_reasons": _reasons(made),
        },
    }


def _methods(made: Billing, path: str) -> list[dict[str, Any]]:
    answer = made.reading.answers.get("methods")
    if answer is None:
        return []
    total = answer.total.figures["revenue.collected"].value
    found = []
    for row in sorted(answer.rows, key=lambda one: -(one.figures["revenue.collected"].value or 0)):
        amount, own = row.figures["revenue.collected"].value, f"{path}.{row.key[0]}"
        line: dict[str, Any] = {
            "method": format.sentence(row.label),
            "count": as_number(row.figures["revenue.payments"].value),
            "amount": as_money(amount),
            "percentage": as_number(Decimal(str(amount)) / Decimal(str(total))) if amount and total else None,
            "success_rate": made.value(f"{own}.success_rate", row.figures["payments.success_rate"]),
        }
        if row.key[0] == "insurance":
            line["processing_time"] = _days(made, f"{own}.processing_time")
        found.append(line)
    return found


def _days(made: Billing, path: str) -> str | None:
    days = made.number(path, "claims", "claims.processing_days", 1)
    return None if days is None else f"{days} days"


def _reasons(made: Billing) -> list[str]:
    answer = made.reading.answers.get("failures")
    counts = {row.key[0]: row.figures["payments.failed"].value or 0 for row in answer.rows} if answer else {}
    return [failure_words(code) for code, count in sorted(counts.items(), key=lambda pair: -pair[1]) if count]


def _invoices(made: Billing) -> dict[str, Any]:
    path = "invoice_management"
    states = {
        "draft": "drafts",
        "sent": "awaited",
        "paid": "paid_invoices",
        "overdue": "overdue_invoices",
        "cancelled": "cancelled_invoices",
    }
    rates = {
        "auto_generated": "revenue.automatic_rate",
        "auto_sent": "revenue.sent_automatic_rate",
        "reminder_effectiveness": "payments.reminder_rate",
    }
    return {
        "invoice_status": {
            name: made.number(f"{path}.invoice_status.{name}", "standing", f"receivables.{key}")
            for name, key in states.items()
        },
        "aging_analysis": {
            name: _bucket(made, f"{path}.aging_analysis.{name}", keys) for name, keys in BUCKETS.items()
        },
        "automation_metrics": {
            name: made.number(f"{path}.automation_metrics.{name}", "month", key) for name, key in rates.items()
        },
    }


def _bucket(made: Billing, path: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Several of our buckets as one of the document's; nothing where one of them is unknown, for then the sum is."""
    figures = [made.reading.get("standing", key) for key in keys]
    known = [figure for figure in figures if made.known(path, figure) and figure is not None]
    if len(known) < len(figures):
        return {"count": None, "amount": None}
    amount = sum(Decimal(str(figure.value)) for figure in known)
    return {"count": sum(figure.n or 0 for figure in known), "amount": as_money(amount)}


def _accounts(made: Billing) -> dict[str, Any]:
    credit, plans, claims = (
        f"patient_accounts.{name}" for name in ("credit_accounts", "payment_plans", "insurance_processing")
    )
    return {
        "credit_accounts": {
            "total_accounts": made.number(f"{credit}.total_accounts", "accounts", "payments.credit_accounts"),
            "total_credit": made.money(f"{credit}.total_credit", "accounts", "payments.credit_held"),
            "average_balance": made.money(f"{credit}.average_balance", "accounts", "payments.credit_average"),
            "utilization_rate": made.number(f"{credit}.utilization_rate", "accounts", "payments.credit_utilisation"),
        },
        "payment_plans": {
            "active_plans": made.number(f"{plans}.active_plans", "accounts", "payments.active_plans"),
            "total_amount": made.money(f"{plans}.total_amount", "accounts", "payments.plan_amount"),
            "on_time_rate": made.number(f"{plans}.on_time_rate", "month", "payments.plan_on_time_rate"),
            "default_rate": made.number(f"{plans}.default_rate", "accounts", "payments.plan_default_rate"),
        },
        "insurance_processing": {
            "claims_submitted": made.number(f"{claims}.claims_submitted", "claims", "claims.submitted"),
            "claims_approved": made.number(f"{claims}.claims_approved", "claims", "claims.approved"),
            "claims_denied": made.number(f"{claims}.claims_denied", "claims", "claims.denied"),
            "approval_rate": made.number(f"{claims}.approval_rate", "claims", "claims.approval_rate"),
            "average_processing_time": _days(made, f"{claims}.average_processing_time"),
        },
    }


def _trends(made: Billing) -> list[dict[str, Any]]:
    answer = made.reading.answers.get("weeks")
    if answer is None:
        return []
    invoiced, collected = (answer.total.figures[key].series for key in ("revenue.invoiced", "revenue.collected"))
    owed = made.reading.get("standing", "receivables.outstanding")
    weeks = max(invoiced, collected, key=len)  # what no source records has no weeks at all
    if len(weeks) > 1:
        made.missing("financial_trends.outstanding", NO_OLD_BALANCES)
    for name, series in (("revenue", invoiced), ("collections", collected)):
        if len(series) < len(weeks) or any(point.value is None for point in series):
            made.missing(f"financial_trends.{name}", NO_RECORDS_YET)
    return [
        {
            "period": week.period.start.isoformat(),
            "revenue": as_money(out.value) if out else None,
            "collections": as_money(came.value) if came else None,
            "outstanding": as_money(owed.value) if week is weeks[-1] and owed else None,
            "partial": week.partial,
        }
        for week, out, came in zip_longest(weeks, invoiced, collected)
    ]


def _alerts(made: Billing) -> list[dict[str, Any]]:
    reading = made.reading
    if any("amount" not in alert.evidence for alert in reading.alerts):
        made.missing("alerts.amount", "The rule counts no money.")
    return [
        {
            "id": str(alert.id),
            "type": ALERT_RULES[alert.rule].kind,
            "severity": alert.severity,
            "message": alert.title,
            "amount": as_money(alert.evidence.get("amount")),
            "action": alert.evidence.get("recommendation"),
            "recommendation": alert.evidence.get("recommendation"),
        }
        | handling(alert)
        for alert in reading.alerts
    ]


def _reports(made: Billing) -> list[dict[str, Any]]:
    found = []
    for one in made.reading.reports:
        url = None if one.format is None else url_for("reports.fetch", run_id=one.run_id, format_=one.format)
        found.append(
            {
                "name": one.title,
                "last_generated": one.made_at.isoformat() if one.made_at else None,
                "next_scheduled": one.due_at.isoformat() if one.due_at else None,
                "download_url": url,
            }
        )
    for name, reason in _WITHOUT.items():
        if any(each[name] is None for each in found):
            made.missing(f"reports_available.{name}", reason)
    return found


_WITHOUT = {
    "last_generated": "This report has not been made yet.",
    "next_scheduled": "No schedule is set.",
    "download_url": "There is no file that the viewer may fetch.",
}
