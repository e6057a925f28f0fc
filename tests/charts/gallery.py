"""Writes every chart to one page, to be looked at.

`python -m tests.charts.gallery FILE wide|narrow|wall|paper|grey light|dark [FONTS]`, where FONTS is the address of a
folder with Inter-Regular.woff2 and Inter-SemiBold.woff2.
"""

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from html import escape
from pathlib import Path

from app.charts.columns import bars, stacked_bars
from app.charts.funnel import funnel_plot
from app.charts.heatmap import heatmap
from app.charts.inline import bullet, interval
from app.charts.lines import line
from app.charts.rows import hbars
from app.charts.sparkline import sparkline
from app.charts.spc import spc
from app.charts.theme import LIGHT, PAPER, PAPER_GREY, SCREEN, Theme
from app.charts.types import (
    NARROW,
    PRINT,
    WALL,
    WIDE,
    Bar,
    Chart,
    Column,
    Event,
    FunnelLimit,
    FunnelPoint,
    Judgement,
    Limits,
    Part,
    Point,
    Series,
    Signal,
    Size,
    Slot,
    Target,
)

DARK = {
    "canvas": "#0D1412", "surface": "#151E1B", "sunk": "#1A2522", "line": "#2B3833", "control": "#72827C",
    "ink": "#EBF2EF", "ink2": "#B9C6C1", "ink3": "#95A49E", "accent": "#74D3C3", "on-accent": "#06211D",
    "improve": "#79BCF7", "concern": "#FFA466", "concern-mark": "#FF8A3D", "neutral": "#DCC8FF", "common": "#9AA8A3",
    "common-soft": "#25312D", "f-done": "#2F8F82", "f-room": "#74D3C3", "f-wait": "#F2CC55", "f-later": "#151E1B",
    "f-cancel": "#55625D", "f-noshow": "#A9B6B1", "s1": "#5CC4B4", "s2": "#E5CB8A", "s3": "#B0568E", "s4": "#749CD1",
    "s5": "#6B913D", "s6": "#B18D85",
}  # fmt: skip
MONDAY = date(2026, 5, 18)
RATES = (
    7.0, 6.1, 6.1, 7.2, 6.0, 6.8, 5.9, 7.0, 6.4, 5.9, 7.2, 6.3, 6.9, 6.1, 7.0, 6.3, 6.0, 6.9,
    5.6, 5.3, 5.1, 5.4, 4.8, 5.1, 4.8, 4.6, 4.9,
)  # fmt: skip
PARTS = (
    Part("completed", "f-done"), Part("in a room", "f-room"), Part("waiting", "f-wait"),
    Part("still to come", "f-later", hatched=True), Part("cancelled", "f-cancel"), Part("no-show", "f-noshow"),
)  # fmt: skip
DAY = (
    (8, 0, 0, 0, 1, 0), (11, 0, 0, 0, 0, 1), (11, 0, 0, 0, 1, 0), (10, 0, 0, 0, 2, 0), (5, 0, 0, 0, 0, 0),
    (7, 0, 0, 0, 1, 1), (7, 3, 0, 0, 1, 1), (3, 4, 2, 0, 0, 0), (0, 1, 2, 2, 0, 0),
)  # fmt: skip
LAST_THURSDAY = (9, 11, 12, 11, 5, 9, 11, 9, 6)


def percent(value: float) -> str:
    return f"{value:.1f}%"


def count(value: float) -> str:
    return f"{value:,.0f}"


def minutes(value: float) -> str:
    return f"{value:.0f} min"


def weeks(signal: Signal = Signal.IMPROVEMENT) -> list[Point]:
    days = [MONDAY + timedelta(weeks=index) for index in range(len(RATES))]
    return [
        Point(
            f"week of {day.day} {day:%b}",
            rate,
            day,
            signal if 18 <= index < 26 else Signal.COMMON,
            partial=index == 26,
        )
        for index, (day, rate) in enumerate(zip(days, RATES, strict=True))
    ]


