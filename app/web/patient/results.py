"""The patient's test results."""

from decimal import Decimal
from uuid import UUID

from flask import g, render_template, url_for

from app.core import format
from app.services import access_log
from app.services.chart import own_record
from app.services.chart.own_record import Value
from app.web.dashboards.patient_news import result_words
from app.web.guard import requires
from app.web.patient.room import OWN, bp, frame, home, list_page
from app.web.patient_words import day_words
from app.web.view_models import Cell, Column, Link, Row, TableView


@bp.get("/results/")
@requires(OWN, patients=True)
def results() -> str:
    """The patient's test results."""
    zone = access_log.zone_of(g.actor)
    rows = tuple(
        Row(
            (
                Cell(
                    each.name or "Test",
                    "New" if each.new else "",
                    tone="strong" if each.new else "",
                    url=url_for(".result", result_id=each.id) if each.available else "",
                ),
                Cell(result_words(each)),
                Cell(day_words(each.at, zone) if each.at else "Not recorded"),
            )
        )
        for each in own_record.results(g.actor)
    )
    table = TableView(
        "Test results", (Column("Test"), Column("What came of it"), Column("When")), rows, "No test results yet."
    )
    return list_page("Test results", table)


@bp.get("/results/<uuid:result_id>")
@requires(OWN, patients=True)
def result(result_id: UUID) -> str:
    """One result with its values, seen from now on."""
    found, values = own_record.result(g.actor, result_id)
    rows = tuple(
        Row(
            (
                Cell(each.name or "Value"),
                Cell(_value(each)),
                Cell(_range(each)),
                Cell(_judged(each), tone="beyond" if each.abnormal else ""),
            )
        )
        for each in values
    )
    columns = (Column("Value"), Column("Yours", "figures"), Column("Usual range", "figures"), Column("In words"))
    return render_template(
        "patient/result.html",
        title=found.name or "Test",
        under=format.moment(found.at, access_log.zone_of(g.actor)),
        words=result_words(found),
        table=TableView("Values", columns, rows, "No single values were sent with this result."),
        links=(Link("Ask about it", url_for(".write"), "file-text"),),
        crumbs=(home(), Link("Test results", url_for(".results"))),
        shell=frame(),
    )


def _value(value: Value) -> str:
    if value.value is None:
        return value.text or "Not recorded"
    return f"{value.value.normalize():f} {value.unit or ''}".strip()


def _range(value: Value) -> str:
    ends = [_plain(value.low), _plain(value.high)]
    if all(ends):
        return f"{ends[0]} to {ends[1]}"
    return f"up to {ends[1]}" if ends[1] else f"from {ends[0]}" if ends[0] else "–"


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def _judged(value: Value) -> str:
    return {True: "Outside the usual range", False: "Within the usual range"}.get(value.abnormal, "Not judged")  # type: ignore[arg-type]
