"""How a report was made: every metric's definition, the records left out, and for whose eyes it is."""

from collections.abc import Iterable, Sequence

from app.core import format
from app.metrics.scope import names_others, suppresses
from app.metrics.types import Figure, Metric, Result
from app.reports.content import Cell, Column, Kind, Notes, Row, Section, Table, Value
from app.reports.content import Definition as Definition_
from app.reports.definition import Context
from app.reports.words import period_words


def notes(context: Context, results: Sequence[Result], hidden: int) -> Notes:
    """Definitions, records left out and method; `hidden`: figures of the report outside the rights of its reader."""
    figures: dict[str, Figure] = {}
    parts: dict[tuple[str, str, Value], list[str]] = {}
    for result in sorted(results, key=lambda each: each.period != context.period):
        spans = result.period == context.period
        when = "" if spans else f", {period_words(result.period.start, result.period.last)}"
        for key, figure in result.total.figures.items():
            if key in figures:
                continue
            figures[key] = figure
            for part in figure.excluded:
                parts.setdefault((f"{part.label}{when}", part.why, part.count), []).append(figure.metric.label)
    rows = [Row((label, why, count, ", ".join(dict.fromkeys(names)))) for (label, why, count), names in parts.items()]
    columns = (
        Column("part", "Left out"),
        Column("why", "Why"),
        Column("records", "Records", Kind.COUNT),
        Column("figures", "Of"),
    )
    empty = "No figure of this report leaves out a record."
    return Notes(
        definitions=tuple(_definition(figure) for figure in figures.values()),
        left_out=Table("left_out", "Records left out", columns, tuple(rows), empty=empty),
        words=_method(context, figures.values(), hidden),
    )


def _definition(figure: Figure) -> Definition_:
    metric = figure.metric
    return Definition_(
        metric.key,
        metric.label,
        metric.version,
        " ".join(filter(None, (metric.description, formula(metric)))),
        metric.basis.rstrip("."),
        metric.source.rstrip("."),
        format.date(metric.since, "year"),
        figure.as_of,
        figure.late,
    )


def formula(metric: Metric) -> str:
    """A rate as its numerator over its denominator, sums in parentheses; nothing of other figures."""
    if not metric.denominator_words:
        return ""
    top = metric.numerator_words
    return f"{_term(f'{top[:1].upper()}{top[1:]}')} ÷ {_term(metric.denominator_words)}."


def _term(words: str) -> str:
    return f"({words})" if " + " in words or " − " in words else words


def _method(context: Context, figures: Iterable[Figure], hidden: int) -> tuple[str, ...]:
    found = ["Rates are sums over sums, never averages of rates. What is not known is called so, and never shown as 0."]
    late = sorted({figure.metric.label for figure in figures if figure.late})
    if late:
        found.append(f"A source was late when this was made; its figures are as of their own time: {', '.join(late)}.")
    if hidden:
        found.append(f"{format.plural(hidden, 'figure')} that the reader's role does not include are left out.")
    if suppresses(context.actor):
        found.append(f"Counts of 1 to {context.small_cell - 1}, and what they could be told from, are not shown.")
    if not names_others(context.actor):
        found.append("Other doctors are not named.")
    if context.parameters.practitioners == (context.actor.practitioner_id,):
        found.append("All figures are those of the reader's own work.")
    return tuple(found)


def confidentiality(context: Context, sections: Iterable[Section]) -> str:
    """For whom the report is, and whether it holds counts small enough to point at people."""
    whom = f"for staff of {context.organization}, not for publication"
    small = any(_has_small(table, context.small_cell) for section in sections for table in section.tables())
    return f"Contains counts below {context.small_cell}: {whom}" if small else f"{whom[:1].upper()}{whom[1:]}"


def _has_small(table: Table, small: int) -> bool:
    """Does a table show a count that could point at people? One that is never read whole counts as such."""
    if table.stream is not None:
        return True
    counts = (
        count
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
        for count in _counts(column, cell)
    )
    return any(isinstance(count, int) and 0 < count < small for count in counts)


def _counts(column: Column, cell: Value | Cell) -> tuple[Value, ...]:
    if not isinstance(cell, Cell):
        return (cell,) if column.kind is Kind.COUNT else ()
    kind = cell.kind or column.kind
    if kind is Kind.PERCENT:
        return cell.numerator, cell.denominator
    return (cell.value,) if kind is Kind.COUNT else ()
