"""The widgets of the billing dashboard: what is owed, what to chase, how it comes in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import url_for

from app.charts import types as charts
from app.charts.lines import line
from app.charts.rows import hbars
from app.core import format
from app.core.period import Period
from app.metrics.types import Figure, Number
from app.services.background.failures import denial_words, failure_words
from app.services.dashboards.billing_dashboard import AGING, BillingDashboard
from app.services.dashboards.chase import APPEAL_DAYS, Owed
from app.web.dashboards import tiles
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import cell, fact, facts_card
from app.web.dashboards.charts import chart_card, marks_of
from app.web.view_models import Cell, Column, Fact, Link, Row, TableCard, TableView

Billing = Board[BillingDashboard]

AGING_TITLE = "Outstanding by age, days since issue"
BUCKETS = dict(zip(AGING, ("0 to 30", "31 to 60", "61 to 90", "91 to 120", "Over 120"), strict=True))


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


def aging(board: Billing) -> Built | None:
    """What is owed, by age; the parts add up to the whole."""
    standing = board.reading.answers.get("standing")
    if standing is None:
        return None
    figures, currency = standing.total.figures, board.setting.currency
    owed = figures["receivables.outstanding"]
    if owed.value is None:
        return Built(AGING_TITLE, None, tiles.condition(owed, board.setting))
    amounts = {label: figures[key].value for key, label in BUCKETS.items()}
    items = [charts.Bar(label, None if amount is None else float(amount)) for label, amount in amounts.items()]

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return hbars(
            items,
            title="Outstanding by age",
            id_prefix=prefix,
            value_format=lambda amount: format.money(amount, currency),
            head="Days since issue",
            empty="Nothing is owed.",
            size=size,
        )

    body = chart_card(
        board,
        "aging",
        draw,
        owed,
        summary=_aging_words(owed.value, [figures[key].value for key in AGING[3:]], currency),
        count_note="" if owed.n is None else format.plural(owed.n, "open invoice"),
        explain_url=board.explain("receivables.outstanding", period="today"),
    )
    return Built(AGING_TITLE, replace(body, table=_aging_table(figures, currency)))


def _aging_words(owed: Number, old: Sequence[Number | None], currency: str) -> str:
    """The whole and its old part; no share where a part of it is not known."""
    if not owed:
        return "Nothing is owed."
    known = [amount for amount in old if amount is not None]
    if len(known) < len(old):
        return f"{format.money(owed, currency)} is owed."
    share = format.percent(float(sum(known)) / float(owed), 0)
    return f"{format.money(owed, currency)} is owed, {share} of it for more than 90 days."


def _aging_table(figures: Mapping[str, Figure], currency: str) -> TableView:
    owed = figures["receivables.outstanding"]
    rows = [
        Row((Cell(f"{label} days"), _invoices(figures[key]), cell(figures[key], currency)))
        for key, label in BUCKETS.items()
    ]
    rows.append(Row((Cell("All"), _invoices(owed), cell(owed, currency)), "total"))
    return TableView(
        "Outstanding by age", (Column("Days since issue"), Column("Invoices", "figures"), Column("Amount", "figures")),
        tuple(rows),
    )  # fmt: skip


def _invoices(figure: Figure) -> Cell:
    return Cell(format.number(figure.n if figure.value is not None else None, unknown="–"))


def overdue(board: Billing) -> Built:
    """The overdue invoices with the largest balances."""
    figure = board.reading.get("standing", "receivables.overdue_invoices")
    rows = tuple(_invoice_row(one, board) for one in board.reading.chased.invoices)
    columns = (
        Column("Invoice"),
        Column("Record", spare=True),
        Column("Clinic", spare=True),
        Column("Overdue", "figures"),
        Column("Reminders", "figures"),
        Column("Balance", "figures"),
    )
    table = TableView("Overdue invoices, largest balance first", columns, rows, "No invoice is overdue.")
    words = "Largest balance first. A payment takes the row off; each row shown is in the access log."
    return Built("Overdue invoices", TableCard(table, words, count_note=_shown(len(rows), figure)))


def _invoice_row(one: Owed, board: Billing) -> Row:
    return Row(
        (
            Cell(one.reference or "No number", tone="strong"),
            Cell(one.record or "–"),
            Cell(one.clinic),
            Cell(format.plural(one.days, "day"), tone="beyond" if one.days > 30 else ""),
            Cell(str(one.reminders) if one.reminders else "None sent"),
            Cell(format.money(one.amount, board.setting.currency)),
        )
    )


def denials(board: Billing) -> Built:
    """Denied claims whose time to appeal runs out first."""
    figure = board.reading.get("appeals", "claims.denied")
    rows = tuple(_denial_row(one, board) for one in board.reading.chased.denials)
    columns = (
        Column("Insurer"),
        Column("Invoice", spare=True),
        Column("Reason"),
        Column("Denied", "figures", spare=True),
        Column("Left", "figures"),
        Column("Amount", "figures"),
    )
    table = TableView("Denied claims to appeal", columns, rows, f"No claim was denied in the last {APPEAL_DAYS} days.")
    words = f"The first to run out of {APPEAL_DAYS} days comes first."
    return Built("Denied claims to appeal", TableCard(table, words, count_note=_shown(len(rows), figure)))


def _denial_row(one: Owed, board: Billing) -> Row:
    left = APPEAL_DAYS - one.days
    return Row(
        (
            Cell(one.payer or "Not recorded", tone="strong"),
            Cell(one.reference or "–"),
            _reason(one.reason),
            Cell(format.date(one.since)),
            Cell(format.plural(left, "day"), tone="beyond" if left <= 14 else ""),
            Cell(format.money(one.amount, board.setting.currency)),
        )
    )


def _reason(code: str | None) -> Cell:
    words = denial_words(code)
    return Cell(words, note=code or "") if words else Cell(code or "Not recorded")


def _shown(rows: int, figure: Figure | None) -> str:
    if figure is None or figure.value is None or figure.value <= rows:
        return ""
    return f"{rows} of {format.number(figure.value)}"


def trends(board: Billing) -> Built | None:
    """Invoiced and collected money week by week."""
    answer = board.reading.answers.get("weeks")
    if answer is None:
        return None
    currency, figures = board.setting.currency, answer.total.figures
    points = figures["revenue.invoiced"].series
    slots = [
        charts.Slot(f"{one.period.start.day} {one.period.start:%b}", one.period.start, one.partial) for one in points
    ]
    lines = [
        charts.Series(
            label, tuple(None if point.value is None else float(point.value) for point in figures[key].series)
        )
        for key, label in (("revenue.invoiced", "invoiced"), ("revenue.collected", "collected"))
    ]
    title, marks = "Invoiced and collected by week", marks_of(board.reading.past_events, board.setting.zone)

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return line(
            slots,
            lines,
            title=title,
            id_prefix=prefix,
            value_format=lambda amount: format.money(amount, currency),
            events=marks,
            head="Week of",
            size=size,
        )

    explained = board.explain("revenue.collected", period="month")
    return Built(title, chart_card(board, "trends", draw, figures["revenue.collected"], explain_url=explained))


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
    note = tiles.count_note(figure) if counted else ""
    return fact(board, figure, note, period=board.reading.answers[answer].period)


def methods(board: Billing) -> Built | None:
    """How this month's money came in: amount, share, and how often a payment succeeds."""
    answer = board.reading.answers.get("methods")
    if answer is None:
        return None
    currency, total = board.setting.currency, answer.total.figures["revenue.collected"]
    rows = []
    for member in sorted(answer.rows, key=lambda row: -(row.figures["revenue.collected"].value or 0)):
        collected = member.figures["revenue.collected"].value
        share = format.percent(float(collected) / float(total.value)) if collected and total.value else "–"
        cells = (cell(member.figures[key], currency) for key in ("revenue.payments", "revenue.collected"))
        success = cell(member.figures["payments.success_rate"], currency)
        rows.append(Row((Cell(member.label.capitalize()), *cells, Cell(share), success)))
    columns = ("Payments", "Amount", "Share", "Succeed")
    table = TableView(
        "Payments by method",
        (Column("Method"), *(Column(label, "figures", spare=label == "Payments") for label in columns)),
        tuple(rows),
        "No payment this month yet.",
    )
    return Built(f"How it was paid, {_month(answer.period)}", TableCard(table, time_note=board.time_of(total)))


