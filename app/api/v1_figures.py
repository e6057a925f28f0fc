"""Figures by topic below `/api/v1/reports/analytics/`: what a program asks for that wants no document."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import g
from pydantic import Field

from app.api.documents import as_money, as_number
from app.api.report_bodies import moment
from app.api.schemas import Schema
from app.core import clock
from app.core.period import Period, Span, period_of
from app.core.permissions import Permission
from app.metrics.types import Figure, Number, Result, Unit
from app.services.places import places_of
from app.services.reports import report_topics
from app.services.reports.report_errors import ReportInvalid
from app.web.guard import refuses_with, requires

bp = APIBlueprint("api_v1_figures", __name__, url_prefix="/api/v1/reports/analytics", tag="Report figures")

_STEPS = {"daily": Span.DAY, "weekly": Span.WEEK, "monthly": Span.MONTH}


class RangeIn(Schema):
    """Which dates, both included; `compare` adds the period before."""

    start_date: date
    end_date: date
    clinic_id: UUID | None = None
    compare: bool = True
    granularity: Literal["daily", "weekly", "monthly"] | None = Field(default=None, description="Adds a series")


class OverviewIn(Schema):
    """Which dates, both included; without any, the month that is running."""

    start_date: date | None = None
    end_date: date | None = None
    clinic_id: UUID | None = None


@bp.post("/<any(revenue, appointments, patients, tasks, claims):topic>")
@requires(Permission.REPORTS_READ)
@refuses_with(ReportInvalid)
@bp.input(RangeIn, arg_name="body")
@bp.doc(responses={200: "Figures with their comparison; `reasons` says why one is null"})
def topic(topic: str, body: RangeIn) -> dict[str, Any]:
    """Get the figures of a topic."""
    step = _STEPS[body.granularity] if body.granularity else None
    names = report_topics.TOPICS[topic]
    own, result = report_topics.ask(
        g.actor, names, _period(body.start_date, body.end_date), body.clinic_id, body.compare, step
    )
    return {"topic": topic} | _document(own, result)


@bp.get("/overview")
@requires(Permission.REPORTS_READ)
@refuses_with(ReportInvalid)
@bp.input(OverviewIn, location="query", arg_name="query")
@bp.doc(responses={200: "The first figures of every topic"})
def overview(query: OverviewIn) -> dict[str, Any]:
    """Get the first figures of every topic."""
    today = clock.today(places_of(g.actor).organization.zone)
    period = period_of(Span.MONTH, today)
    if (query.start_date is None) != (query.end_date is None):
        missing = "start_date" if query.start_date is None else "end_date"
        raise ReportInvalid("Give both dates, or none.", field=missing)
    if query.start_date and query.end_date:
        period = _period(query.start_date, query.end_date)
    own, result = report_topics.ask(g.actor, report_topics.OVERVIEW, period, query.clinic_id, True, None)
    return _document(own, result)


def _period(first: date, last: date) -> Period:
    if last < first or last - first > timedelta(days=3700) or last == date.max:
        raise ReportInvalid("Dates are in order, and at most ten years apart.", field="end_date")
    return Period(first, last + timedelta(days=1))


def _document(names: Mapping[str, str], result: Result) -> dict[str, Any]:
    figures = {name: result.figure(key) for name, key in names.items()}
    before = result.previous
    return {
        "date_range": _dates(result.period),
        "comparison_range": None if before is None else _dates(before),
        "is_partial": result.partial,
        "metrics": {name: _value(figure, figure.value) for name, figure in figures.items()},
        "comparison": {name: _compared(figure) for name, figure in figures.items()} if before else None,
        "trend": {name: _series(figure) for name, figure in figures.items() if figure.series},
        "reasons": {name: figure.reason for name, figure in figures.items() if figure.value is None},
        "definitions": {name: {"metric": key, "version": result.definitions[key]} for name, key in names.items()},
        "as_of": moment(result.as_of),
        "data_version": result.version,
    }


def _dates(period: Period) -> dict[str, str]:
    return {"start_date": period.start.isoformat(), "end_date": period.last.isoformat()}


def _value(figure: Figure, value: Number | None) -> float | int | str | None:
    return as_money(value) if figure.metric.unit is Unit.MONEY else as_number(value)


def _compared(figure: Figure) -> dict[str, Any]:
    rate = None
    if figure.previous and figure.change is not None:
        rate = round(float(figure.change) / abs(float(figure.previous)), 4)
    return {
        "previous": _value(figure, figure.previous),
        "change": _value(figure, figure.change),
        "change_rate": rate,
    }


def _series(figure: Figure) -> list[dict[str, Any]]:
    return [{"date": point.period.start.isoformat(), "value": _value(figure, point.value)} for point in figure.series]