def control_charts(theme: Theme, size: Size, prefix: str) -> Iterator[Chart]:
    limits = Limits(6.5, 4.4, 8.6, basis=18)
    reminder = Event(date(2026, 9, 21), "text reminder 48 h before", "reminders")
    yield spc(
        weeks(), title="No-show rate by week", id_prefix=f"{prefix}a", value_format=percent, limits=[limits],
        target=Target(5.0, "≤"), events=[reminder], theme=theme, size=size,
        reading=Judgement(Signal.IMPROVEMENT, "8 weeks in a row below the mean"),
    )  # fmt: skip
    few = [
        Point(f"{day} Oct", value, date(2026, 10, day), signal)
        for day, value, signal in (
            (1, 12.0, Signal.COMMON), (2, 15.0, Signal.COMMON), (3, None, Signal.COMMON), (4, 31.0, Signal.CONCERN),
            (5, 11.0, Signal.COMMON), (6, 14.0, Signal.NEUTRAL), (7, 13.0, Signal.COMMON),
        )
    ]  # fmt: skip
    yield spc(
        few, title="Wait, 90th percentile", id_prefix=f"{prefix}b", value_format=minutes,
        limits=[Limits(16.0, 2.0, 28.0)], target=Target(25, "≤"), theme=theme, size=size,
        events=[Event(date(2026, 10, 4), "X-ray 2 out of service"), Event(date(2026, 10, 4), "nurse away")],
    )  # fmt: skip
    rebased = [Limits(6.5, 4.4, 8.6, last=17), Limits(5.1, 4.0, 6.2, first=18)]
    yield spc(
        weeks(Signal.COMMON), title="No-show rate, limits reset 21 Sep", id_prefix=f"{prefix}c", value_format=percent,
        limits=rebased, theme=theme, size=size,
        events=[reminder, Event(date(2026, 6, 29), "second receptionist"), Event(date(2026, 11, 9), "new phone line")],
    )  # fmt: skip


def bar_charts(theme: Theme, size: Size, prefix: str) -> Iterator[Chart]:
    columns = [
        Column(f"{hour:02}:00", values, comparison, partial=hour == 16)
        for hour, values, comparison in zip(range(8, 17), DAY, LAST_THURSDAY, strict=True)
    ]
    yield stacked_bars(
        columns, PARTS, title="Appointments by start hour", id_prefix=f"{prefix}d", value_format=count,
        comparison_label="last Thu", theme=theme, size=size,
    )  # fmt: skip
    visits = {"Jun": 1602.0, "Jul": 1544.0, "Aug": 1480.0, "Sep": 1551.0, "Oct": 1642.0, "Nov": 980.0}
    months = [Bar(name, value, value * 0.94, partial=name == "Nov") for name, value in visits.items()]
    yield bars(
        months, title="Visits by month", id_prefix=f"{prefix}e", value_format=count, comparison_label="year before",
        theme=theme, size=size,
    )  # fmt: skip
    change = [Bar("Mon", 4.0), Bar("Tue", -3.0), Bar("Wed", None), Bar("Thu", 1.0), Bar("Fri", -1.0)]
    yield bars(change, title="Change by weekday", id_prefix=f"{prefix}f", value_format=count, theme=theme, size=size)
    departments = [
        Bar("Cardiology", 5.7, 5.1), Bar("General practice and family medicine, second floor", 5.3, 5.9),
        Bar("Pediatrics", 4.5, 4.4), Bar("Physiotherapy", None, reason="too few to show"), Bar("Dermatology", 5.8, 4.1),
    ]  # fmt: skip
    yield hbars(
        departments, title="No-show rate by department", id_prefix=f"{prefix}g", value_format=percent, reference=5.0,
        reference_label="Target 5.0%", comparison_label="September", theme=theme, size=size,
    )  # fmt: skip


def other_charts(theme: Theme, size: Size, prefix: str) -> Iterator[Chart]:
    first = date(2025, 12, 1)
    slots = [Slot(f"week of {d.day} {d:%b}", d) for d in (first + timedelta(weeks=i) for i in range(30))]
    slots = [*slots[:-1], Slot(slots[-1].label, slots[-1].day, partial=True)]
    names = ("Cardiology", "Dermatology", "General practice", "Pediatrics")
    series = [
        Series(
            name, tuple(None if n == 1 and 9 <= i < 12 else 20.0 + 6 * n + (i * (n + 3) * 7 % 11) for i in range(30))
        )
        for n, name in enumerate(names)
    ]
    yield line(
        slots, series, title="Wait, 90th percentile, by department", id_prefix=f"{prefix}h", value_format=minutes,
        events=[Event(date(2026, 3, 16), "new rota")], theme=theme, size=size,
    )  # fmt: skip
    yield line(
        slots, series[:1], title="Cardiology and the year before", id_prefix=f"{prefix}i", value_format=minutes,
        comparison=Series("year before", tuple(24.0 + (i * 5 % 7) for i in range(30))), theme=theme, size=size,
    )  # fmt: skip
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    hours = [f"{hour:02}:00" for hour in range(8, 18)]
    grid = [[None if d == 2 and h > 7 else float((d * 7 + h * 5) % 13) for h in range(10)] for d in range(5)]
    yield heatmap(
        days, hours, grid, title="Arrivals by hour and weekday", id_prefix=f"{prefix}j", value_format=count,
        theme=theme, size=size,
    )  # fmt: skip
    limits = [
        FunnelLimit(n, *(max(0.0, 6.5 + k * 24.6 / n**0.5) for k in (-3.09, -1.96, 1.96, 3.09)))
        for n in (20, 30, 50, 80, 120, 200, 300, 420)
    ]  # fmt: skip
    doctors = [
        FunnelPoint("Dr. Example", 310, 6.9, named=True), FunnelPoint("2", 120, 8.2), FunnelPoint("3", 210, 14.4,
        signal=Signal.CONCERN, named=False), FunnelPoint("4", 60, 4.0), FunnelPoint("5", 400, 5.1),
        FunnelPoint("6", 160, 6.1), FunnelPoint("7", 90, 9.9), FunnelPoint("8", 25, None),
    ]  # fmt: skip
    yield funnel_plot(
        doctors, limits, 6.5, title="No-show rate by doctor", id_prefix=f"{prefix}k", value_format=percent,
        volume_format=count, volume_label="visits", theme=theme, size=size,
    )  # fmt: skip


