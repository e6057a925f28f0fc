"""Quality measures for programs: the list of them, and FHIR MeasureReports."""

from datetime import date
from typing import Any
from uuid import UUID

import orjson
from apiflask import APIBlueprint
from flask import Response, g
from pydantic import Field

from app.api.schemas import Schema
from app.core.period import Period, Span, period_of
from app.core.permissions import Permission
from app.quality.catalogue import MEASURES
from app.services.reports import quality
from app.web.guard import requires

bp = APIBlueprint("api_measures", __name__, url_prefix="/api/v1/measures", tag="Quality measures")

MEDIA_TYPE = "application/fhir+json"


class MeasureOut(Schema):
    """A measure. `rates` names its rates, in the order of the groups of its reports."""

    id: str
    name: str
    title: str
    rates: list[str]
    lower_is_better: bool


class MeasuresOut(Schema):
    """The measures that are kept."""

    measures: list[MeasureOut]


class YearIn(Schema):
    """The measurement year."""

    year: int = Field(ge=1900, le=2200, description="The calendar year that is measured")


class PatientIn(YearIn):
    """One patient in a measurement year."""

    patient: UUID = Field(description="Id of the patient")


@bp.get("")
@requires(Permission.METRICS_PATIENTS)
@bp.output(MeasuresOut)
def index() -> dict[str, Any]:
    """The measures."""
    listed = [
        {
            "id": each.id,
            "name": each.name,
            "title": each.title,
            "rates": [group.title for group in each.groups],
            "lower_is_better": each.lower_is_better,
        }
        for each in MEASURES.values()
    ]
    return {"measures": listed}


@bp.get("/<measure>/report")
@requires(Permission.METRICS_PATIENTS)
@bp.input(YearIn, location="query", arg_name="asked")
@bp.doc(responses={200: "A FHIR MeasureReport of type summary; small counts are masked for those who may not see them"})
def report(measure: str, asked: YearIn) -> Response:
    """The MeasureReport of all patients; of a doctor's own for doctors."""
    return _fhir(quality.report(g.actor, quality.measure_of(measure), _year(asked.year)))


@bp.post("/<measure>/report")
@requires(Permission.CHART_READ)
@bp.input(PatientIn, arg_name="asked")
@bp.doc(responses={200: "A FHIR MeasureReport of type individual, with the deciding records"})
def individual(measure: str, asked: PatientIn) -> Response:
    """The MeasureReport of one patient, who is named in the body so that no address names a patient."""
    return _fhir(quality.report(g.actor, quality.measure_of(measure), _year(asked.year), asked.patient))


def _year(year: int) -> Period:
    return period_of(Span.YEAR, date(year, 1, 1))


def _fhir(resource: dict[str, Any]) -> Response:
    return Response(orjson.dumps(resource), mimetype=MEDIA_TYPE)
