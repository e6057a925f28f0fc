"""The figures of the billing dashboard: what came in, and the state of invoices, accounts and claims."""

from app.core import format
from app.metrics.types import Figure, Number
from app.services.dashboards.billing_dashboard import BillingDashboard
from app.web.dashboards import tiles
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import fact, facts_card
from app.web.view_models import Fact

Billing = Board[BillingDashboard]


def money_today(board: Billing) -> Built | None:
    """What came in today, this week, this month and this year, each with what it is compared with."""
    reading = board.reading
    day, week, month = (reading.get(name, "revenue.collected") for name in ("day", "week", "month"))
    if day is None:
        return None
    payments, period = (
        reading.get("day", "revenue.payments"),
        {name: one.period for name, one in reading.answers.items()},
    )
    return facts_card(
        board,
        "Collected, by payment date",
        [
            fact(board, day, _of_target(day, payments, board), "Today so far", period["day"]),
            fact(board, week, _compared(week, "last week, same part"), "This week", period["week"]),
            fact(
                board, month, _compared(month, "last month, same part"), "This month", reading.answers["month"].period
            ),
            _year(board),
            _projection(board),
        ],
        day,
    )


def _of_target(figure: Figure, payments: Figure | None, board: Billing) -> str:
    count = "" if payments is None or payments.value is None else format.plural(int(payments.value), "payment")
    if figure.value is None or not figure.target:
        return ", ".join(filter(None, (count, "no daily target set")))
    share = format.percent(float(figure.value) / float(figure.target), 0)
    return f"{count}, {share} of {format.money(figure.target, board.setting.currency)}"


def _compared(figure: Figure | None, what: str) -> str:
    if figure is None or figure.value is None or not figure.previous:
        return ""
    return f"{_growth(figure.value, figure.previous)} against {what}"


def _growth(value: Number, previous: Number) -> str:
    share = float(value) / float(previous) - 1
    return f"{format.signed(100 * share, 1)}%"


def _year(board: Billing) -> Fact | None:
    reading = board.reading
    year, before = (reading.get(name, "revenue.collected") for name in ("year", "last year, same part"))
    known = year is not None and year.value is not None and before is not None and before.value
    note = f"{_growth(year.value, before.value)} against the same part of last year" if known else ""  # type: ignore[union-attr, arg-type]
    return fact(board, year, note, "This year", reading.answers["year"].period)


def _projection(board: Billing) -> Fact:
    found, currency = board.reading.projection, board.setting.currency
    if found is None:
        return Fact("Year's end, projected", "", "Too few weeks are known")
    low, high = (format.money(amount, currency) for amount in (found.low, found.high))
    return Fact(
        "Year's end, projected", format.money(found.middle, currency), f"{low} to {high}, as the last weeks went"
    )


def invoices(board: Billing) -> Built | None:
    """Invoices by what state they are in, and how much of the work the rules do."""
    get = board.reading.get
    keys = ("drafts", "awaited", "overdue_invoices", "paid_invoices", "cancelled_invoices")
    lines = [_plain(board, "standing", f"receivables.{key}") for key in keys]
    rates = ("revenue.automatic_rate", "revenue.sent_automatic_rate", "payments.reminder_rate")
    lines += [_rate(board, "month", key) for key in rates]
    return facts_card(board, "Invoices", lines, get("standing", "receivables.outstanding"))


def accounts(board: Billing) -> Built | None:
    """Money that patients have in hand, and what is agreed in instalments."""
    get = board.reading.get
    held, plans = ("credit_accounts", "credit_held", "credit_average"), ("active_plans", "plan_amount")
    lines = [_plain(board, "accounts", f"payments.{key}") for key in held]
    lines.append(_rate(board, "accounts", "payments.credit_utilisation"))
    lines += [_plain(board, "accounts", f"payments.{key}") for key in plans]
    lines.append(_rate(board, "month", "payments.plan_on_time_rate"))
    lines.append(_rate(board, "accounts", "payments.plan_default_rate"))
    return facts_card(board, "Credit and payment plans", lines, get("accounts", "payments.credit_held"))


def claims(board: Billing) -> Built | None:
    """Claims of the month: sent, decided, waiting."""
    get = board.reading.get
    lines = [_plain(board, "claims", f"claims.{key}") for key in ("submitted", "approved", "denied")]
    lines += [_rate(board, "claims", f"claims.{key}") for key in ("approval_rate", "processing_days")]
    lines += [_plain(board, "claims", f"claims.{key}") for key in ("pending", "pending_amount")]
    return facts_card(board, "Claims this month", lines, get("claims", "claims.submitted"))


def _plain(board: Billing, answer: str, metric: str) -> Fact | None:
    return _line(board, answer, metric, counted=False)


def _rate(board: Billing, answer: str, metric: str) -> Fact | None:
    return _line(board, answer, metric, counted=True)


def _line(board: Billing, answer: str, metric: str, counted: bool) -> Fact | None:
    figure = board.reading.get(answer, metric)
    if figure is None:
        return None
    note = tiles.count_note(figure, board.setting.currency) if counted else ""
    return fact(board, figure, note, period=board.reading.answers[answer].period)
