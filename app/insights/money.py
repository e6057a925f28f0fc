"""Alert rules about money: invoices long overdue, payments and claims that turn for the worse."""

from collections.abc import Iterator

from app.core import format
from app.core.period import Span, period_of
from app.core.permissions import Permission
from app.insights.episodes import AlertRule, Finding, Situation
from app.insights.figures import turned_worse
from app.metrics.run import run
from app.metrics.types import Query

KINDS = ("overdue", "payment_failure", "claims")
COUNT, AMOUNT = "receivables.overdue_30_invoices", "receivables.overdue_30"


def long_overdue(situation: Situation) -> Iterator[Finding]:
    """More invoices than the organization tolerates are overdue by more than 30 days."""
    query = Query(
        (COUNT, AMOUNT), period_of(Span.DAY, situation.day), (), {"clinic": (situation.clinic.id,)}, compare=False
    )
    figures = run(query, situation.actor).total.figures
    count, amount, limit = figures[COUNT].value, figures[AMOUNT].value, situation.rules.overdue_limit
    if count is None or count <= limit:
        return
    yield Finding(
        rule="receivables.long_overdue",
        subject="clinic",
        severity="high" if count > 2 * limit else "medium",
        title=f"{format.plural(int(count), 'invoice')} overdue by more than 30 days",
        words=f"{format.money(amount, situation.currency)} in all; the limit is {format.plural(limit, 'invoice')}.",
        evidence={"value": count, "limit": limit, "amount": amount},
        recommendation="Send reminders, largest balance first.",
    )


RULES = (
    AlertRule(
        "receivables.long_overdue",
        "overdue",
        "Invoices are long overdue",
        long_overdue,
        Permission.METRICS_MONEY,
        COUNT,
    ),
    turned_worse(
        "payments.failure_signal",
        "payment_failure",
        "payments.success_rate",
        "More payments fail",
        "Look at the reasons, and at the payment provider's settings.",
        Permission.METRICS_MONEY,
    ),
    turned_worse(
        "claims.denial_signal",
        "claims",
        "claims.denial_rate",
        "More claims are denied",
        "Look at the denial reasons by insurer.",
        Permission.METRICS_CLAIMS,
    ),
)
