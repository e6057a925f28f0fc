"""The pages round a patient's own record: messages, results, requests, who has looked; and the way to a record."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.core import format
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import parse_id
from app.core.permissions import Permission
from app.services import access, access_log
from app.services.chart import own_record
from app.services.chart.chart_contacts import MessageLine
from app.services.chart.own_record import TIMES, Value
from app.services.places import places_of
from app.web.dashboards import patient as dashboard
from app.web.dashboards.patient_news import preview, result_words
from app.web.guard import requires
from app.web.patient_words import day_words, look_cells
from app.web.shell import shell
from app.web.view_models import Cell, Column, FormField, FormView, Link, Row, TableView

bp = Blueprint("patient", __name__, url_prefix="/patient")

OWN = Permission.OWN_RECORD
DONE = {
    "message": "Your message is with the practice.",
    "refill": "The practice has your request for a refill and will answer you.",
    "visit": "Reception has your wish for a visit and will answer you.",
}


@bp.post("/find")
@requires(Permission.RECORDS_READ)
def find() -> ResponseReturnValue:
    """Opens a record by its number, which stays out of the address."""
    found = access.patient_numbered(g.actor, request.form.get("record_number", "")[:80])
    if found is None:
        return dashboard.finder("No record of yours has this number."), 422
    return redirect(url_for("dashboards.patient", patient_id=found), 303)


@bp.get("/messages/")
@requires(OWN, patients=True)
def messages() -> str:
    """What patient and practice wrote to each other."""
    zone = access_log.zone_of(g.actor)
    rows = tuple(_message_row(each, zone) for each in own_record.messages(g.actor))
    columns = (Column("Subject"), Column("From"), Column("When"), Column("", spare=True))
    table = TableView("Messages", columns, rows, "No messages yet.")
    return _list("Messages", table, (Link("Write to the practice", url_for(".write"), "plus"),))


def _message_row(message: MessageLine, zone: str) -> Row:
    new = message.sender == "practice" and not message.is_read
    return Row(
        (
            Cell(
                message.subject or "Without a subject",
                preview(message.body or ""),
                tone="strong" if new else "",
                url=url_for(".message", message_id=message.id),
            ),
            Cell(_sender(message)),
            Cell(day_words(message.at, zone)),
            Cell("New" if new else ""),
        )
    )


def _sender(message: MessageLine) -> str:
    return (message.doctor or "The practice") if message.sender == "practice" else "You"


@bp.get("/messages/<uuid:message_id>")
@requires(OWN, patients=True)
def message(message_id: UUID) -> str:
    """One message, read from now on."""
    found = own_record.message(g.actor, message_id)
    under = f"{_sender(found)}, {format.moment(found.at, access_log.zone_of(g.actor))}"
    answer = Link("Answer", url_for(".write", answers=message_id), "file-text")
    return render_template(
        "patient/message.html",
        title=found.subject or "Without a subject",
        under=under,
        body=found.body or "",
        links=(answer,),
        crumbs=(_home(), Link("Messages", url_for(".messages"))),
        shell=_shell(),
    )


@bp.get("/messages/new")
@requires(OWN, patients=True)
def write() -> str:
    """The form of a message."""
    return _write_form({})


def _write_form(faults: dict[str, str], error: str = "") -> str:
    given = request.values
    answers = parse_id(given.get("answers", ""))
    form = FormView(
        action=url_for(".send"),
        submit="Send to the practice",
        fields=(
            FormField("subject", "What is it about?", value=given.get("subject", ""), error=faults.get("subject", "")),
            FormField(
                "body",
                "Your message",
                "textarea",
                given.get("body", ""),
                "Not for emergencies: ring the emergency number then.",
                faults.get("body", ""),
            ),
        ),
        error=error,
        hidden=(("answers", str(answers)),) if answers else (),
    )
    return _form("Write to the practice", "Your doctor's team reads it and answers you here.", form)


@bp.post("/messages/")
@requires(OWN, patients=True)
def send() -> ResponseReturnValue:
    """Stores a message to the practice."""
    given = request.form
    try:
        own_record.send(g.actor, given.get("subject", ""), given.get("body", ""), parse_id(given.get("answers", "")))
    except Invalid as error:
        return _write_form(error.details["fields"]), 422
    return _done("message")


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
    return _list("Test results", table)


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
        crumbs=(_home(), Link("Test results", url_for(".results"))),
        shell=_shell(),
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
    return _form("Ask for a refill", words, form if options else None, "No medicines are on your list.")


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
    return _done("refill")


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
    return _form("Ask for a visit", "Reception looks for a time and answers you.", form)


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
    return _done("visit")


@bp.get("/done/<what>")
@requires(OWN, patients=True)
def done(what: str) -> str:
    """What became of a form that was sent."""
    if what not in DONE:
        raise NotFound("There is no such page.")
    return render_template("patient/done.html", words=DONE[what], home=_home(), shell=_shell())


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
    return _list("Who has looked at my record", table)


def _home() -> Link:
    return Link("My health", url_for("dashboards.patient"))


def _shell() -> object:
    return shell(g.actor, places_of(g.actor))


def _list(title: str, table: TableView, links: tuple[Link, ...] = ()) -> str:
    return render_template(
        "patient/list.html", title=title, table=table, links=links, crumbs=(_home(),), shell=_shell()
    )


def _form(title: str, words: str, form: FormView | None, empty: str = "") -> str:
    return render_template(
        "patient/form.html", title=title, words=words, form=form, empty=empty, crumbs=(_home(),), shell=_shell()
    )


def _done(what: str) -> Response:
    return redirect(url_for(".done", what=what), 303)
