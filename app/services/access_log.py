"""Reading the audit log: the organization's for its administrators, their own for everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select

from app.core.actor import Actor
from app.core.ids import parse_id
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models.audit import AuditEvent, AuditHead
from app.models.organizations import Membership, Organization, User
from app.services import access, audit

PAGE = 50
MOST = 500  # lines read for a page of acts


@dataclass(frozen=True)
class Wanted:
    """Which lines: by words in a person's name, local dates (both included), and below a sequence number."""

    who: str = ""
    start: date | None = None
    end: date | None = None
    before: int | None = None


def lines(actor: Actor, wanted: Wanted, limit: int = MOST) -> Sequence[AuditEvent]:
    """The newest lines of the organization that fit; raises Forbidden."""
    actor.require(Permission.AUDIT_READ)
    return _read(actor, wanted, limit)


def own_lines(actor: Actor, wanted: Wanted, limit: int = MOST) -> Sequence[AuditEvent]:
    """The newest lines about what the actor did, and about what others did with the actor's own data."""
    mine: list[ColumnElement[bool]] = [AuditEvent.actor_id == actor.user_id]
    if actor.patient_id is not None:
        mine.append(AuditEvent.patient_id == actor.patient_id)
    return _read(actor, wanted, limit, or_(*mine))


@dataclass(frozen=True)
class Things:
    """What lines of the log are about, as far as the reader may know: names and record numbers of patients, names of
    the organization's people. By id."""

    patients: Mapping[UUID, tuple[str | None, str | None]]
    people: Mapping[str, str]


def things(actor: Actor, found: Sequence[AuditEvent]) -> Things:
    """The patients and people of lines, with an audit line for each patient named who is not the actor; commits."""
    asked = {event.patient_id or parse_id(event.object_id or "") for event in found if event.object_type == "patient"}
    asked |= {event.patient_id for event in found}
    known = access.known_patients(actor, asked - {None})  # type: ignore[arg-type]
    patients = {key: (patient.name, patient.record_number) for key, patient in known.items()}
    audit.record_reads(actor, "log.read", "patient", patients.keys() - {actor.patient_id}, unless_within=access.LOOK)
    ids = {key for event in found if event.object_type == "user" and (key := parse_id(event.object_id or ""))}
    here = (Membership.organization_id == actor.organization_id, User.id.in_(ids))
    rows = db.session.execute(select(User.id, User.name).join(Membership, Membership.user_id == User.id).where(*here))
    people = {str(key): name for key, name in rows} if ids else {}
    db.session.commit()
    return Things(patients, people)


@dataclass(frozen=True)
class Look:
    """Somebody at a patient's record: who, in which role (None: the product itself), when, and what they did."""

    seq: int
    at: datetime
    name: str
    role: Role | None
    action: str
    refused: bool


def looks(actor: Actor, before: int | None = None, limit: int = PAGE) -> tuple[Look, ...]:
    """The newest lines about the actor's own record, their own included; raises Forbidden for who has none."""
    actor.require(Permission.OWN_RECORD)
    query = (
        select(AuditEvent, Membership.roles)
        .outerjoin(
            Membership,
            (Membership.organization_id == AuditEvent.organization_id) & (Membership.user_id == AuditEvent.actor_id),
        )
        .where(AuditEvent.organization_id == actor.organization_id, AuditEvent.patient_id == actor.patient_id)
        .order_by(AuditEvent.at.desc(), AuditEvent.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(AuditEvent.seq < before)
    return tuple(
        Look(event.seq, event.at, event.actor_name, _first(roles), event.action, event.outcome == "refused")
        for event, roles in db.session.execute(query)
    )


def _first(roles: Sequence[str] | None) -> Role | None:
    """The role that a person is known by."""
    return next((role for role in Role if role in roles), None) if roles else None


def length(actor: Actor) -> int:
    """How many lines the organization's log has."""
    return db.session.scalars(select(AuditHead.seq).where(AuditHead.organization_id == actor.organization_id)).one()


def zone_of(actor: Actor) -> str:
    """The IANA zone in which the organization reads its log."""
    return db.session.scalars(select(Organization.zone).where(Organization.id == actor.organization_id)).one()


def _read(actor: Actor, wanted: Wanted, limit: int, *more: ColumnElement[bool]) -> Sequence[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.organization_id == actor.organization_id, *more)
    if wanted.who:
        query = query.where(func.strpos(func.lower(AuditEvent.actor_name), wanted.who.lower()) > 0)
    zone = ZoneInfo(zone_of(actor))
    if wanted.start:
        query = query.where(AuditEvent.at >= _midnight(wanted.start, zone))
    if wanted.end:
        query = query.where(AuditEvent.at < _midnight(wanted.end + timedelta(days=1), zone))
    if wanted.before:
        query = query.where(AuditEvent.seq < wanted.before)
    return db.session.scalars(query.order_by(AuditEvent.seq.desc()).limit(limit)).all()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
