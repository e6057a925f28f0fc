"""Whatever the reader chose: metrics by dimensions, in steps of time or as a whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.errors import Invalid
from app.core.period import Period, Span, steps
from app.metrics.catalogue import METRICS
from app.metrics.run import run_all
from app.metrics.types import Query, Result
from app.reports.content import Cell, Column, Kind, Line, Row, Section, Table, Value
from app.reports.definition import Context
from app.reports.questions.breakdown import HEADS, figure_cells, figure_columns, head_of, names_of
from app.rollups.catalogue import FAMILIES

_AT_ONCE = 7  # steps that are asked of the metrics together
_MOST_DIMENSIONS = 3
_MOST_METRICS = 24


def dimensions_of(keys: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The dimensions, with their names, by which at least one of the metrics can be cut."""
    names = {"clinic", "department", "practitioner", "weekday"}
    names |= {name for family in FAMILIES.values() for name in family.dimensions}
    found = (name for name in names if any(allowed(key, name) for key in keys))
    return tuple(sorted(((name, head_of(name)) for name in found), key=lambda item: item[1]))


def allowed(key: str, dimension: str) -> bool:
    """Are the records of a metric kept by that dimension?"""
    return all(family.answers(dimension) for family in METRICS[key].families)


@dataclass(frozen=True)
class Chosen:
    """The reader's own table. With steps and dimensions it is read step by step, so it may have any number of rows."""

    title: str = "Figures"

    def ask(self, context: Context) -> list[Query]:
        """The whole by its dimensions; with steps the whole alone, since the table reads them by itself."""
        parameters = context.parameters
        self._check(context)
        if parameters.step is None:
            return [context.query(parameters.metrics, by=parameters.by)]
        return [context.query(parameters.metrics)]

    def _check(self, context: Context) -> None:
        """Invalid, with the field, for what cannot be asked together."""
        parameters = context.parameters
        if not parameters.metrics or len(parameters.metrics) > _MOST_METRICS:
            raise Invalid(f"Choose 1 to {_MOST_METRICS} figures.", field="metrics")
        if any(key not in METRICS for key in parameters.metrics) or not context.shown(parameters.metrics):
            raise Invalid("There is no such figure.", field="metrics")
        if len(parameters.by) > _MOST_DIMENSIONS or len(set(parameters.by)) < len(parameters.by):
            raise Invalid(f"Choose at most {_MOST_DIMENSIONS} dimensions, each once.", field="by")
        for name in parameters.by:
            if name not in HEADS or not any(allowed(key, name) for key in parameters.metrics):
                raise Invalid(f"None of these figures is recorded by {name.replace('_', ' ')}.", field="by")

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """One table."""
        (result,) = results
        parameters, key = context.parameters, "figures"
        metrics = [METRICS[name] for name in result.query.metrics]
        unknown = dict.fromkeys(figure.reason for figure in result.total.figures.values() if figure.reason)
        names = tuple(Column(name, head_of(name)) for name in parameters.by)
        columns = (*names, *figure_columns(metrics))
        if parameters.step is None:
            rows = [Row((*names_of(result, member), *figure_cells(metrics, member.figures))) for member in result.rows]
            if not parameters.by:
                rows, columns = [], (Column("whole", ""), *columns)
            whole = ("All", *("" for _ in parameters.by[1:]))
            rows.append(Row((*whole, *figure_cells(metrics, result.total.figures)), "total"))
            return [Section(key, self.title, " ".join(unknown), table=Table(key, self.title, columns, tuple(rows)))]
        stream = _Stream(context, result.query, parameters.step)
        columns = (Column("step", "From", Kind.DATE), *columns)
        table = Table(key, self.title, columns, empty="Nothing was counted in this period.", stream=stream.lines)
        lead = f"One row a {parameters.step.value}" + (" and member." if parameters.by else ".")
        lead = " ".join((lead, *unknown))
        return [Section(key, self.title, lead, table=table)]


@dataclass(frozen=True)
class _Stream:
    """Reads a few steps of time at once, as often as it is asked."""

    context: Context
    query: Query
    step: Span

    def lines(self) -> Iterator[Line]:
        """Plain rows in order of time; a figure that is not known is why in words."""
        context = self.context
        parts = [
            Period(max(one.start, context.period.start), min(one.end, context.period.end))
            for one in steps(context.period, self.step, context.week_start)
            if one.start <= context.today
        ]
        metrics = [METRICS[key] for key in self.query.metrics]
        by = context.parameters.by
        for start in range(0, len(parts), _AT_ONCE):
            chunk = parts[start : start + _AT_ONCE]
            asked = [context.query(self.query.metrics, period=part, by=by) for part in chunk]
            for part, result in zip(chunk, run_all(asked, context.actor), strict=True):
                for member in result.rows:
                    names = names_of(result, member) if by else ()
                    cells = map(_plain, figure_cells(metrics, member.figures))
                    yield (part.start, *names, *cells)


def _plain(cell: Cell) -> Value:
    return (cell.reason or None) if cell.value is None else cell.value
