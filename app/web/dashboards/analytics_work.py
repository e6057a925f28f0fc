"""The widgets of the analytics dashboard about work and money: capacity, where time goes, revenue and costs."""

from app.charts import types as charts
from app.charts.heatmap import heatmap
from app.charts.lines import line
from app.charts.rows import hbars
from app.charts.series import value_format
from app.core import format
from app.services.dashboards.clinic_peaks import WEEKDAYS
from app.web.dashboards import tiles
from app.web.dashboards.analytics_people import Analytics, breakdown, line_of
from app.web.dashboards.board import Built
from app.web.dashboards.cards import cell, fact, facts_card
from app.web.dashboards.charts import chart_card, marks_of
from app.web.view_models import Cell, Column, Condition, Row, TableCard, TableView

BOOKED = "attendance.booked"
STAGES = {"waiting.wait_median": "Waiting", "waiting.visit_median": "With the clinician"}


def hours(board: Analytics) -> Built | None:
    """Booked starts by weekday and hour over 13 whole weeks: when the clinics are busiest."""
    answer = board.reading.answers.get("hours")
    if answer is None:
        return None
    cells = {tuple(map(int, row.key)): row.figures[BOOKED] for row in answer.rows if all(row.key)}
    title = "Busiest hours, booked visits of 13 weeks"
    if not cells:
        return Built(title, None, Condition("empty", "None yet", "Nothing was booked in the last 13 weeks."))
    days = sorted({day for day, _ in cells})
    clock = range(min(hour for _, hour in cells), max(hour for _, hour in cells) + 1)
    values = [
        [_value(cells[day, hour]) if (day, hour) in cells else 0.0 for hour in clock] for day in days
    ]  # fmt: skip

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return heatmap(
            [WEEKDAYS[day][:3] for day in days],
            [f"{hour:02}:00" for hour in clock],
            values,
            title=title,
            id_prefix=prefix,
            value_format=format.number,
            size=size,
            missing="too few to show",
        )

    return Built(title, chart_card(board, "hours", draw, answer.total.figures[BOOKED]))


def _value(figure: object) -> float | None:
    value = getattr(figure, "value", None)
    return None if value is None else float(value)


def departments(board: Analytics) -> Built | None:
    """How full each department is and how long its patients wait; what is beyond the organization's limit is marked."""
    answer, rules = board.reading.answers.get("departments"), board.reading.rules
    if answer is None:
        return None
    limits = {"capacity.utilisation": rules.capacity_limit, "waiting.wait_p90": float(rules.wait_limit_minutes)}
    keys = (BOOKED, "capacity.utilisation", "waiting.wait_median", "waiting.wait_p90")
    rows = []
    for row in answer.rows:
        cells = [Cell(row.label or "Not assigned")]
        for key in keys:
            figure = row.figures[key]
            beyond = key in limits and figure.value is not None and figure.value > limits[key]
            shown = cell(figure, board.setting.currency)
            cells.append(Cell(shown.text, tone="beyond") if beyond else shown)
        rows.append(Row(tuple(cells)))
    columns = (
        Column("Department"),
        Column("Booked", "figures", spare=True),
        *(Column(head, "figures") for head in ("Booked of bookable", "Wait", "Wait, 90th")),
    )
    words = (
        f"Marked: booked above {format.percent(rules.capacity_limit, 0)}, or one wait in ten over"
        f" {rules.wait_limit_minutes} min."
    )
    table = TableView("Departments", columns, tuple(rows), "No department had a visit in the period.")
    return Built("Departments", TableCard(table, words, time_note=board.time_of(answer.total.figures[BOOKED])))


def devices(board: Analytics) -> Built | None:
    """Devices in use by kind, against their bookable time."""
    answer = board.reading.answers.get("devices")
    if answer is None:
        return None
    rows = [row for row in answer.rows if row.key[0]]
    return breakdown(board, "devices", "Devices in use, by kind", rows, "capacity.equipment_utilisation", "Kind")


