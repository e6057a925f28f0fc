"""What the next four weeks may bring, and how well the same forecast did on the past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from app.charts import types as charts
from app.charts.lines import line
from app.charts.series import value_format
from app.charts.theme import PAPER
from app.core import format
from app.core.period import Period, Span
from app.insights.forecast import HORIZON, LEVEL, SEASON, SHORTEST, Forecast, Test, forecast
from app.metrics.types import Figure, Query, Result
from app.reports.content import Cell, Column, Graph, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.words import kind_of, step_words

_PAST = 104 * SEASON  # days of history
_DRAWN = 28  # of them in the drawing


@dataclass(frozen=True)
class Forecasts:
    """A forecast of each metric, from the end of the period or from today, whichever is first."""

    keys: tuple[str, ...]

    def ask(self, context: Context) -> list[Query]:
        """Two years of days."""
        if not context.shown(self.keys):
            return []
        end = min(context.period.end, context.today)
        return [context.query(self.keys, period=Period(end - timedelta(days=_PAST), end), step=Span.DAY)]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """For each metric the weeks to come and the tests; a series too short to be tested is not forecast."""
        return [
            section
            for figure in results[0].total.figures.values()
            for section in self._sections(context, figure, results[0].period)
        ]

    def _sections(self, context: Context, figure: Figure, past: Period) -> list[Section]:
        key = figure.metric.key.replace(".", "_")
        title = f"{figure.metric.label}: the next four weeks"
        values, hidden = _known(figure)
        found = None if hidden else forecast(values)
        if found is None:
            reason = "Days that may not be shown cannot be forecast." if hidden else _too_short(figure, len(values))
            return [Section(f"forecast_{key}", title, reason)]
        weeks = _weeks(f"forecast_{key}", title, figure, found, past)
        graph = _graph(context, figure, found, past, values)
        words = _words(context, figure, found)
        tests = _tests(f"tests_{key}", figure, found)
        return [
            Section(f"forecast_{key}", title, words, graphs=(graph,), table=weeks, note=_note(found)),
            Section(f"tests_{key}", tests.title, _verdict(found), table=tests),
        ]


def _known(figure: Figure) -> tuple[list[float], bool]:
    """The values since the first day with any, a day without records as 0; and whether one is hidden."""
    hidden = any(point.value is None and point.reason and point.reason.startswith("Too few") for point in figure.series)
    values = [float(point.value or 0) for point in figure.series]
    first = next((place for place, value in enumerate(values) if value), len(values))
    return values[first:], hidden


def _too_short(figure: Figure, days: int) -> str:
    if not days:
        return figure.reason or "Nothing is recorded from which it could be forecast."
    return f"{days} days are recorded; a forecast that can be tested needs {SHORTEST}."


def _method(found: Forecast) -> str:
    return "smoothing with a weekly season" if found.beats else "the last week again (seasonal naive)"


def _words(context: Context, figure: Figure, found: Forecast) -> str:
    write = value_format(figure.metric, context.currency)
    total = sum(found.values)
    return f"{write(total)} in {HORIZON} days, by {_method(found)}."


def _verdict(found: Forecast) -> str:
    pair = f"MASE {found.model.mase:.2f} against {found.naive.mase:.2f}"
    if found.beats:
        return f"The model beat the seasonal naive forecast in the tests: {pair}. It is the one shown."
    return f"The model did not beat the seasonal naive forecast: {pair}. The naive one is shown."


def _note(found: Forecast) -> str:
    return (
        f"Grey: the range of a day. Ranges hold {format.percent(LEVEL, 0)} of the errors of {found.origins} forecasts"
        " made from past days with only what was known then. A forecast is no plan: closures, holidays and campaigns"
        " are not known to it."
    )


def _weeks(key: str, title: str, figure: Figure, found: Forecast, past: Period) -> Table:
    kind = kind_of(figure.metric.unit)
    rows = []
    for start in range(0, HORIZON, SEASON):
        total = sum(found.values[start : start + SEASON])
        first = past.end + timedelta(days=start)
        name = Cell(first, text=step_words(first, SEASON).replace("Week of", "7 days from"))
        low = max(0.0, total - found.week_half_width)
        rows.append(Row((name, *(Cell(one, kind=kind) for one in (total, low, total + found.week_half_width)))))
    columns = (
        Column("week", "Days", Kind.DATE),
        Column("expected", "Expected", kind, "sum"),
        Column("low", "From", kind),
        Column("high", "To", kind),
    )
    return Table(key, title, columns, tuple(rows))


def _tests(key: str, figure: Figure, found: Forecast) -> Table:
    kind = kind_of(figure.metric.unit)

    def row(name: str, test: Test, shown: bool) -> Row:
        error = Cell(test.mean_error, kind=kind)
        return Row((name, test.mase, error, test.coverage, LEVEL, "shown" if shown else ""))

    columns = (
        Column("method", "Method"),
        Column("mase", "MASE", Kind.RATIO),
        Column("error", "Mean error of a day", kind),
        Column("coverage", "Days inside the range", Kind.PERCENT),
        Column("wanted", "Wanted", Kind.PERCENT),
        Column("shown", ""),
    )
    rows = (
        row("Smoothing, weekly season", found.model, found.beats),
        row("Seasonal naive", found.naive, not found.beats),
    )
    title = f"{figure.metric.label}: how such forecasts did"
    return Table(key, title, columns, rows)


def _graph(context: Context, figure: Figure, found: Forecast, past: Period, values: list[float]) -> Graph:
    key, kind = figure.metric.key.replace(".", "_"), kind_of(figure.metric.unit)
    drawn = min(_DRAWN, len(values))
    days = [past.end + timedelta(days=offset) for offset in range(-drawn, HORIZON)]
    nothing: tuple[None, ...] = (None,) * drawn
    lines = {
        "recorded": (*values[-drawn:], *((None,) * HORIZON)),
        "expected": (*nothing, *found.values),
        "low": (*nothing, *(max(0.0, value - found.half_width) for value in found.values)),
        "high": (*nothing, *(value + found.half_width for value in found.values)),
    }
    labels = {"recorded": "Recorded", "expected": "Expected", "low": "From", "high": "To"}
    drawn_as = {name: charts.Series(labels[name], series) for name, series in lines.items()}
    drawing = line(
        [charts.Slot(f"{day.day} {day:%b}", day) for day in days],
        [drawn_as["recorded"], drawn_as["expected"]],
        band=(drawn_as["low"], drawn_as["high"]),
        title=f"{figure.metric.label} by day",
        id_prefix=f"forecast-{key.replace('_', '-')}",
        value_format=value_format(figure.metric, context.currency),
        theme=PAPER,
        size=charts.PRINT,
    )
    drawing = charts.Chart(drawing.svg, drawing.title, _words(context, figure, found), drawing.table, drawing.notes)
    columns = (Column("day", "Day", Kind.DATE), *(Column(name, label, kind) for name, label in labels.items()))
    rows = tuple(Row((day, *(lines[name][place] for name in lines))) for place, day in enumerate(days))
    names: tuple[Literal["recorded", "expected", "low", "high"], ...] = ("recorded", "expected", "low", "high")
    return Graph(drawing, Table(f"days_{key}", drawing.title, columns, rows), "day", names, "line")
