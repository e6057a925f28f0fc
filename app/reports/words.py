"""The values of a report as words, on paper and on screen: each kind in one way."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from app.core import format
from app.metrics import show
from app.metrics.explain import counts_records
from app.metrics.types import Figure, Unit
from app.reports.content import Cell, Kind, Value

REASONS: Mapping[str, str] = {
    "too_few": "too few to show",
    "empty": "none",
    "not_recorded": "not recorded",
    "not_by": "not recorded by this",
    "no_history": "no history kept",
}
_UNITS: Mapping[Kind, Unit] = {Kind(unit.value): unit for unit in Unit}


def words(kind: Kind, value: Value | Cell, currency: str, zone: str) -> str:
    """What stands in a cell: its own text, its value in words, or why there is none."""
    if isinstance(value, Cell):
        if value.text:
            return value.text
        return value.reason if value.value is None else words(value.kind or kind, value.value, currency, zone)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return format.moment(value, zone)
    if isinstance(value, date):
        return format.date(value, "year")
    return show.value_words(_UNITS.get(kind, Unit.COUNT), value, currency)


def listed(names: Sequence[str]) -> str:
    """Names as one would say them: "a", "a and b", "a, b and c"; with semicolons where names have commas."""
    if len(names) < 2:
        return "".join(names)
    mark = "; " if any("," in name for name in names) else ", "
    return f"{mark.join(names[:-1])} and {names[-1]}"


def reason_of(figure: Figure) -> str:
    """Why a figure has no value, in the two or three words that a cell has room for."""
    return REASONS.get(figure.reason_code or "", "not recorded")


def kind_of(figure_unit: Unit) -> Kind:
    """The kind of a metric's values."""
    return Kind(figure_unit.value)


def figure_cell(figure: Figure) -> Cell:
    """A metric's figure as a cell."""
    return Cell(
        figure.value,
        reason="" if figure.value is not None else reason_of(figure),
        numerator=figure.numerator,
        denominator=figure.denominator,
        n=figure.n,
        kind=kind_of(figure.metric.unit),
    )


def counted(figure: Figure) -> Cell:
    """What a figure was counted from: "4 of 46" for a share, else how many records."""
    is_share = figure.metric.unit is Unit.PERCENT and figure.metric.n_of is None
    if is_share and figure.numerator is not None and figure.denominator is not None:
        part, whole = format.number(figure.numerator), format.number(figure.denominator)
        return Cell(figure.denominator, text=f"{part} of {whole}", kind=Kind.COUNT)
    metric = figure.metric
    of = metric.n_of or metric.counted
    if of is not None and not counts_records(of):
        return Cell(None, kind=Kind.COUNT)  # minutes or money; the definition says so
    return Cell(
        figure.n, kind=Kind.COUNT, reason=reason_of(figure) if figure.value is None and figure.n is None else ""
    )


def period_words(start: date, last: date) -> str:
    """A span of dates as a title: "October 2026", "1 Jul to 30 Sep 2026", "2026"."""
    after = date.fromordinal(last.toordinal() + 1)
    if start == last:
        return format.date(start, "full")
    if start.day == after.day == 1:
        months = (after.year - start.year) * 12 + after.month - start.month
        if months == 1:
            return format.date(start, "month")
        if months == 12 and start.month == 1:
            return str(start.year)
        begin = f"{start:%B}" if start.year == last.year else format.date(start, "month")
        return f"{begin} to {format.date(last, 'month')}"
    if (start.year, start.month) == (last.year, last.month):
        return f"{start.day} to {format.date(last, 'year')}"
    begin = f"{start.day} {start:%b}" if start.year == last.year else format.date(start, "year")
    return f"{begin} to {format.date(last, 'year')}"


def step_words(start: date, days: int) -> str:
    """One step of a series: "Thu 19 Nov 2026", "Week of 16 Nov 2026", "November 2026", "2026"."""
    if days == 1:
        return f"{format.date(start)} {start.year}"
    if days <= 7:
        return f"Week of {format.date(start, 'year')}"
    return period_words(start, date.fromordinal(start.toordinal() + days - 1))
