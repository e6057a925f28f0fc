"""The day of a clinic: the flow as a sum, the tiles, the hours, the waits by department, the weekly chart."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from markupsafe import Markup

from app.charts import types as charts
from app.charts.columns import stacked_bars
from app.charts.inline import bullet
from app.core import format
from app.metrics.flow import Flow as DayFlow
from app.metrics.types import Figure
from app.services.dashboards.clinic_dashboard import ClinicDashboard
from app.web.dashboards import tiles
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import cell
from app.web.dashboards.charts import chart_card, control_chart, marks_of
from app.web.view_models import (
    Cell,
    Column,
    Flow,
    FlowKind,
    Link,
    Row,
    TableCard,
    TableView,
    flow_segments,
)

PARTS: tuple[tuple[str, FlowKind, str], ...] = (
    ("completed", "done", "completed"),
    ("in_room", "room", "in a room"),
    ("waiting", "wait", "waiting"),
    ("to_come", "later", "still to come"),
    ("cancelled", "cancel", "cancelled"),
    ("no_show", "noshow", "no-show"),
)
COLOURS = {
    "done": "f-done",
    "room": "f-room",
    "wait": "f-wait",
    "later": "f-later",
    "cancel": "f-cancel",
    "noshow": "f-noshow",
}
NO_SHOW, WAIT, NPS = "attendance.no_show_rate", "waiting.wait_median", "satisfaction.nps"  # NPS: the last 30 days


def part(day: dict[str, int], name: str) -> int:
    """A part of a flow; visits whose outcome no source records stand with those still open."""
    return day[name] + (day["unknown"] if name == "to_come" else 0)


def sentence(day: DayFlow) -> str:
    """The day in one sentence."""
    if not day.booked:
        return "No appointments today"
    return f"{day['completed']} of {day.booked} done, {day['in_room']} in a room, {day['waiting']} waiting"


def flow(board: Board[ClinicDashboard]) -> Built:
    """The day as a sum of where everybody booked is."""
    now, before = board.reading.flows
    last = f"{before.day:%A}"
    aside = f"Same time last {last}: {before['completed']} of {before.booked} done, {before['in_room']} in a room, "
    body = Flow(
        sentence(now),
        aside + f"{before['waiting']} waiting"
        if before.booked
        else f"No appointments on the same day last week, {last}",
        now.booked,
        "booked today",
        flow_segments(tuple((kind, label, part(now.counts, name)) for name, kind, label in PARTS)),
        explain_url=board.explain("attendance.booked", period="today"),
    )
    return Built("Flow", body)


def tile_of(metric: str) -> Callable[[Board[ClinicDashboard]], Built | None]:
    """The builder of one metric's tile."""
    return partial(_tile, metric)


def _tile(metric: str, board: Board[ClinicDashboard]) -> Built | None:
    figure = board.reading.get("replies" if metric == NPS else "now", metric)
    if figure is None:
        return None
    trend = board.reading.get("trend", metric)
    body = tiles.tile(figure, trend, board.setting, board.explain_running(metric), _second(metric, board))
    if metric == NPS:
        days = board.reading.answers["replies"].period
        asked = board.explain(metric, period="custom", start=str(days.start), end=str(days.last))
        body = replace(body, count_note=_asked(board), change=None, explain_url=asked)
    return Built(tiles.label_of(figure, board.setting), body, tiles.condition(figure, board.setting))


def _asked(board: Board[ClinicDashboard]) -> str:
    """How many were asked in the last 30 days, and how many replied."""
    rate = board.reading.get("replies", "satisfaction.response_rate")
    if rate is None or rate.denominator is None:
        return "last 30 days"
    return f"30 days: {format.number(rate.denominator)} asked, {format.percent(rate.value)} replied"


def _second(metric: str, board: Board[ClinicDashboard]) -> str:
    """A second figure beside the first: the tail of the waits, the rooms in use at this moment."""
    if metric == WAIT and (tail := board.reading.get("now", "waiting.wait_p90")) and tail.value is not None:
        return f"90th pct {format.number(tail.value)}"
    if metric == "capacity.room_utilisation" and board.chosen.name == "today":
        rooms = board.reading.occupancy
        return "" if rooms.rooms_in_use is None else f"{rooms.rooms_in_use} of {rooms.rooms} now"
    return ""


