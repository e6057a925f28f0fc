"""No-shows and waits day by day, with the subtotal of each week and the total of the period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core import format
from app.core.period import Period, Span, steps
from app.metrics.types import Figure, Point, Query, Result, minus
from app.reports.content import Bars, Cell, Column, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.paper import RowKind

BOOKED, NO_SHOWS, RATE = "attendance.booked", "attendance.no_shows", "attendance.no_show_rate"
WAIT, WAIT_P90 = "waiting.wait_median", "waiting.wait_p90"
KEYS = (BOOKED, NO_SHOWS, RATE, WAIT, WAIT_P90)
_LONGEST = 62  # days; beyond that only the weeks stand in the table

Line = Mapping[str, Point] | Mapping[str, Figure]


@dataclass(frozen=True)
class Days:
    """One row a day with bookings. `title` stands over the table."""

    title: str = "No-shows and waits by day"

    def ask(self, context: Context) -> list[Query]:
        """The days, then each week as far as it lies in the period."""
        if context.shown(KEYS) != KEYS:
            return []
        weeks = (self._inside(week, context.period) for week in self._weeks(context))
        return [context.query(KEYS, step=Span.DAY), *(context.query(KEYS, period=week) for week in weeks)]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """One table; a week that the period's edge takes working days from says so."""
        whole, *by_week = results
        days = _days(whole)
        worked = {day.weekday() for day, _ in days}
        rows: list[Row] = []
        for week, result in zip(self._weeks(context), by_week, strict=True):
            inside = [(day, points) for day, points in days if day in week]
            if not inside:
                continue
            by_day = context.period.days <= _LONGEST
            if by_day:
                rows += [_row(Cell(day, text=format.date(day)), points) for day, points in inside]
            words = f"Week of {week.start.day} {week.start:%b}"
            if _is_cut(week, context.period, worked):
                words += f", {format.plural(len(inside), 'day')}"
            # Beside days a week is a sum and no day: a sheet that adds the days up must not find it among them.
            name = Cell(words) if by_day else Cell(week.start, text=words)
            rows.append(_row(name, result.total.figures, "sub" if by_day else ""))
        figures = whole.total.figures
        if rows:
            rows.append(_row(Cell(None, text="Whole period"), figures, "total"))
        rate = figures[RATE]
        target = None if rate.target is None else float(rate.target)
        label = "Share" if target is None else f"Line: target {format.percent(target)}"
        table = Table(
            "days",
            self.title,
            _COLUMNS,
            tuple(rows),
            "Nothing was booked in this period.",
            Bars(RATE, label, reference=target),
        )
        # Without a wait in any row both columns are empty, and the paper leaves them out.
        note = figures[WAIT].reason or "" if figures[WAIT].reason_code == "not_recorded" else ""
        return [Section("days", self.title, _words(figures), table=table, note=note)]

    def _weeks(self, context: Context) -> list[Period]:
        return steps(context.period, Span.WEEK, context.week_start)

    def _inside(self, week: Period, period: Period) -> Period:
        return Period(max(week.start, period.start), min(week.end, period.end))


_COLUMNS = (
    Column("day", "Day", Kind.DATE),
    Column(BOOKED, "Booked", Kind.COUNT, "sum"),
    Column("left_out", "Left out", Kind.COUNT, "sum"),
    Column("counted", "Counted", Kind.COUNT, "sum"),
    Column(NO_SHOWS, "No-shows", Kind.COUNT, "sum"),
    Column(RATE, "Rate", Kind.PERCENT, "anew"),
    Column(WAIT, "Median wait, min", Kind.MINUTES, "anew"),
    Column(WAIT_P90, "90th pct wait, min", Kind.MINUTES, "anew"),
)


def _days(result: Result) -> list[tuple[date, Mapping[str, Point]]]:
    """Each date of a daily series on which anything was booked."""
    lines: dict[date, dict[str, Point]] = {}
    for key, figure in result.total.figures.items():
        for point in figure.series:
            lines.setdefault(point.period.start, {})[key] = point
    return [(day, points) for day, points in sorted(lines.items()) if points[BOOKED].value]


def _is_cut(week: Period, period: Period, worked: set[int]) -> bool:
    dates = (week.start + timedelta(days=offset) for offset in range(week.days))
    return any(day not in period and day.weekday() in worked for day in dates)


def _row(name: Cell, line: Line, kind: RowKind = "") -> Row:
    booked, rate, missed = line[BOOKED], line[RATE], line[NO_SHOWS]
    counted = rate.denominator
    left = None if booked.value is None or counted is None else minus(booked.value, counted)
    few = "too few"
    return Row(
        (
            name,
            Cell(booked.value, "" if booked.value is not None else few),
            Cell(left),
            Cell(counted),
            Cell(missed.value, "" if missed.value is not None else few),
            Cell(rate.value, "", rate.numerator, rate.denominator, rate.n),
            _minutes(line[WAIT]),
            _minutes(line[WAIT_P90]),
        ),
        kind,
    )


def _minutes(found: Point | Figure) -> Cell:
    return Cell(found.value, n=found.n, text=format.number(found.value, unknown=""))


def _words(figures: Mapping[str, Figure]) -> str:
    rate, booked = figures[RATE], figures[BOOKED]
    if rate.value is None or rate.denominator is None or booked.value is None:
        return rate.reason or ""
    left = minus(booked.value, rate.denominator)
    return (
        f"{format.number(rate.numerator)} of {format.number(rate.denominator)} visits were no-shows,"
        f" {format.percent(rate.value)}. {format.number(left)} of {format.number(booked.value)} booked are left out:"
        " cancelled, moved, or without an outcome."
    )