def small_charts(theme: Theme, prefix: str) -> Iterator[Chart]:
    limits = Limits(6.5, 4.4, 8.6)
    for index, signal in enumerate((Signal.COMMON, Signal.IMPROVEMENT, Signal.CONCERN, Signal.NEUTRAL)):
        points = weeks(signal)[: 27 - index % 2]
        yield sparkline(points, title="Sparkline", value_format=percent, limits=limits, theme=theme)
    gaps = [Point(p.label, None if i in (4, 5) else p.value, p.day) for i, p in enumerate(weeks(Signal.COMMON)[:14])]
    yield sparkline(gaps, title="Sparkline with a gap", value_format=percent, theme=theme)
    for index, (median, p90) in enumerate(((14, 31), (9, 19), (12, 26), (6, 12), (8, 15))):
        yield bullet(
            median, p90, target=15, maximum=35, title="Wait", id_prefix=f"{prefix}l{index}", value_format=minutes,
            theme=theme,
        )  # fmt: skip
    for index, (value, low, high) in enumerate(((5.7, 4.0, 8.1), (5.3, 3.6, 7.8), (3.6, 2.0, 6.5))):
        yield interval(
            value, low, high, reference=5.1, minimum=0, maximum=10, title="Rate", id_prefix=f"{prefix}m{index}",
            value_format=percent, theme=theme,
        )  # fmt: skip


def wall_charts(prefix: str) -> Iterator[Chart]:
    yield bullet(
        14, None, target=15, maximum=20, title="Wait", id_prefix=f"{prefix}r", value_format=minutes,
        size=Size(206, 40, 2.8),
    )  # fmt: skip
    yield next(control_charts(SCREEN, WALL, f"{prefix}s"))
    yield next(bar_charts(SCREEN, WALL, f"{prefix}t"))


def figures(charts: Iterator[Chart]) -> str:
    return "".join(
        f"<figure><h2>{escape(chart.title)}</h2><p>{escape(chart.summary)}</p>{chart.svg}"
        f"<small>{escape(' · '.join(chart.notes))}</small></figure>"
        for chart in charts
    )


def section(theme: Theme, size: Size, prefix: str) -> str:
    charts = (control_charts, bar_charts, other_charts)
    body = "".join(figures(make(theme, size, f"{prefix}{number}")) for number, make in enumerate(charts))
    return f"<section>{body}{figures(small_charts(theme, prefix))}</section>"


def page(kind: str, tokens: dict[str, str], fonts: str) -> str:
    """One HTML page: "wide", "narrow", "wall" or "paper"."""
    bodies = {
        "wide": lambda: section(SCREEN, WIDE, "w"),
        "narrow": lambda: section(SCREEN, NARROW, "n"),
        "wall": lambda: f"<section>{figures(wall_charts('x'))}</section>",
        "paper": lambda: section(PAPER, PRINT, "p"),
        "grey": lambda: section(PAPER_GREY, PRINT, "g"),
    }
    variables = "".join(f"--{name}:{value};" for name, value in tokens.items())
    face = "".join(
        f"@font-face{{font-family:Inter;font-weight:{weight};src:url({fonts}/Inter-{name}.woff2)}}"
        for weight, name in ((400, "Regular"), (600, "SemiBold"))
    )
    return (
        f"<!doctype html><meta charset=utf-8><style>{face if fonts else ''}:root{{{variables}}}"
        "body{margin:12px;min-width:300px;background:var(--canvas);color:var(--ink);font:13px/18px Inter,sans-serif;"
        "font-variant-numeric:tabular-nums}section{display:flex;flex-wrap:wrap;gap:12px;align-items:flex-start}"
        "figure{margin:0;max-width:100%;padding:10px;background:var(--surface);border:1px solid var(--line)}"
        "h2{font-size:15px;margin:0}p,small{max-width:600px;display:block;margin:0 0 6px}</style>"
        f"{bodies[kind]()}"
    )


if __name__ == "__main__":
    target, kind, theme_name, *rest = sys.argv[1:]
    tokens = DARK if theme_name == "dark" else dict(LIGHT)
    Path(target).write_text(page(kind, tokens, rest[0] if rest else ""), encoding="utf-8")
