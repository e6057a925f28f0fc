"""What patient and practice write to each other."""

from uuid import UUID

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import format
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.services import access_log
from app.services.chart import own_record
from app.services.chart.chart_contacts import MessageLine
from app.web.dashboards.patient_news import preview
from app.web.guard import requires
from app.web.patient.done import sent
from app.web.patient.room import OWN, bp, form_page, frame, home, list_page
from app.web.patient_words import day_words
from app.web.view_models import Cell, Column, FormField, FormView, Link, Row, TableView


@bp.get("/messages/")
@requires(OWN, patients=True)
def messages() -> str:
    """What patient and practice wrote to each other."""
    zone = access_log.zone_of(g.actor)
    rows = tuple(_message_row(each, zone) for each in own_record.messages(g.actor))
    columns = (Column("Subject"), Column("From"), Column("When"), Column("", spare=True))
    table = TableView("Messages", columns, rows, "No messages yet.")
    return list_page("Messages", table, (Link("Write to the practice", url_for(".write"), "plus"),))


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
        crumbs=(home(), Link("Messages", url_for(".messages"))),
        shell=frame(),
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
    return form_page("Write to the practice", "Your doctor's team reads it and answers you here.", form)


@bp.post("/messages/")
@requires(OWN, patients=True)
def send() -> ResponseReturnValue:
    """Stores a message to the practice."""
    given = request.form
    try:
        own_record.send(g.actor, given.get("subject", ""), given.get("body", ""), parse_id(given.get("answers", "")))
    except Invalid as error:
        return _write_form(error.details["fields"]), 422
    return sent("message")
