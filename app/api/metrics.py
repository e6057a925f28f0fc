"""The metric catalogue for programs: every definition, and any figure with the definition it was made by."""

from datetime import date
from typing import Any

from apiflask import APIBlueprint
from flask import g
from pydantic import AwareDatetime, Field

from app.api.schemas import Schema
from app.core.errors import Invalid
from app.core.period import Span
from app.core.permissions import Permission
from app.metrics import types
from app.metrics.catalogue import METRICS
from app.metrics.run import run
from app.web.explain.question import asked, metric_for
from app.web.guard import requires

bp = APIBlueprint("api_metrics", __name__, url_prefix="/api/metrics", tag="Metrics")

Number = int | float
_STEPS = ("day", "week", "month")


class FigureIn(Schema):
    """Which figure; without a clinic that of all clinics of the caller."""

    clinic: str | None = Field(default=None, description="Id of a clinic")
    department: str | None = Field(default=None, description="Id of a department")
    practitioner: str | None = Field(default=None, description="Id of a practitioner")
    period: str | None = Field(default=None, description="day, week, month, quarter, year or custom")
    start: str | None = Field(default=None, description="First day of a custom period")
    end: str | None = Field(default=None, description="Last day of a custom period, included")
    by: str | None = Field(default=None, description="A dimension whose members make the rows: clinic, department ...")
    step: str | None = Field(default=None, description="Adds a series of day, week or month")


class MetricOut(Schema):
    """A definition. Values of `percent` are fractions 0 to 1, of `money` in the organization's currency."""

    key: str
    label: str
    domain: str
    description: str
    unit: str
    better: str
    numerator: str
    denominator: str | None
    counted_on: str
    source: str
    owner: str
    version: int
    since: date
    change_note: str


class MetricsOut(Schema):
    """The catalogue as far as the caller may see it."""

    metrics: list[MetricOut]


class ExcludedOut(Schema):
    """How many records were left out for one reason."""

    label: str
    why: str
    count: Number


class PointOut(Schema):
    """One step of a series, both days included; without a value it has a reason."""

    start: date
    end: date
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    partial: bool
    reason: str | None


class FigureOut(Schema):
    """A figure; a null value has a reason. `n`: the records behind it."""

    value: Number | None
    numerator: Number | None
    denominator: Number | None
    n: int | None
    reason: str | None
    excluded: list[ExcludedOut]
    as_of: AwareDatetime | None
    late: bool
    target: Number | None
    target_met: bool | None
    previous: Number | None
    change: Number | None
    series: list[PointOut]


class RowOut(Schema):
    """One member of the dimension."""

    key: list[str]
    label: str
    figure: FigureOut


class AnswerOut(Schema):
    """A figure with its definition, its period (both days included) and what it is compared with."""

    metric: MetricOut
    start: date
    end: date
    partial: bool
    previous_start: date | None
    previous_end: date | None
    currency: str
    data_version: int | None
    figure: FigureOut
    rows: list[RowOut]


@bp.get("/")
@requires(Permission.CATALOGUE_READ)
@bp.output(MetricsOut)
def catalogue() -> MetricsOut:
    """List the definitions of all metrics that you may see."""
    return MetricsOut(metrics=[_definition(metric) for metric in METRICS.values() if g.actor.can(metric.permission)])


@bp.get("/<key>")
@requires(Permission.CATALOGUE_READ)
@bp.input(FigureIn, location="query", arg_name="query")
@bp.output(AnswerOut)
def figure(key: str, query: FigureIn) -> AnswerOut:
    """Get a figure with its definition.

    It is the figure that the pages show for the same clinic, period and part.
    """
    metric_for(key)
    question = asked(key)
    answer = run(types.Query(**_question(question.query, query)), g.actor)
    before = answer.previous
    return AnswerOut(
        metric=_definition(question.metric),
        start=answer.period.start,
        end=answer.period.last,
        partial=answer.partial,
        previous_start=before.start if before else None,
        previous_end=before.last if before else None,
        currency=question.currency,
        data_version=answer.version,
        figure=figure_out(answer.figure(key)),
        rows=[
            RowOut(key=list(row.key), label=row.label, figure=figure_out(row.figures[key]))
            for row in answer.rows
            if row.key
        ],
    )


def _question(base: types.Query, given: FigureIn) -> dict[str, Any]:
    if given.step is not None and given.step not in _STEPS:
        raise Invalid("Choose day, week or month.", field="step")
    by = tuple(part for part in (given.by or "").split(",") if part)
    step = None if given.step is None else Span(given.step)
    return {
        "metrics": base.metrics,
        "period": base.period,
        "by": by,
        "filters": base.filters,
        "step": step,
        "until": base.until,
    }


def _definition(metric: types.Metric) -> MetricOut:
    return MetricOut(
        key=metric.key,
        label=metric.label,
        domain=metric.domain,
        description=metric.description,
        unit=metric.unit.value,
        better=metric.better.value,
        numerator=metric.numerator_words,
        denominator=metric.denominator_words,
        counted_on=metric.basis,
        source=metric.source,
        owner=metric.owner,
        version=metric.version,
        since=metric.since,
        change_note=metric.change_note,
    )


def figure_out(found: types.Figure) -> FigureOut:
    """A figure for programs; decimals become numbers."""
    return FigureOut(
        value=_number(found.value),
        numerator=_number(found.numerator),
        denominator=_number(found.denominator),
        n=found.n,
        reason=found.reason,
        excluded=[ExcludedOut(label=one.label, why=one.why, count=_number(one.count)) for one in found.excluded],
        as_of=found.as_of,
        late=found.late,
        target=_number(found.target),
        target_met=found.target_met,
        previous=_number(found.previous),
        change=_number(found.change),
        series=[_point(point) for point in found.series],
    )


def _point(point: types.Point) -> PointOut:
    return PointOut(
        start=point.period.start,
        end=point.period.last,
        value=_number(point.value),
        numerator=_number(point.numerator),
        denominator=_number(point.denominator),
        partial=point.partial,
        reason=point.reason,
    )


def _number(value: types.Number | None) -> Number | None:
    """Decimals as numbers of JSON."""
    return value if value is None or isinstance(value, (int, float)) else float(value)
