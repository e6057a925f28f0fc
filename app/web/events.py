"""The event log: what happened or will, so that a figure that moved can be explained."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError, Invalid
from app.core.format import moment
from app.core.ids import UNKNOWN, parse_id
from app.core.permissions import Permission
from app.models import CalendarEvent
from app.services import event_log
from app.services.dashboards.readings import zone_of
from app.services.event_log import Entry
from app.services.places import Places, places_of
from app.web.forms import fault_of
from app.web.guard import requires
from app.web.shell import shell
from app.web.view_models import Action, Cell, Column, FormField, FormView, Link, ManagePage, ManagePart, Row, TableView

bp = Blueprint("events", __name__, url_prefix="/events")

KINDS = {
    "holiday": "Holiday",
    "system_change": "System change",
    "maintenance": "Maintenance",
    "staff": "Staff",
    "other": "Other",
}


@bp.get("/")
@requires(Permission.EVENTS_WRITE)
def index() -> ResponseReturnValue:
    """The events, and the form for a new one."""
    return _list()


@bp.post("/")
@requires(Permission.EVENTS_WRITE)
def add() -> ResponseReturnValue:
    """Writes an event down."""
    try:
        event_log.add(g.actor, _entry(places_of(g.actor)))
    except Invalid as error:
        return _list(error)
    return redirect(url_for(".index"), 303)


@bp.get("/<uuid:event_id>")
@requires(Permission.EVENTS_WRITE)
def show(event_id: UUID) -> ResponseReturnValue:
    """One event, to be changed."""
    return _one(event_log.event_for(g.actor, event_id))


@bp.post("/<uuid:event_id>")
@requires(Permission.EVENTS_WRITE)
def change(event_id: UUID) -> ResponseReturnValue:
    """Changes an event."""
    event_log.event_for(g.actor, event_id)
    try:
        event_log.change(g.actor, event_id, _entry(places_of(g.actor)))
    except Invalid as error:
        return _one(event_log.event_for(g.actor, event_id), error)
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:event_id>/remove")
@requires(Permission.EVENTS_WRITE)
def remove(event_id: UUID) -> ResponseReturnValue:
    """Takes an event out of the log."""
    event_log.remove(g.actor, event_id)
    return redirect(url_for(".index"), 303)


def _entry(places: Places) -> Entry:
    """What the form says; times are those of the clinic's clocks."""
    form = request.form
    clinic_id = (parse_id(form["clinic"]) or UNKNOWN) if form.get("clinic") else None
    clinic = next((one for one in places.clinics if one.id == clinic_id), None)
    zone = zone_of(places.organization, clinic)
    ended = bool(form.get("end_day") or form.get("end_time"))
    attendees = form.get("attendees", "")
    entry = Entry(
        form.get("kind", ""),
        form.get("title", "").replace("\x00", ""),
        clinic_id,
        _instant(form.get("start_day", ""), form.get("start_time", "") or "00:00", zone),
        _instant(form.get("end_day", "") or form.get("start_day", ""), form.get("end_time", "") or "23:59", zone),
        form.get("impact", "").replace("\x00", ""),
        None if not attendees else int(attendees) if attendees.isascii() and attendees.isdigit() else -1,
    )
    if ended and entry.ends_at is None:
        raise Invalid("Some fields cannot be used.", fields={"end": "Write the day as 2026-11-19, the time as 17:00."})
    return entry if ended else replace(entry, ends_at=None)


