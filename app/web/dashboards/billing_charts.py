"""What is owed by age, and money week by week, on the billing dashboard."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.charts import types as charts
from app.charts.lines import line
from app.charts.rows import hbars
from app.core import format
from app.metrics.types import Figure, Number
from app.services.dashboards.billing_dashboard import AGING, BillingDashboard
from app.web.dashboards import tiles
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import cell
from app.web.dashboards.charts import chart_card, marks_of
from app.web.view_models import Cell, Column, Row, TableView

AGING_TITLE = "Outstanding by age, days since issue"

BUCKETS = dict(zip(AGING, ("0 to 30", "31 to 60", "61 to 90", "91 to 120", "Over 120"), strict=True))

Billing = Board[BillingDashboard]


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
    share = format.percent(float(sum(known)) / float(owed))
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


def trends(board: Billing) -> Built | None:
    """Invoiced and collected money week by week."""
    answer = board.reading.answers.get("weeks")
    if answer is None:
        return None
    currency, figures = board.setting.currency, answer.total.figures
    named = {"invoiced": figures["revenue.invoiced"].series, "collected": figures["revenue.collected"].series}
    points = max(named.values(), key=len)  # what no source records has no weeks at all
    slots = [
        charts.Slot(f"{one.period.start.day} {one.period.start:%b}", one.period.start, one.partial) for one in points
    ]
    lines = [
        charts.Series(label, tuple(None if one.value is None else float(one.value) for one in series))
        for label, series in named.items()
        if len(series) == len(points)
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
