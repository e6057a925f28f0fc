"""One of every chart, small enough to check by hand, for the rules that hold for all of them."""

from collections.abc import Callable
from datetime import date

from app.charts.columns import bars, stacked_bars
from app.charts.funnel import funnel_plot
from app.charts.heatmap import heatmap
from app.charts.inline import bullet, interval
from app.charts.lines import line
from app.charts.rows import hbars
from app.charts.sparkline import sparkline
from app.charts.spc import spc
from app.charts.theme import Theme
from app.charts.types import (
    Bar,
    Chart,
    Column,
    Event,
    FunnelLimit,
    FunnelPoint,
    Limits,
    Part,
    Point,
    Series,
    Signal,
    Slot,
    Target,
)

EVIL = "<script>alert('x')</script>\"&"


def whole(value: float) -> str:
    return f"{value:.0f}"


def percent(value: float) -> str:
    return f"{value:.1f}%"


def days(*values: float | None, signal: Signal = Signal.COMMON) -> list[Point]:
    """Points on the days from 1 October 2026."""
    return [Point(f"{n} Oct", value, date(2026, 10, n), signal) for n, value in enumerate(values, start=1)]


def sample_spc(theme: Theme) -> Chart:
    points = [*days(4, None, 6), Point("4 Oct", 9, date(2026, 10, 4), Signal.CONCERN), Point("5 Oct", 5, partial=True)]
    return spc(
        points, title=EVIL, id_prefix="spc", value_format=whole, limits=[Limits(5, 2, 8)], target=Target(7, "≤"),
        events=[Event(date(2026, 10, 3), EVIL)], theme=theme,
    )  # fmt: skip


def sample_stack(theme: Theme) -> Chart:
    columns = [Column("08:00", (2, 1), 3), Column("09:00", (0, None), 2), Column(EVIL, (1, 3), 4, partial=True)]
    parts = [Part(EVIL, "f-done"), Part("to come", "f-later", hatched=True)]
    return stacked_bars(columns, parts, title=EVIL, id_prefix="stack", value_format=whole, theme=theme)


def sample_lines(theme: Theme) -> Chart:
    slots = [Slot("Mon"), Slot("Tue"), Slot("Wed"), Slot(EVIL, partial=True)]
    series = [
        Series(EVIL, (1, None, 3, 4)),
        Series("b", (4, 3, 2, 1)),
        Series("c", (2, 2, 2, 2)),
        Series("d", (0, 1, 0, 1)),
    ]
    before = Series("before", (1, 1, 1, 1))
    return line(slots, series, comparison=before, title=EVIL, id_prefix="line", value_format=whole, theme=theme)


def sample_funnel(theme: Theme) -> Chart:
    limits = [FunnelLimit(10, 0, 1, 9, 10), FunnelLimit(100, 3, 4, 6, 7)]
    points = [FunnelPoint(EVIL, 50, 5, named=True), FunnelPoint("B", 100, 8, signal=Signal.CONCERN)]
    return funnel_plot(
        points, limits, 5, title=EVIL, id_prefix="funnel", value_format=whole, volume_format=whole,
        volume_label="visits", theme=theme,
    )  # fmt: skip


SAMPLES: dict[str, Callable[[Theme], Chart]] = {
    "sparkline": lambda theme: sparkline(
        days(1, 2, None, 3), title=EVIL, value_format=whole, limits=Limits(2, 1, 3), theme=theme
    ),
    "spc": sample_spc,
    "stacked_bars": sample_stack,
    "bars": lambda theme: bars(
        [Bar(EVIL, 3, 2), Bar("b", None), Bar("c", -1, partial=True)], title=EVIL, id_prefix="bars",
        value_format=whole, theme=theme,
    ),
    "hbars": lambda theme: hbars(
        [Bar(EVIL, 3, 2), Bar("b", None, reason=EVIL)], title=EVIL, id_prefix="hbars", value_format=whole,
        reference=2, reference_label=EVIL, comparison_label=EVIL, theme=theme,
    ),
    "line": sample_lines,
    "bullet": lambda theme: bullet(
        4, 8, target=5, maximum=10, title=EVIL, id_prefix="bullet", value_format=whole, theme=theme
    ),
    "interval": lambda theme: interval(
        5, 3, 7, reference=4, minimum=0, maximum=10, title=EVIL, id_prefix="interval", value_format=whole, theme=theme
    ),
    "heatmap": lambda theme: heatmap(
        ["Mon", EVIL], ["08:00", "09:00"], [[0, 4], [2, None]], title=EVIL, id_prefix="heat", value_format=whole,
        theme=theme,
    ),
    "funnel_plot": sample_funnel,
}  # fmt: skip
