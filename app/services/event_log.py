"""The event log: holidays, maintenance and changes that may explain figures; added, edited, taken out by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.core.permissions import Permission
from app.extensions import db
from app.models import CalendarEvent
from app.rollups.refresh import restate
from app.services import audit
from app.services.access import clinics_for

KINDS = ("holiday", "maintenance", "staff", "system_change", "other")
SHOWN = 100


@dataclass(frozen=True)
class Entry:
    """What an event is: its kind, title, clinic (None: all), begin and end (UTC; no end: a moment), effect, people."""

    kind: str
    title: str
    clinic_id: UUID | None
    starts_at: datetime | None
    ends_at: datetime | None = None
    impact: str = ""
    attendees: int | None = None


def entries(actor: Actor) -> Sequence[CalendarEvent]:
    """The events that the actor may change, the latest first, at most SHOWN."""
    actor.require(Permission.EVENTS_WRITE)
    query = select(CalendarEvent).where(CalendarEvent.organization_id == actor.organization_id)
    if actor.clinic_ids is not None:
        query = query.where(CalendarEvent.clinic_id.in_(actor.clinic_ids))
    return db.session.scalars(query.order_by(CalendarEvent.starts_at.desc()).limit(SHOWN)).all()


def event_for(actor: Actor, event_id: UUID) -> CalendarEvent:
    """An event that the actor may change; raises NotFound."""
    actor.require(Permission.EVENTS_WRITE)
    event = db.session.get(CalendarEvent, (actor.organization_id, event_id))
    if event is None or not _is_own(actor, event.clinic_id):
        raise NotFound("There is no such event.")
    return event


def _is_own(actor: Actor, clinic_id: UUID | None) -> bool:
    """Who sees some clinics alone writes down nothing about all of them."""
    return actor.clinic_ids is None if clinic_id is None else actor.sees_clinic(clinic_id)


def add(actor: Actor, entry: Entry) -> CalendarEvent:
    """A new event; audited; charts are drawn anew; commits. Raises Invalid with a message for each field."""
    actor.require(Permission.EVENTS_WRITE)
    _check(actor, entry)
    event = CalendarEvent(organization_id=actor.organization_id, id=new_id())
    db.session.add(event)
    return _write(actor, event, entry, "event.add")


def change(actor: Actor, event_id: UUID, entry: Entry) -> CalendarEvent:
    """The event as it is now; audited; charts are drawn anew; commits. Raises Invalid, NotFound."""
    event = event_for(actor, event_id)
    _check(actor, entry)
    return _write(actor, event, entry, "event.change")


def remove(actor: Actor, event_id: UUID) -> None:
    """Takes an event out; audited; charts are drawn anew; commits. Raises NotFound."""
    event = event_for(actor, event_id)
    db.session.delete(event)
    audit.record(actor, "event.remove", "event", event_id)
    _redraw(actor)


def _write(actor: Actor, event: CalendarEvent, entry: Entry, action: str) -> CalendarEvent:
    event.kind, event.title, event.clinic_id = entry.kind, entry.title.strip(), entry.clinic_id
    event.ends_at, event.impact, event.attendees = entry.ends_at, entry.impact.strip() or None, entry.attendees
    event.starts_at = entry.starts_at or now()
    audit.record(actor, action, "event", event.id, kind=entry.kind, clinic=entry.clinic_id)
    _redraw(actor)
    return event


def _redraw(actor: Actor) -> None:
    restate(actor.organization_id, [clinic.id for clinic in clinics_for(actor)])


def _check(actor: Actor, entry: Entry) -> None:
    faults = {}
    if entry.kind not in KINDS:
        faults["kind"] = "Choose one of the kinds."
    if not 1 <= len(entry.title.strip()) <= 120:
        faults["title"] = "A title has 1 to 120 characters."
    if len(entry.impact) > 400:
        faults["impact"] = "At most 400 characters."
    if entry.starts_at is None:
        faults["start"] = "Write the day as 2026-11-19 and the time as 08:00."
    elif entry.ends_at is not None and entry.ends_at <= entry.starts_at:
        faults["end"] = "The end lies before the begin."
    known = {clinic.id for clinic in clinics_for(actor)}
    if entry.clinic_id not in known and not (entry.clinic_id is None and _is_own(actor, None)):
        faults["clinic"] = "Choose one of your clinics."
    if entry.attendees is not None and not 0 <= entry.attendees <= 100_000:
        faults["attendees"] = "Write a number of people."
    if faults:
        raise Invalid("Some fields cannot be used.", fields=faults)
