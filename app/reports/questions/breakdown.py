"""Figures by the members of a dimension, or step by step through the period, with the whole below them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from app.charts import types as charts
from app.charts.columns import bars
from app.charts.rows import hbars
from app.charts.series import value_format
from app.charts.theme import PAPER
from app.core.ids import UNKNOWN
from app.core.period import Period, Span
from app.metrics.explain import counts_records
from app.metrics.types import Figure, Metric, Point, Query, Result, Unit
from app.metrics.types import Row as Member
from app.metrics.values import Quantile, Ratio
from app.reports.content import Bars, Cell, Column, Graph, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.words import figure_cell, kind_of, step_words
from app.rollups.families.money import NO_INSURER

HEADS: Mapping[str, str] = {
    "clinic": "Clinic",
    "department": "Department",
    "practitioner": "Doctor",
    "type": "Service",
    "payer": "Insurer",
    "denial_code": "Reason code",
    "method": "Way of payment",
    "category": "Category",
    "weekday": "Weekday",
    "hour": "Hour",
    "channel": "Booked by",
    "visit_kind": "Visit of",
    "status": "Status",
    "role": "Role",
    "equipment_kind": "Device",
    "lead": "Booked ahead",
    "age_band": "Age",
    "sex": "Sex",
}
# What a record would have to say to be counted under a dimension; others name it.
_SAYS: Mapping[str, str] = {
    "lead": "says when it was booked",
    "channel": "says how it was booked",
    "visit_kind": "says whether the patient was new",
    "age_band": "says the patient's age",
    "sex": "says the patient's sex",
}
# Dimensions whose members somebody has named; those of others are words of ours.
_NAMED = frozenset({"clinic", "department", "practitioner", "type", "payer", "denial_code"})
_MOST_BARS = 14


def head_of(dimension: str) -> str:
    """The word over a column of a dimension's members."""
    return HEADS.get(dimension, dimension.replace("_", " ").capitalize())


def nothing_says(dimension: str) -> str:
    """The sentence in place of a table of which no record names a member."""
    says = _SAYS.get(dimension, f"names its {head_of(dimension).lower()}")
    return f"No record of this period {says}."


def figure_columns(metrics: Sequence[Metric]) -> tuple[Column, ...]:
    """One column a metric; a share also says what it was counted from, on paper where that is records."""
    found: list[Column] = []
    for metric in metrics:
        additive = not isinstance(metric.value, Ratio | Quantile) and metric.domain != "patients"
        found.append(Column(metric.key, metric.label, kind_of(metric.unit), "sum" if additive else "anew"))
        if metric.unit is Unit.PERCENT:
            of = metric.n_of or metric.counted
            records = of is None or counts_records(of)
            found.append(Column(f"{metric.key}.counted", "of", Kind.COUNT, "anew", printed=records))
    return tuple(found)


def figure_cells(metrics: Sequence[Metric], figures: Mapping[str, Figure]) -> tuple[Cell, ...]:
    """The cells of those columns."""
    found: list[Cell] = []
    for metric in metrics:
        figure = figures[metric.key]
        found.append(figure_cell(figure))
        if metric.unit is Unit.PERCENT:
            found.append(Cell(figure.denominator, kind=Kind.COUNT))
    return tuple(found)


@dataclass(frozen=True)
class Breakdown:
    """`by`: one or two dimensions. `graph` draws the first metric. `note` is set below."""

    title: str
    keys: tuple[str, ...]
    by: tuple[str, ...]
    graph: Literal["rows", "columns", ""] = ""
    lead: str = ""
    note: str = ""

    def ask(self, context: Context) -> list[Query]:
        """The period by the dimensions."""
        if not context.shown(self.keys):
            return []
        return [context.query(self.keys, by=within_clinics(context, self.by))]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """One table with the whole as its last row; without a member the reason in words."""
        (result,) = results
        metrics = [result.total.figures[key].metric for key in result.query.metrics]
        key = "_".join(self.title.lower().split())
        by = result.query.by
        names = tuple(Column(name, head_of(name)) for name in by)
        members = named(result) if is_recorded(result.total.figures.values()) else ()
        rows = [Row((*names_of(result, member), *figure_cells(metrics, member.figures))) for member in members]
        if rows:
            whole: tuple[str, ...] = ("All", *("" for _ in by[1:]))
            rows.append(Row((*whole, *figure_cells(metrics, result.total.figures)), "total"))
        reasons = dict.fromkeys(figure.reason or "" for figure in result.total.figures.values() if figure.value is None)
        empty = " ".join(filter(None, reasons)) or nothing_says(by[-1])
        share = next((metric for metric in metrics if metric.unit is Unit.PERCENT), None)
        drawn = None if share is None or self.graph else _bars(share, result.total.figures[share.key])
        table = Table(key, self.title, (*names, *figure_columns(metrics)), tuple(rows), empty=empty, bars=drawn)
        graphs = (self._draw(context, result, table),) if self.graph and members else ()
        return [Section(key, self.title, self.lead, graphs=graphs, table=table, note=self.note)]

    def _draw(self, context: Context, result: Result, table: Table) -> Graph:
        metric = result.total.figures[result.query.metrics[0]].metric
        items = [
            charts.Bar(
                ", ".join(names_of(result, member)),
                None if figure.value is None else float(figure.value),
                reason=figure.reason or "",
            )
            for member in result.rows[:_MOST_BARS]
            for figure in (member.figures[metric.key],)
        ]
        title = f"{metric.label} by {head_of(self.by[0]).lower()}"
        draw: Callable[..., charts.Chart] = hbars if self.graph == "rows" else bars
        drawing = draw(
            items,
            title=title,
            id_prefix=f"g{sha256(title.encode()).hexdigest()[:8]}",
            value_format=value_format(metric, context.currency),
            head=head_of(self.by[0]),
            theme=PAPER,
            size=charts.PRINT,
        )
        return Graph(drawing, table, table.columns[0].key, (metric.key,), "bar" if self.graph == "rows" else "column")