def _instant(day: str, at: str, zone: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _list(error: AppError | None = None) -> ResponseReturnValue:
    places = places_of(g.actor)
    form = FormView(url_for(".add"), "Add", _fields(places, None, error))
    words = "Holidays, system changes and maintenance. Charts show system changes as lines; the rest stands under them."
    page = ManagePage(
        "Event log",
        words,
        (
            ManagePart("events", "Events", table=_table(places)),
            ManagePart("new", "New event", "Times are those of the clinic.", form=form),
        ),
    )
    return _answer(page, places, error)


def _table(places: Places) -> TableView:
    names = {clinic.id: clinic for clinic in places.clinics}
    rows = []
    for event in event_log.entries(g.actor):
        clinic = names.get(event.clinic_id) if event.clinic_id else None
        zone = zone_of(places.organization, clinic)
        out = Action("Remove", url_for(".remove", event_id=event.id), "trash-2", tone="danger", about=event.title)
        rows.append(
            Row(
                (
                    Cell(event.title, note=event.impact or "", url=url_for(".show", event_id=event.id)),
                    Cell(KINDS[event.kind]),
                    Cell(clinic.name if clinic else "All clinics"),
                    Cell(moment(event.starts_at, zone)),
                    Cell(moment(event.ends_at, zone) if event.ends_at else ""),
                    Cell(actions=(out,)),
                )
            )
        )
    columns = (
        Column("Event"),
        Column("Kind", spare=True),
        Column("Clinic", spare=True),
        Column("From"),
        Column("To", spare=True),
        Column("", "actions"),
    )
    return TableView("Events", columns, tuple(rows), "Nothing is written down yet.", stacked=True)


def _fields(places: Places, event: CalendarEvent | None, error: AppError | None) -> tuple[FormField, ...]:
    held = request.form.to_dict() if error else _held(places, event)
    options = [(str(clinic.id), clinic.name) for clinic in places.clinics]
    if g.actor.clinic_ids is None:
        options.insert(0, ("", "All clinics"))
    start, end = fault_of(error, "start"), fault_of(error, "end")
    get = held.get
    return (
        FormField("title", "Title", value=get("title", ""), error=fault_of(error, "title")),
        FormField(
            "kind", "Kind", "select", get("kind", ""), options=tuple(KINDS.items()), error=fault_of(error, "kind")
        ),
        FormField(
            "clinic", "Clinic", "select", get("clinic", ""), options=tuple(options), optional=True,
            error=fault_of(error, "clinic"),
        ),
        FormField("start_day", "From, day", "date", get("start_day", ""), error=start),
        FormField("start_time", "From, time", "time", get("start_time", ""), optional=True),
        FormField("end_day", "To, day", "date", get("end_day", ""), optional=True, error=end),
        FormField("end_time", "To, time", "time", get("end_time", ""), optional=True),
        FormField("impact", "Effect", value=get("impact", ""), optional=True, error=fault_of(error, "impact")),
        FormField(
            "attendees", "People", "number", get("attendees", ""), optional=True, inputmode="numeric",
            error=fault_of(error, "attendees"),
        ),
    )  # fmt: skip


def _held(places: Places, event: CalendarEvent | None) -> dict[str, str]:
    if event is None:
        return {}
    clinic = next((one for one in places.clinics if one.id == event.clinic_id), None)
    zone = ZoneInfo(zone_of(places.organization, clinic))
    start, end = event.starts_at.astimezone(zone), event.ends_at and event.ends_at.astimezone(zone)
    return {
        "title": event.title,
        "kind": event.kind,
        "clinic": str(event.clinic_id or ""),
        "start_day": start.date().isoformat(),
        "start_time": f"{start:%H:%M}",
        "end_day": end.date().isoformat() if end else "",
        "end_time": f"{end:%H:%M}" if end else "",
        "impact": event.impact or "",
        "attendees": "" if event.attendees is None else str(event.attendees),
    }


def _one(event: CalendarEvent, error: AppError | None = None) -> ResponseReturnValue:
    places = places_of(g.actor)
    form = FormView(url_for(".change", event_id=event.id), "Change", _fields(places, event, error))
    parts = (ManagePart("event", "Event", "Times are those of the clinic.", form=form),)
    page = ManagePage(event.title, KINDS[event.kind], parts, (Link("Event log", url_for(".index")),))
    return _answer(page, places, error)


def _answer(page: ManagePage, places: Places, error: AppError | None) -> ResponseReturnValue:
    response = make_response(render_template("manage.html", page=page, shell=shell(g.actor, places)))
    response.status_code = 200 if error is None else error.status
    return response
