"""The two long tables of the clinic's month: by day with subtotals of weeks, and by department with intervals."""

from collections.abc import Mapping
from hashlib import sha256

from markupsafe import Markup

from app.charts import types as charts
from app.charts.inline import bullet, interval
from app.charts.theme import PAPER
from app.core import format
from app.metrics.types import Figure, Number, Point, minus
from app.reports.clinic_operations import BOOKED, NO_SHOW_RATE, NO_SHOWS, WAIT, WAIT_P90, ClinicOperations, Week
from app.reports.intervals import wilson
from app.reports.paper import Cell, Column, Row, RowKind, Section, Table

_DAY_HEADS = ("Booked", "Left out", "Counted", "No-shows", "Rate")
_WAIT_HEADS = ("Median wait, min", "90th pct wait, min")
_MARK = charts.Size(92, 14)


def by_day(report: ClinicOperations, new_page: bool) -> Section:
    """Each clinic day with its week's subtotal and the month's total; on a page of its own where one holds it."""
    rate = report.month[NO_SHOW_RATE]
    rows: list[Row] = []
    scale = _day_scale(report)
    for week in report.weeks:
        if week.days:
            rows += [_day_row(format.date(day), points, scale, rate.target) for day, points in week.days]
            rows.append(_day_row(_week_words(week), week.figures, scale, rate.target, "sub"))
    if rows:
        whole = format.date(report.period.start, "month")
        rows.append(_day_row(whole, report.month, scale, rate.target, "total"))
    line = "Line: target" if rate.target is None else f"Line: target {format.percent(rate.target)}"
    columns = (
        Column("Day"),
        *(Column(name, "figures") for name in _DAY_HEADS),
        Column("Share" if rate.target is None else line, "mark"),
        *(Column(name, "figures") for name in _WAIT_HEADS),
    )
    table = Table("No-shows and waits by day", columns, tuple(rows), empty="Nothing was booked in this month.")
    return Section("No-shows and waits by day", _day_words(report), table=table, new_page=new_page)


def _week_words(week: Week) -> str:
    words = f"Week of {week.whole.start.day} {week.whole.start:%b}"
    return f"{words}, {format.plural(len(week.days), 'day')}" if week.is_cut else words


def _day_words(report: ClinicOperations) -> str:
    rate, booked = report.month[NO_SHOW_RATE], report.month[BOOKED]
    if rate.value is None or rate.denominator is None or booked.value is None:
        return rate.reason or ""
    left = minus(booked.value, rate.denominator)
    share = format.percent(rate.value)
    return (
        f"{format.number(rate.numerator)} of {format.number(rate.denominator)} visits were no-shows, {share}."
        f" {format.number(left)} of {format.number(booked.value)} booked are left out: cancelled, moved, or without an"
        " outcome."
    )


def _day_scale(report: ClinicOperations) -> float:
    rates = [points[NO_SHOW_RATE].value for week in report.weeks for _, points in week.days]
    target = report.month[NO_SHOW_RATE].target
    known = [float(value) for value in (*rates, target) if value is not None]
    return max(known, default=0.0) * 1.05 or 1.0


def _day_row(
    label: str,
    line: Mapping[str, Point] | Mapping[str, Figure],
    scale: float,
    target: Number | None,
    kind: RowKind = "",
) -> Row:
    booked, rate = line[BOOKED].value, line[NO_SHOW_RATE]
    counted = rate.denominator
    left = None if booked is None or counted is None else minus(booked, counted)
    cells = (
        Cell(label),
        Cell(format.number(booked, unknown="")),
        Cell(format.number(left, unknown="")),
        Cell(format.number(counted, unknown="")),
        Cell(format.number(line[NO_SHOWS].value, unknown="few")),
        Cell(format.percent(rate.value, unknown="")),
        Cell(mark=_bar(label, rate.value, scale, target)),
        Cell(format.number(line[WAIT].value, unknown="")),
        Cell(format.number(line[WAIT_P90].value, unknown="")),
    )
    return Row(cells, kind)


def _bar(label: str, share: Number | None, scale: float, target: Number | None) -> Markup:
    if share is None:
        return Markup("")
    drawn = bullet(
        float(share),
        None,
        maximum=scale,
        target=None if target is None else float(target),
        title=f"No-show rate, {label}",
        id_prefix=f"day-{label}".replace(" ", "-").replace(",", ""),
        value_format=format.percent,
        theme=PAPER,
        size=_MARK,
    )
    return Markup(drawn.svg)  # noqa: S704 - our own drawing; its texts are escaped


def by_department(report: ClinicOperations) -> Section:
    """Each department's no-show rate with its 95% interval beside the clinic's own."""
    whole = report.month[NO_SHOW_RATE].value
    spans = {row.key: _interval(row.figures[NO_SHOW_RATE]) for row in report.departments}
    highest = max([span[1] for span in spans.values() if span] + [float(whole or 0)], default=0.0) * 1.05 or 1.0
    rows = []
    for row in report.departments:
        rate, span = row.figures[NO_SHOW_RATE], spans[row.key]
        between = "" if span is None else f"{format.number(span[0] * 100, 1)} to {format.percent(span[1])}"
        cells = (
            Cell(row.label),
            Cell(format.number(rate.denominator, unknown="few")),
            Cell(format.number(rate.numerator, unknown="few")),
            Cell(format.percent(rate.value, unknown="")),
            Cell(between),
            Cell(mark=_span(row.label, rate.value, span, highest, whole)),
            Cell(format.number(row.figures[WAIT].value, unknown="")),
            Cell(format.number(row.figures[WAIT_P90].value, unknown="")),
        )
        rows.append(Row(cells))
    heads = ("Counted", "No-shows", "Rate", "95% interval")
    columns = (
        Column("Department"),
        *(Column(name, "figures") for name in heads),
        Column("Line: whole clinic", "mark"),
        *(Column(name, "figures") for name in _WAIT_HEADS),
    )
    table = Table("No-shows by department", columns, tuple(rows), empty="No visit of this month names a department.")
    return Section("No-shows by department", _apart(report, spans, whole), table=table)


def _interval(figure: Figure) -> tuple[float, float] | None:
    if figure.value is None or figure.numerator is None or figure.denominator is None:
        return None
    return wilson(float(figure.numerator), float(figure.denominator))


def _span(
    label: str, share: Number | None, span: tuple[float, float] | None, highest: float, whole: Number | None
) -> Markup:
    if share is None or span is None:
        return Markup("")
    drawn = interval(
        float(share),
        *span,
        minimum=0.0,
        maximum=highest,
        reference=None if whole is None else float(whole),
        title=f"No-show rate, {label}",
        id_prefix=f"department-{sha256(label.encode()).hexdigest()[:8]}",
        value_format=format.percent,
        theme=PAPER,
        size=_MARK,
    )
    return Markup(drawn.svg)  # noqa: S704 - our own drawing; its texts are escaped


def _apart(
    report: ClinicOperations, spans: Mapping[tuple[str, ...], tuple[float, float] | None], whole: Number | None
) -> str:
    """Which departments differ from the clinic by more than chance explains."""
    known = {row.label: span for row in report.departments if (span := spans[row.key]) is not None}
    if not known or whole is None:
        return ""
    apart = [label for label, (low, high) in known.items() if not low <= float(whole) <= high]
    if not apart:
        return f"Every interval includes the clinic's {format.percent(whole)}: no department stands apart."
    verb = "stands" if len(apart) == 1 else "stand"
    return (
        f"{', '.join(apart)} {verb} apart from the clinic's {format.percent(whole)}: the interval does not include it."
    )
