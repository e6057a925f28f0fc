"""The way to a record, and who has looked at it."""

from datetime import date

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core import format
from app.core.permissions import Permission
from app.services import access, access_log
from app.web.dashboards.patient_find import NOBODY, finder
from app.web.guard import requires
from app.web.patient.room import OWN, bp, list_page
from app.web.patient_words import look_cells
from app.web.view_models import Cell, Column, Row, TableView


@bp.post("/find")
@requires(Permission.RECORDS_READ)
def find() -> ResponseReturnValue:
    """Opens a record by its number, which stays out of the address."""
    found = access.patient_numbered(g.actor, request.form.get("record_number", "")[:80])
    if found is None:
        return finder(number="No record of yours has this number."), 422
    return redirect(url_for("dashboards.patient", patient_id=found), 303)


@bp.post("/find-named")
@requires(Permission.RECORDS_READ, patients=True)
def find_named() -> ResponseReturnValue:
    """Opens the record of the patient with this name and date of birth; lists them where there are several."""
    name, day = request.form.get("name", "")[:80].strip(), _day(request.form.get("born", ""))
    if not name or day is None:
        missing = ("" if name else "Write a part of the name.", "" if day else "Write the date of birth.")
        return finder("", *missing), 422
    found = access.patients_named(g.actor, name, day)
    if not found:
        return finder(name=NOBODY), 422
    if len(found) == 1:
        return redirect(url_for("dashboards.patient", patient_id=found[0].id), 303)
    return finder(found=found)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@bp.get("/looks")
@requires(OWN, patients=True)
def looks() -> str:
    """Who has looked at the record: who, in which role, when and what; the patient's own looks among them."""
    zone = access_log.zone_of(g.actor)
    before = request.args.get("before", type=int)
    found = access_log.looks(g.actor, before)
    rows = tuple(Row(tuple(Cell(text) for text in look_cells(each, zone))) for each in found)
    more = len(found) == access_log.PAGE
    table = TableView(
        "Who has looked at my record",
        (Column("When"), Column("Who"), Column("Role"), Column("What")),
        rows,
        "Nobody yet.",
        earlier=url_for(".looks", before=found[-1].seq) if more else "",
        later=url_for(".looks") if before else "",
        page_words=format.plural(len(rows), "entry", "entries") if more or before else "",
    )
    return list_page("Who has looked at my record", table)