def hours(board: Board[ClinicDashboard]) -> Built:
    """Appointments of today by the hour of their planned start, with last week's as ticks."""
    now, before = board.reading.flows
    local = board.reading.local
    shown = sorted({*now.hours, *(hour for hour in before.hours if now.hours)})
    columns = tuple(
        charts.Column(
            f"{hour:02d}:00",
            tuple(part(now.hours.get(hour, _NOBODY), name) for name, _, _ in PARTS),
            comparison=sum(before.hours.get(hour, _NOBODY).values()),
            partial=hour == local.hour,
        )
        for hour in shown
    )
    parts = tuple(charts.Part(label, COLOURS[kind], kind == "later") for _, kind, label in PARTS)

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return stacked_bars(
            columns,
            parts,
            title="Appointments by start hour",
            id_prefix=prefix,
            value_format=format.number,
            comparison_label=f"last {before.day:%a}",
            size=size,
        )

    read_at = format.time(board.reading.moment, board.setting.zone)
    explained = board.explain("attendance.booked", period="today")
    note = f"{now.booked} booked"
    body = chart_card(board, "hours", draw, count_note=note, explain_url=explained, time_note=read_at)
    return Built("Appointments by start hour", body)


_NOBODY = dict.fromkeys(("completed", "in_room", "waiting", "to_come", "cancelled", "no_show", "unknown"), 0)


def weekly(board: Board[ClinicDashboard]) -> Built | None:
    """The no-show rate week by week with its limits, target and the events that may explain it."""
    trend, now = board.reading.get("trend", NO_SHOW), board.reading.get("now", NO_SHOW)
    if trend is None or now is None:
        return None
    setting = board.setting
    events = marks_of(board.reading.past_events, setting.zone)
    drawn = control_chart(trend, now, "weekly", setting.currency, setting.zone, events)
    chart = replace(
        drawn,
        as_table="weekly" in board.as_table,
        table_url=board.page(table="weekly") + "#w-weekly",
        chart_url=board.page() + "#w-weekly",
        explain_url=board.explain(NO_SHOW, period="week"),
    )
    return Built("No-show rate by week", chart)


def departments(board: Board[ClinicDashboard]) -> Built | None:
    """How long patients wait in each department."""
    answer = board.reading.answers.get("departments")
    if answer is None:
        return None
    target = board.reading.get("now", WAIT)
    limit = board.reading.rules.wait_limit_minutes
    rows = [row for row in answer.rows if row.figures["attendance.booked"].value]
    tails = [float(row.figures["waiting.wait_p90"].value or 0) for row in rows]
    scale = max([*tails, limit, 1.0])
    goal = None if target is None or target.target is None else float(target.target)
    cells = [_department(row.label, row.figures, scale, goal, limit, number) for number, row in enumerate(rows)]
    total = answer.total.figures
    if len(rows) > 1:
        cells.append(Row((Cell("All"), *_counts(total), *_waits(total, limit), Cell()), "total"))
    columns = (
        Column("Department"),
        Column("Booked", "figures", spare=True),
        Column("Seen", "figures"),
        Column("Median", "figures"),
        Column("90th", "figures"),
        Column("Wait, min", "mark", spare=True),
    )
    longest = max(rows, key=lambda row: row.figures[WAIT].value or 0, default=None)
    words = "Bar is the median, thin line the 90th percentile, tick the target."
    if longest is not None and longest.figures[WAIT].value is not None:
        words = f"{longest.label} waits longest, median {format.number(longest.figures[WAIT].value)} min. {words}"
    body = TableCard(
        TableView("Wait by department", columns, tuple(cells), "No patient has been seen yet."),
        words,
        (Link("Explain", board.explain(WAIT)),),
        tiles.count_note(total[WAIT], board.setting.currency),
        board.time_of(total[WAIT]),
    )
    return Built("Wait by department", body)


def _department(
    name: str, figures: Mapping[str, Figure], scale: float, goal: float | None, limit: int, number: int
) -> Row:
    median, tail = (figures[key].value for key in (WAIT, "waiting.wait_p90"))
    mark = bullet(
        None if median is None else float(median),
        None if tail is None else float(tail),
        maximum=scale,
        title=name,
        id_prefix=f"wait-{number}",
        value_format=format.number,
        target=goal,
    )
    drawing = Cell(mark=Markup(mark.svg))  # noqa: S704 - our own drawing
    return Row((Cell(name or "Not assigned"), *_counts(figures), *_waits(figures, limit), drawing))


def _counts(figures: Mapping[str, Figure]) -> tuple[Cell, ...]:
    return tuple(cell(figures[key], currency="") for key in ("attendance.booked", "attendance.seen"))


def _waits(figures: Mapping[str, Figure], limit: int) -> tuple[Cell, Cell]:
    median, tail = figures[WAIT].value, figures["waiting.wait_p90"].value
    beyond = tail is not None and tail > limit
    return Cell(format.number(median, unknown="–")), Cell(
        format.number(tail, unknown="–"), tone="beyond" if beyond else ""
    )
