"""A doctor's own figures: today, last week, week by week of the month, indicators, and beside unnamed colleagues."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from markupsafe import Markup

from app.charts import types as charts
from app.charts.columns import stacked_bars
from app.charts.funnel import funnel_plot
from app.charts.funnel_limits import share_limits
from app.charts.series import value_format
from app.core import format
from app.core.period import Period
from app.metrics import show
from app.metrics.types import Figure
from app.services.dashboards.doctor_dashboard import FEWEST_PEERS, INDICATORS, DoctorDashboard, Peers, week_name
from app.web.dashboards import tiles
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import cell, fact, facts_card
from app.web.dashboards.charts import chart_card, control_chart, marks_of, twin
from app.web.view_models import Cell, Chart, Column, Condition, Fact, Row, TableCard, TableView

Doctors = Board[DoctorDashboard]

ON_TIME = "waiting.on_time_rate"
COUNTED = {ON_TIME: "visits", "tasks.documentation_rate": "encounters"}
PARTS = (
    ("attendance.completed", "done", "completed", "f-done"),
    ("attendance.no_shows", "noshow", "no-show", "f-noshow"),
    ("attendance.cancelled", "cancel", "cancelled", "f-cancel"),
    ("", "later", "no outcome yet", "f-later"),
)


def today(board: Doctors) -> Built | None:
    """Today as a sum of what came of the visits, the patients and the money."""
    get = partial(board.reading.get, "day")
    period = board.reading.answers["day"].period if "day" in board.reading.answers else None
    booked = get("attendance.booked")
    if booked is None or period is None:
        return None
    lines = [fact(board, booked, _sum(board), "Booked", period)]
    lines += [
        fact(board, get("patients.seen"), _new_and_returning(board), "Patients seen", period),
        fact(board, get("revenue.collected"), _of_target(get("revenue.collected"), board), "Collected", period),
        fact(board, get("waiting.visit_mean"), _counted(get("waiting.visit_mean"), board), "Length of a visit", period),
        fact(board, get(ON_TIME), _counted(get(ON_TIME), board), "Started on time", period),
        fact(board, get("waiting.wait_median"), _tail(board), "Wait to be seen, median", period),
    ]
    return facts_card(board, "Today", lines, booked)


def _sum(board: Doctors) -> str:
    """The parts that add up to the booked visits."""
    words = {
        "attendance.completed": "completed",
        "attendance.in_progress": "here",
        "attendance.to_come": "to come",
        "attendance.cancelled": "cancelled",
        "attendance.no_shows": "no-show",
    }
    parts = ((board.reading.get("day", key), label) for key, label in words.items())
    return " + ".join(f"{format.number(figure.value)} {label}" for figure, label in parts if figure and figure.value)


def _new_and_returning(board: Doctors) -> str:
    new, again = (board.reading.get("day", f"patients.{key}") for key in ("new", "returning"))
    if new is None or again is None or new.value is None:
        return ""
    return f"{format.number(new.value)} new, {format.number(again.value)} returning"


def _of_target(figure: Figure | None, board: Doctors) -> str:
    if figure is None or figure.value is None or not figure.target:
        return "no target set for one doctor"
    share = format.percent(float(figure.value) / float(figure.target), 0)
    return f"{share} of {format.money(figure.target, board.setting.currency)}"


def _counted(figure: Figure | None, board: Doctors) -> str:
    return "" if figure is None else tiles.count_note(figure, board.setting.currency)


def _tail(board: Doctors) -> str:
    tail = board.reading.get("day", "waiting.wait_p90")
    return "" if tail is None or tail.value is None else f"90th percentile {format.number(tail.value)} min"


def week(board: Doctors) -> Built | None:
    """The last whole week, against the one before."""
    answer = board.reading.answers.get("week")
    if answer is None:
        return None
    keys = (
        "attendance.booked",
        "attendance.completion_rate",
        "attendance.no_show_rate",
        "patients.seen",
        "patients.new",
        "patients.retention_rate",
        "satisfaction.score",
        "revenue.collected",
        "revenue.per_visit",
    )
    lines = [_compared(board, "week", key, answer.period) for key in keys]
    span = f"{format.date(answer.period.start)} to {format.date(answer.period.last)}, beside the week before"
    return facts_card(board, "Last week", lines, answer.total.figures.get("attendance.booked"), span)


def _compared(board: Doctors, answer: str, metric: str, period: Period) -> Fact | None:
    figure = board.reading.get(answer, metric)
    if figure is None:
        return None
    words = show.change_words(figure, board.setting.currency)
    counted = tiles.count_note(figure, board.setting.currency) if figure.denominator is not None else ""
    return fact(board, figure, ", ".join(filter(None, (counted, words))), period=period)


def month(board: Doctors) -> Built | None:
    """The visits of the month week by week, by what came of them."""
    weeks = board.reading.weeks
    if any(week_name(number) not in board.reading.answers for number, _ in weeks):
        return None
    columns = tuple(_column(board, number, period) for number, period in weeks)
    parts = tuple(charts.Part(label, colour, kind == "later") for _, kind, label, colour in PARTS)

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return stacked_bars(
            columns,
            parts,
            title="Visits by week",
            id_prefix=prefix,
            value_format=format.number,
            head="Week",
            size=size,
            empty="No visit was booked this month.",
        )

    booked = board.reading.get("month", "attendance.booked")
    note, explained = "Weeks are cut at the edges of the month", board.explain("attendance.booked", period="month")
    body = chart_card(board, "month", draw, booked, count_note=note, explain_url=explained)
    return Built(f"Visits in {_month(board)}, week by week", body)


def _column(board: Doctors, number: int, period: Period) -> charts.Column:
    figures = board.reading.answers[week_name(number)].total.figures
    told = [figures[key].value for key in ("attendance.booked", *(key for key, *_ in PARTS if key))]
    booked, *known = (None if value is None else float(value) for value in told)
    parts = [value for value in known if value is not None]
    rest = None if booked is None or len(parts) < len(known) else max(0.0, booked - sum(parts))
    return charts.Column(_span(period), (*known, rest), partial=period.is_partial(board.reading.today))


def _span(period: Period) -> str:
    if period.days == 1:
        return f"{period.start.day} {period.start:%b}"
    return f"{period.start.day} to {period.last.day} {period.last:%b}"


def weeks(board: Doctors) -> Built | None:
    """The same weeks in figures, adding up to the month."""
    answer = board.reading.answers.get("month")
    if answer is None:
        return None
    currency = board.setting.currency
    keys = ("attendance.booked", "attendance.completed", "revenue.collected")
    shown = [key for key in keys if key in answer.total.figures]
    rows = []
    for number, period in board.reading.weeks:
        figures = board.reading.answers[week_name(number)].total.figures
        note = "so far" if period.is_partial(board.reading.today) else ""
        rows.append(Row((Cell(_span(period), note), *(cell(figures[key], currency) for key in shown))))
    rows.append(Row((Cell("Month so far"), *(cell(answer.total.figures[key], currency) for key in shown)), "total"))
    heads = {"attendance.booked": "Booked", "attendance.completed": "Completed", "revenue.collected": "Collected"}
    columns = (Column("Week"), *(Column(heads[key], "figures") for key in shown))
    new = board.reading.get("month", "patients.new")
    table = TableView(f"{_month(board)}, week by week", columns, tuple(rows))
    card = TableCard(table, _new_patients(new, board), time_note=board.time_of(answer.total.figures[shown[0]]))
    return Built(_month(board), card)


def _new_patients(figure: Figure | None, board: Doctors) -> str:
    if figure is None or figure.value is None:
        return ""
    words = show.change_words(figure, board.setting.currency)
    against = f", {words[:1].lower()}{words[1:]} than in the same part of the month before" if words else ""
    if words == "Same":
        against = ", as many as in the same part of the month before"
    return f"{format.plural(int(figure.value), 'new patient')}{against}."


def _month(board: Doctors) -> str:
    return format.date(board.reading.today, "month")


def punctuality(board: Doctors) -> Built | None:
    """The share of visits begun on time week by week, with its limits, its target and the events."""
    trend, now = board.reading.get("trend", ON_TIME), board.reading.get("now", ON_TIME)
    if trend is None or now is None:
        return None
    setting = board.setting
    events = marks_of(board.reading.past_events, setting.zone)
    drawn = control_chart(trend, now, "punctuality", setting.currency, setting.zone, events)
    chart = replace(
        drawn,
        as_table="punctuality" in board.as_table,
        table_url=board.page(table="punctuality") + "#w-punctuality",
        chart_url=board.page() + "#w-punctuality",
        explain_url=board.explain(ON_TIME, period="week"),
    )
    return Built("Started on time, by week", chart)


def indicators(board: Doctors) -> Built | None:
    """Punctuality, documentation, follow-up and continuity of the month beside the same part of the month before."""
    answer = board.reading.answers.get("month")
    if answer is None:
        return None
    figures = answer.total.figures
    rows = tuple(_indicator(board, figures[key]) for key in INDICATORS if key in figures)
    columns = (Column("Indicator"), *(Column(label, "figures") for label in ("This month", "Before", "Target")))
    table = TableView(f"Indicators, {_month(board)}", columns, rows)
    words = "The month so far beside the same part of the month before."
    return Built(f"Indicators, {_month(board)}", TableCard(table, words))


def _indicator(board: Doctors, figure: Figure) -> Row:
    metric, currency = figure.metric, board.setting.currency
    compared = (show.value_words(metric.unit, value, currency, "–") for value in (figure.previous, figure.target))
    name = Cell(
        metric.label, tiles.count_note(figure, board.setting.currency), url=board.explain(metric.key, period="month")
    )
    return Row((name, cell(figure, currency), *map(Cell, compared)))


def peers_of(metric: str) -> Callable[[Doctors], Built | None]:
    """The builder of one share beside those of colleagues."""
    return partial(_peers, metric)


def _peers(metric: str, board: Doctors) -> Built | None:
    found = board.reading.peers(metric)
    if found is None:
        return None
    title = f"{found.whole.metric.label}, 12 weeks"
    if not found.may_be_shown:
        note = f"Shown from {FEWEST_PEERS} colleagues up, so that no dot can be told to be somebody."
        return Built(title, None, Condition("suppressed", "Too few to show", note))
    key = metric.rpartition(".")[2].replace("_", "-")
    widget = f"peers-{1 if metric == ON_TIME else 2}"
    draw = _funnel(found, key, board.setting.currency)
    drawn = [draw(size) for size in (charts.WIDE, charts.NARROW)]
    body = Chart(
        drawn[0].summary,
        Markup(drawn[0].svg),  # noqa: S704 - our own drawing; its texts are escaped
        Markup(drawn[1].svg),  # noqa: S704
        table=twin(drawn[0].table, title),
        as_table=widget in board.as_table,
        table_url=board.page(table=widget) + f"#w-{widget}",
        chart_url=board.page() + f"#w-{widget}",
        notes=("Colleagues have no names here and no order. Not adjusted for who the patients are.", *drawn[0].notes),
        count_note=f"{len(found.others)} colleagues",
        time_note=board.time_of(found.whole),
    )
    return Built(title, body)


def _funnel(found: Peers, key: str, currency: str) -> Callable[[charts.Size], charts.Chart]:
    """The drawing of a share beside colleagues in any size; its limits are worked out once."""
    points = [_point(figure, "Colleague", own=False) for figure in found.others]
    if found.own is not None:
        points.append(_point(found.own, "This doctor", own=True))
    volumes = [point.volume for point in points]
    share = float(found.whole.value or 0)
    limits = share_limits(int(min(volumes)), int(max(volumes)), share)
    return lambda size: funnel_plot(
        points,
        limits,
        share,
        title=found.whole.metric.label,
        id_prefix=f"{key}-{size.width:.0f}",
        value_format=value_format(found.whole.metric, currency),
        volume_format=format.number,
        volume_label=COUNTED[found.whole.metric.key],
        head="Doctor",
        size=size,
    )


def _point(figure: Figure, label: str, own: bool) -> charts.FunnelPoint:
    value = None if figure.value is None else float(figure.value)
    return charts.FunnelPoint(label, float(figure.denominator or 0), value, named=own)