def rooms(board: Analytics) -> Built | None:
    """How rooms and diaries are used."""
    lines = [
        line_of(board, "capacity.utilisation", answer="now"),
        line_of(board, "capacity.attended_utilisation"),
        line_of(board, "capacity.room_utilisation"),
        line_of(board, "attendance.lost_slot_rate"),
        line_of(board, "attendance.no_show_rate", answer="now"),
    ]
    return facts_card(board, "Diaries and rooms", lines, board.reading.get("now", "capacity.utilisation"))


def time_spent(board: Analytics) -> Built | None:
    """Where a patient's time in the clinic goes: medians of what both stamps of a visit tell."""
    cycle = board.reading.get("figures", "waiting.cycle_median")
    if cycle is None:
        return None
    figures = {label: board.reading.get("figures", key) for key, label in STAGES.items()}
    bars = [charts.Bar(label, _value(figure)) for label, figure in figures.items()]
    bars.append(charts.Bar("Whole time in the clinic", _value(cycle)))

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return hbars(
            bars,
            title="Where time goes",
            id_prefix=prefix,
            value_format=value_format(cycle.metric, ""),
            head="Part of a visit",
            size=size,
            empty=cycle.reason or "No visit has both stamps.",
        )

    body = chart_card(
        board,
        "time",
        draw,
        cycle,
        summary=delay_words(board),
        count_note=tiles.count_note(cycle, board.setting.currency),
    )
    return Built("Where time goes, medians", body, tiles.condition(cycle, board.setting))


def delay_words(board: Analytics) -> str:
    """Which departments are beyond the limit of waits; says so when none is."""
    limit, delays = board.reading.rules.wait_limit_minutes, board.reading.delays
    if not delays:
        return f"No department's 90th percentile of waits is above {limit} min."
    return (
        "; ".join(f"{one.label}: one wait in ten over {one.minutes:.0f} min" for one in delays[:3])
        + f" (limit {limit})."
    )


def money(board: Analytics) -> Built | None:
    """What came in, what it cost, for each patient."""
    reading = board.reading
    collected = reading.get("now", "revenue.collected")
    if collected is None:
        return None
    grown = (
        "" if reading.growth is None else f"{format.signed(100 * reading.growth, 1)}% against {board.setting.compared}"
    )
    lines = [
        fact(board, collected, grown),
        line_of(board, "revenue.per_visit"),
        line_of(board, "revenue.collected_per_patient", "different patients seen"),
        line_of(board, "revenue.costs", "by date of the expense"),
        line_of(board, "revenue.costs_per_patient", "different patients seen"),
        line_of(board, "revenue.margin", "collected less costs", answer="now"),
    ]
    return facts_card(board, "Revenue and costs", lines, collected)


def costs(board: Analytics) -> Built | None:
    """Costs by category."""
    answer = board.reading.answers.get("costs")
    if answer is None:
        return None
    rows = sorted(answer.rows, key=lambda row: -float(row.figures["revenue.costs"].value or 0))
    return breakdown(board, "costs", "Costs by category", rows, "revenue.costs", "Category")


def weeks(metric: str, key: str, board: Analytics) -> Built | None:
    """A metric week by week, the running week drawn as partial, with the events that may explain it."""
    figure = board.reading.get("trend", metric)
    if figure is None:
        return None
    slots = [
        charts.Slot(f"{one.period.start.day} {one.period.start:%b}", one.period.start, one.partial)
        for one in figure.series
    ]
    values = tuple(_value(one) for one in figure.series)
    title, marks = f"{figure.metric.label} by week", marks_of(board.reading.past_events, board.setting.zone)
    write = value_format(figure.metric, board.setting.currency)

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        series = [charts.Series(figure.metric.label, values)]
        return line(
            slots, series, title=title, id_prefix=prefix, value_format=write, events=marks, head="Week of", size=size
        )

    return Built(title, chart_card(board, key, draw, figure))
