"""What a patient may ask for: a refill, a visit."""

from datetime import date

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Conflict, Invalid
from app.core.ids import parse_id
from app.services.chart import own_record
from app.services.chart.own_record import TIMES
from app.web.guard import requires
from app.web.patient.done import sent
from app.web.patient.room import OWN, bp, form_page
from app.web.view_models import FormField, FormView


@bp.get("/refill")
@requires(OWN, patients=True)
def ask_refill() -> str:
    """The form of a request for a refill."""
    return _refill_form({})


def _refill_form(faults: dict[str, str], error: str = "") -> str:
    medicines = own_record.medicines(g.actor)
    given = request.form
    options = tuple((str(each.id), each.name or each.substance or "Name not recorded") for each in medicines)
    fields = (
        FormField(
            "medicine",
            "Medicine",
            "select",
            given.get("medicine", ""),
            error=faults.get("medicine", ""),
            options=options,
        ),
        FormField(
            "note", "Anything to add?", "textarea", given.get("note", ""), error=faults.get("note", ""), optional=True
        ),
    )
    form = FormView(action=url_for(".send_refill"), submit="Ask for a refill", fields=fields, error=error)
    words = "The practice answers within two working days. If you have run out, phone instead."
    return form_page("Ask for a refill", words, form if options else None, "No medicines are on your list.")


@bp.post("/refill")
@requires(OWN, patients=True)
def send_refill() -> ResponseReturnValue:
    """Stores a request for a refill as a task of the clinic."""
    try:
        own_record.ask_refill(g.actor, parse_id(request.form.get("medicine", "")), request.form.get("note", ""))
    except Invalid as error:
        return _refill_form(error.details["fields"]), 422
    except Conflict as error:
        return _refill_form({}, error.message), error.status
    return sent("refill")


@bp.get("/visit")
@requires(OWN, patients=True)
def ask_visit() -> str:
    """The form of a wish for a visit."""
    return _visit_form({})


def _visit_form(faults: dict[str, str], error: str = "") -> str:
    given = request.form
    fields = (
        FormField(
            "reason", "What is the visit for?", "textarea", given.get("reason", ""), error=faults.get("reason", "")
        ),
        FormField(
            "time",
            "When suits you?",
            "select",
            given.get("time", "any"),
            error=faults.get("time", ""),
            options=tuple((key, words.capitalize()) for key, words in TIMES.items()),
        ),
        FormField(
            "earliest", "Not before", "date", given.get("earliest", ""), error=faults.get("earliest", ""), optional=True
        ),
    )
    form = FormView(action=url_for(".send_visit"), submit="Ask for a visit", fields=fields, error=error)
    return form_page("Ask for a visit", "Reception looks for a time and answers you.", form)


@bp.post("/visit")
@requires(OWN, patients=True)
def send_visit() -> ResponseReturnValue:
    """Stores a wish for a visit as a task of reception."""
    given = request.form
    try:
        earliest = date.fromisoformat(given["earliest"]) if given.get("earliest") else None
    except ValueError:
        return _visit_form({"earliest": "Write the date as 2026-11-19."}), 422
    try:
        own_record.ask_visit(g.actor, given.get("reason", ""), given.get("time", ""), earliest)
    except Invalid as error:
        return _visit_form(error.details["fields"]), 422
    except Conflict as error:
        return _visit_form({}, error.message), error.status
    return sent("visit")