def within_clinics(context: Context, by: tuple[str, ...]) -> tuple[str, ...]:
    """The dimensions, departments within their clinics where the report is about several."""
    several = len(context.parameters.clinics or context.clinics) > 1
    return ("clinic", *by) if several and "department" in by and "clinic" not in by else by


def named(result: Result) -> Sequence[Member]:
    """The members; none where not one of them is named, as for departments that a source does not know."""
    last = (member.key[-1] for member in result.rows)
    return result.rows if any(part not in (None, str(UNKNOWN)) for part in last) else ()


def is_recorded(figures: Iterable[Figure]) -> bool:
    """Does any source bring one of the figures?"""
    return any(figure.reason_code != "not_recorded" for figure in figures)


def names_of(result: Result, member: Member) -> tuple[str, ...]:
    """The names of a member, one for each dimension."""
    by = result.query.by
    labels = member.labels if len(member.labels) == len(by) else (member.label,)
    return tuple(
        label if name in _NAMED and label != NO_INSURER else _capital(label)
        for name, label in zip(by, labels, strict=False)
    )


def _capital(label: str) -> str:
    return f"{label[:1].upper()}{label[1:]}"


def _bars(metric: Metric, whole: Figure) -> Bars | None:
    return None if whole.value is None else Bars(metric.key, "Line: all together", reference=float(whole.value))


@dataclass(frozen=True)
class Steps:
    """The figures of each step of the period: of the one asked for, else of the longest that gives a few."""

    keys: tuple[str, ...]
    graph: bool = True

    def ask(self, context: Context) -> list[Query]:
        """One series."""
        if not context.shown(self.keys):
            return []
        return [context.query(self.keys, step=step_of(context.parameters.step, context.period))]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """A drawing of the first metric and a table of all, the whole period last."""
        (result,) = results
        figures = [figure for figure in result.total.figures.values() if figure.series]
        if not figures:
            return []
        title = f"By {step_of(context.parameters.step, context.period).value}"
        key, metrics = "_".join(title.split()).lower(), [figure.metric for figure in figures]
        rows = [
            Row((Cell(points[0].period.start, text=_point_words(points[0])), *_point_cells(figures, points)))
            for points in zip(*(figure.series for figure in figures), strict=True)
        ]
        whole = figure_cells(metrics, result.total.figures)
        rows.append(Row((Cell(None, text="Whole period"), *whole), "total"))
        table = Table(key, title, (Column("step", "From", Kind.DATE), *figure_columns(metrics)), tuple(rows))
        graphs = (self._draw(context, figures[0], table),) if self.graph else ()
        return [Section(key, title, graphs=graphs, table=table)]

    def _draw(self, context: Context, figure: Figure, table: Table) -> Graph:
        items = [
            charts.Bar(_short(point.period), None if point.value is None else float(point.value), partial=point.partial)
            for point in figure.series[-31:]
        ]
        drawing = bars(
            items,
            title=figure.metric.label,
            id_prefix=f"steps-{figure.metric.key.replace('.', '-').replace('_', '-')}",
            value_format=value_format(figure.metric, context.currency),
            theme=PAPER,
            size=charts.PRINT,
        )
        return Graph(drawing, table, "step", (figure.metric.key,), "column")


def step_of(asked: Span | None, period: Period) -> Span:
    """The granularity asked for, or one that gives between a few and a few dozen steps."""
    if asked is not None:
        return asked
    return Span.DAY if period.days <= 35 else Span.WEEK if period.days <= 120 else Span.MONTH


def _short(period: Period) -> str:
    if period.days <= 7:
        return f"{period.start.day} {period.start:%b}"
    return f"{period.start:%b}" if period.days < 40 else f"{period.start:%b %Y}"


def _point_words(point: Point) -> str:
    line = step_words(point.period.start, point.period.days)
    return f"{line}, so far" if point.partial else line


def _point_cells(figures: Sequence[Figure], points: Sequence[Point]) -> tuple[Cell, ...]:
    found: list[Cell] = []
    for figure, point in zip(figures, points, strict=True):
        kind = kind_of(figure.metric.unit)
        reason = "" if point.value is not None else _point_reason(point)
        found.append(Cell(point.value, reason, point.numerator, point.denominator, point.n, kind))
        if figure.metric.unit is Unit.PERCENT:
            found.append(Cell(point.denominator, kind=Kind.COUNT))
    return tuple(found)


def _point_reason(point: Point) -> str:
    return "too few to show" if point.reason else "none"
