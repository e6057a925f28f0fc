"""The drawings of the samples, made by the product's own charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count

from markupsafe import Markup

from app.charts import columns, inline
from app.charts import sparkline as sparklines
from app.charts.spc import spc as control_chart
from app.charts.theme import PAPER, SCREEN
from app.charts.types import (
    NARROW,
    PRINT,
    WIDE,
    Chart,
    Column,
    Event,
    Limits,
    Part,
    Point,
    Signal,
    Size,
    Target,
)

MONDAY = date(2026, 5, 18)
WEEKS = [7.0, 6.1, 6.1, 7.2, 6.0, 6.8, 5.9, 7.0, 6.4, 5.9, 7.2, 6.3, 6.9, 6.1, 7.0, 6.4, 6.0, 6.9]
SINCE = [5.7, 5.3, 5.1, 5.4, 4.8, 5.1, 4.8, 4.6]
HOURS = (
    ("08", (8, 0, 0, 0, 1, 0)),
    ("09", (11, 0, 0, 0, 0, 1)),
    ("10", (11, 0, 0, 0, 1, 0)),
    ("11", (10, 0, 0, 0, 2, 0)),
    ("12", (5, 0, 0, 0, 0, 0)),
    ("13", (7, 0, 0, 0, 1, 1)),
    ("14", (7, 3, 0, 0, 1, 1)),
    ("15", (3, 4, 2, 0, 0, 0)),
    ("16", (0, 1, 2, 2, 0, 0)),
)
LAST_THURSDAY = (9, 11, 12, 11, 5, 9, 11, 9, 6)
PARTS = (
    Part("completed", "f-done"),
    Part("in a room", "f-room"),
    Part("waiting", "f-wait"),
    Part("still to come", "f-later", hatched=True),
    Part("cancelled", "f-cancel"),
    Part("no-show", "f-noshow"),
)
FULL = Size(960, 260)
_numbers = count()


def _markup(chart: Chart) -> Markup:
    return Markup(chart.svg)  # noqa: S704 app.charts escapes every text it draws


def _prefix() -> str:
    return f"sample{next(_numbers)}"


def _percent(value: float) -> str:
    return f"{value:.1f}%"


def _minutes(value: float) -> str:
    return f"{value:.0f} min"


def _count(value: float) -> str:
    return f"{value:.0f}"


def sparkline(values: Sequence[float], signals: int = 0) -> Markup:
    """The last `signals` values are improvements."""
    first = len(values) - signals
    points = [
        Point(f"week {i + 1}", value, signal=Signal.IMPROVEMENT if i >= first else Signal.COMMON)
        for i, value in enumerate(values)
    ]
    return _markup(sparklines.sparkline(points, title="Weeks", value_format=_percent))


def spc(size: Size = WIDE, paper: bool = False) -> Markup:
    """The no-show rate by week; on paper as it stood on 2 November, before the rule fired."""
    values = WEEKS + (SINCE[:6] if paper else SINCE)
    points = [
        Point(
            f"week {i + 1}",
            value,
            MONDAY + timedelta(weeks=i),
            Signal.IMPROVEMENT if i >= len(WEEKS) and not paper else Signal.COMMON,
        )
        for i, value in enumerate(values)
    ]
    return _markup(
        control_chart(
            points,
            title="No-show rate by week",
            id_prefix=_prefix(),
            value_format=_percent,
            limits=[Limits(6.5, 4.4, 8.6, basis=18)],
            target=Target(5.0, "≤"),
            events=[Event(date(2026, 9, 21), "text reminder 48 h before", "reminders")],
            theme=PAPER if paper else SCREEN,
            size=PRINT if paper else size,
        )
    )


def hours(size: Size = WIDE) -> Markup:
    """Appointments by start hour, 16:00 not over yet."""
    made = [
        Column(f"{hour}:00", values, comparison, partial=hour == "16")
        for (hour, values), comparison in zip(HOURS, LAST_THURSDAY, strict=True)
    ]
    chart = columns.stacked_bars(
        made,
        PARTS,
        title="Appointments by start hour",
        id_prefix=_prefix(),
        value_format=_count,
        comparison_label="last Thu",
        size=size,
    )
    return _markup(chart)


def bullet(median: float, high: float, target: float) -> Markup:
    """Minutes: bar to the median, thin line to the 90th percentile, tick at the target."""
    chart = inline.bullet(
        median, high, maximum=35, title="Wait", id_prefix=_prefix(), value_format=_minutes, target=target
    )
    return _markup(chart)


def rate_bar(rate: float, target: float) -> Markup:
    """A rate in percent as a bar with a tick at the target, on paper."""
    chart = inline.bullet(
        rate,
        None,
        maximum=10,
        title="Rate",
        id_prefix=_prefix(),
        value_format=_percent,
        target=target,
        theme=PAPER,
        size=Size(100, 11),
    )
    return _markup(chart)


def interval(low: float, value: float, high: float, middle: float) -> Markup:
    """A rate with its 95% interval against the clinic's own, on paper."""
    chart = inline.interval(
        value,
        low,
        high,
        minimum=0,
        maximum=12,
        title="Rate",
        id_prefix=_prefix(),
        value_format=_percent,
        reference=middle,
        theme=PAPER,
        size=Size(120, 11),
    )
    return _markup(chart)


SLIM = NARROW