def failures(board: Billing) -> Built | None:
    """Why payments of the month failed."""
    answer = board.reading.answers.get("failures")
    if answer is None:
        return None
    keys, currency = ("payments.failed", "payments.failed_amount"), board.setting.currency
    members = [row for row in answer.rows if row.figures["payments.failed"].value]
    rows = [
        Row((Cell(failure_words(row.key[0])), *(cell(row.figures[key], currency) for key in keys)))
        for row in sorted(members, key=lambda row: -(row.figures["payments.failed"].value or 0))
    ]
    if len(rows) > 1:
        rows.append(Row((Cell("All"), *(cell(answer.total.figures[key], currency) for key in keys)), "total"))
    columns = (Column("Reason"), Column("Failed", "figures"), Column("Amount", "figures"))
    table = TableView("Failed payments by reason", columns, tuple(rows), "No payment failed this month.")
    rate = board.reading.get("month", "payments.success_rate")
    words = "" if rate is None or rate.value is None else f"{format.percent(rate.value)} of all tried succeeded."
    return Built(f"Failed payments, {_month(answer.period)}", TableCard(table, words))


def payers(board: Billing) -> Built | None:
    """Insurers: what was sent, how long they take, what they deny."""
    answer = board.reading.answers.get("payers")
    if answer is None:
        return None
    keys = ("claims.submitted", "claims.processing_days", "claims.denied", "claims.denial_rate")
    currency = board.setting.currency
    rows = [
        Row((Cell(row.label or "Not recorded"), *(cell(row.figures[key], currency) for key in keys)))
        for row in sorted(answer.rows, key=lambda row: row.label)
    ]
    if len(rows) > 1:
        rows.append(Row((Cell("All"), *(cell(answer.total.figures[key], currency) for key in keys)), "total"))
    columns = ("Sent", "Days to decision", "Denied", "Denial rate")
    table = TableView(
        "Claims by insurer",
        (Column("Insurer"), *(Column(label, "figures", spare=label == "Days to decision") for label in columns)),
        tuple(rows),
        "No claim was sent this month yet.",
    )
    return Built(f"Claims by insurer, {_month(answer.period)}", TableCard(table, "By name, not by rank."))


def reports(board: Billing) -> Built:
    """The reports that were made or will be: when each was made last, and when it is due next."""
    rows = tuple(
        Row(
            (
                Cell(one.title, url="" if one.run_id is None else url_for("reports.show", run_id=one.run_id)),
                Cell(format.moment(one.made_at, board.setting.zone, unknown="Not made yet")),
                Cell(format.moment(one.due_at, board.setting.zone, unknown="Not scheduled")),
            )
        )
        for one in board.reading.reports
        if one.made_at or one.due_at
    )
    columns = (Column("Report"), Column("Last made"), Column("Next", spare=True))
    table = TableView("Reports", columns, rows, "No report has been made or scheduled yet.")
    return Built("Reports", TableCard(table, links=(Link("All reports", url_for("reports.index")),)))


def _month(period: Period) -> str:
    return format.date(period.start, "month")
