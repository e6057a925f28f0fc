"""Charts as cards: a weekly series as a control chart, and the table twin of any chart."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from app.charts import series
from app.charts import types as charts
from app.charts.spc import spc
from app.core import format
from app.core.clock import local_day
from app.metrics import show
from app.metrics.types import Figure
from app.models import CalendarEvent
from app.web.dashboards import tiles
from app.web.dashboards.board import Board
from app.web.view_models import Cell, Chart, Column, Row, Signal, TableView


def control_chart(
    trend: Figure, target: Figure, key: str, currency: str, zone: str, marks: Sequence[charts.Event] = ()
) -> Chart:
    """A weekly series with limits, target and the changes that may explain it, drawn for wide and narrow screens."""
    drawn = [
        spc(
            series.points_of(trend),
            title=trend.metric.label,
            id_prefix=f"{key}-{size.width:.0f}",
            value_format=series.value_format(trend.metric, currency),
            limits=series.limits_of(trend),
            target=series.target_of(target),
            events=tuple(marks),
            size=size,
        )
        for size in (charts.WIDE, charts.NARROW)
    ]
    return Chart(
        drawn[0].summary,
        Markup(drawn[0].svg),  # noqa: S704 - our own drawing; its texts are escaped
        Markup(drawn[1].svg),  # noqa: S704
        signal=_signal(trend),
        table=twin(drawn[0].table, trend.metric.label),
        count_note=". ".join(filter(None, (_last_week(trend, currency), *drawn[0].notes))),
        time_note=format.time(trend.as_of, zone, unknown="never"),
    )


def chart_card(
    board: Board[Any],
    key: str,
    draw: Callable[[charts.Size, str], charts.Chart],
    figure: Figure | None = None,
    summary: str = "",
    count_note: str = "",
    explain_url: str = "",
    time_note: str = "",
    notes: tuple[str, ...] = (),
) -> Chart:
    """A drawing for wide and for narrow screens, with its table; `draw` gets a size and the prefix of its ids."""
    wide, slim = (draw(size, f"{key}-{size.width:.0f}") for size in (charts.WIDE, charts.NARROW))
    return Chart(
        summary or wide.summary,
        Markup(wide.svg),  # noqa: S704 - our own drawing; its texts are escaped
        Markup(slim.svg),  # noqa: S704
        table=twin(wide.table, wide.title),
        as_table=key in board.as_table,
        table_url=board.page(table=key) + f"#w-{key}",
        chart_url=board.page() + f"#w-{key}",
        explain_url=explain_url or (board.explain(figure.metric.key) if figure else ""),
        count_note=". ".join(dict.fromkeys(filter(None, (count_note, *wide.notes, *slim.notes)))),
        time_note=time_note or (board.time_of(figure) if figure else ""),
        notes=notes,
    )


def _signal(trend: Figure) -> Signal | None:
    signal = tiles.signal_of(trend)
    if signal is None or trend.signal is None or trend.signal.latest is None:
        return signal
    return Signal(signal.kind, f"{signal.words}: {trend.signal.latest.words}", signal.direction)


def _last_week(trend: Figure, currency: str) -> str:
    last = next((point for point in reversed(trend.series) if not point.partial and point.value is not None), None)
    if last is None or last.denominator is None:
        return ""
    return f"{show.share_words(trend.metric, last.numerator, last.denominator, currency)} in the last whole week"


def marks_of(events: Sequence[CalendarEvent], zone: str) -> tuple[charts.Event, ...]:
    """The changes of the event log that may explain a series, as marks on its chart."""
    changes = [(local_day(event.starts_at, zone), event.title) for event in events if event.kind == "system_change"]
    return tuple(charts.Event(day, title, title[:24]) for day, title in changes)


def twin(table: charts.Table, caption: str) -> TableView:
    """A chart's table as a page shows it."""
    columns = tuple(Column(head, "figures" if index else "text") for index, head in enumerate(table.head))
    return TableView(caption, columns, tuple(Row(tuple(Cell(text) for text in row)) for row in table.rows))
