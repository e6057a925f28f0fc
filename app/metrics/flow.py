"""The flow of one day: where everyone booked is at an instant, told from the stamps, so that days can be compared.

The parts add up to the booked visits at every instant. A day before today is told as it was at the same time of day.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    SQLColumnExpression,
    Uuid,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.statement import Given, Statement
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models.appointments import Appointment as A
from app.models.clinics import Clinic, Equipment, Room
from app.models.staff import ResourceUse

PARTS = ("completed", "in_room", "waiting", "to_come", "cancelled", "no_show", "unknown")


@dataclass(frozen=True)
class Flow:
    """The day's booked visits by where they are at `at`; `hours` says the same for each hour of the planned start."""

    day: date
    at: datetime
    counts: dict[str, int]
    hours: dict[int, dict[str, int]] = field(default_factory=dict)
    cancelled_by_clinic: int = 0

    @property
    def completion_rate(self) -> float | None:
        """`attendance.completion_rate` as of `at`, a fraction: completed of completed, no-shows and cancelled by the
        patient. None while nothing of the day is decided."""
        completed = self.counts["completed"]
        decided = completed + self.counts["no_show"] + self.counts["cancelled"] - self.cancelled_by_clinic
        return completed / decided if decided else None

    @property
    def booked(self) -> int:
        """All visits of the day without test bookings: the sum of the parts."""
        return sum(self.counts.values())

    def __getitem__(self, part: str) -> int:
        return self.counts[part]


def flow(clinic_id: UUID, day: date, actor: Actor, at: datetime | None = None) -> Flow:
    """Where the patients of a clinic's day are at an instant (default: now). Moved visits count on their new day."""
    return flows(clinic_id, [(day, at)], actor)[0]


def flows(clinic_id: UUID, moments: Iterable[tuple[date, datetime | None]], actor: Actor) -> list[Flow]:
    """The flows of several days, each at its own instant, in one statement."""
    actor.require(Permission.METRICS_OPERATIONS)
    if not actor.sees_clinic(clinic_id):
        raise NotFound("There is no such clinic.")
    asked = [(day, at or now()) for day, at in moments]
    with tenant_scope(actor.organization_id):
        given: dict[str, Any] = {"organization": actor.organization_id, "clinic": clinic_id}
        for number, (day, at) in enumerate(asked):
            given |= {f"day_{number}": day, f"at_{number}": at}
        found: list[dict[int, Counter[str]]] = [{} for _ in asked]
        by_clinic: Counter[int] = Counter()
        for number, hour, part, count, clinics_own in _days(len(asked)).run(db.session(), given):
            found[number].setdefault(hour, Counter())[part] += count
            by_clinic[number] += clinics_own if part == "cancelled" else 0
    return [_flow(day, at, found[number], by_clinic[number]) for number, (day, at) in enumerate(asked)]


def same_time(day: date, now_at: datetime, zone: str) -> datetime:
    """The instant of another day at which the clinic's clock shows the same time."""
    local = now_at.astimezone(ZoneInfo(zone))
    return datetime.combine(day, local.timetz().replace(tzinfo=None), ZoneInfo(zone))


def _flow(day: date, at: datetime, hours: dict[int, Counter[str]], by_clinic: int) -> Flow:
    total = sum(hours.values(), Counter())
    by_hour = {hour: {part: hours[hour][part] for part in PARTS} for hour in sorted(hours)}
    return Flow(day, at, {part: total[part] for part in PARTS}, by_hour, by_clinic)


@cache
def _days(count: int) -> Statement:
    """Rows (number, hour, part, count, how many of them the clinic cancelled) of so many days."""
    return Statement.of(union_all(*map(_day, range(count))))


def _day(number: int) -> Select[*tuple[Any, ...]]:
    part = _part_at(Given(f"at_{number}", DateTime(timezone=True)))
    return (
        select(
            literal(number, Integer),
            A.local_hour,
            part,
            func.count(),
            func.count().filter(A.cancelled_by == "clinic"),
        )
        .where(
            A.organization_id == Given("organization", Uuid),
            A.local_day == Given(f"day_{number}", Date),
            A.clinic_id == Given("clinic", Uuid),
            A.is_test.is_(False),
            ~and_(A.status == "cancelled", A.rescheduled),
        )
        .group_by(A.local_hour, part)
    )


def _part_at(at: ColumnElement[datetime]) -> ColumnElement[str]:
    """Where a visit is at an instant; a missing stamp is taken from the outcome once the start has passed."""
    begun = A.starts_at <= at
    finished = and_(A.status == "completed", or_(A.finished_at <= at, and_(A.finished_at.is_(None), begun)))
    in_room = and_(A.status.in_(("completed", "started")), or_(A.started_at <= at, and_(A.started_at.is_(None), begun)))
    waiting = and_(
        A.status.in_(("completed", "started", "arrived")), or_(A.arrived_at <= at, and_(A.arrived_at.is_(None), begun))
    )
    return case(
        (and_(A.status == "cancelled", or_(A.cancelled_at <= at, A.cancelled_at.is_(None))), "cancelled"),
        (finished, "completed"),
        (in_room, "in_room"),
        (waiting, "waiting"),
        (and_(A.status == "no_show", begun), "no_show"),
        (and_(A.status == "unknown", begun), "unknown"),
        else_="to_come",
    )


@dataclass(frozen=True)
class Occupancy:
    """Rooms in use at an instant, and devices by kind."""

    rooms: int
    rooms_in_use: int | None
    devices: dict[str, tuple[int, int]]  # kind: in use, in service
    reason: str | None = None


def occupancy(clinic: Clinic, actor: Actor, at: datetime | None = None) -> Occupancy:
    """How many examination rooms and devices are in use at an instant (default: now); one statement.

    `rooms_in_use` is None, with a reason, where no source has recorded the use of a room of this clinic on that day.
    """
    actor.require(Permission.METRICS_OPERATIONS)
    if not actor.sees_clinic(clinic.id):
        raise NotFound("There is no such clinic.")
    at = at or now()
    day = local_day(at, clinic.zone)
    with tenant_scope(actor.organization_id):
        given = {"organization": actor.organization_id, "clinic": clinic.id, "day": day, "at": at}
        rows = _occupied().run(db.session(), given).all()
    rooms = [row for row in rows if row.what == "room"]
    total = sum(row.there for row in rooms)
    used = sum(row.used for row in rooms)
    devices = {row.kind: (row.used, row.there) for row in rows if row.what == "device"}
    if not any(row.recorded for row in rooms):
        return Occupancy(total, None, devices, "No source records the use of rooms on this day.")
    return Occupancy(total, used, devices)


@cache
def _occupied() -> Statement:
    """Rows (what, kind, there, used, recorded) by kind of room and of device."""
    use, organization, clinic = ResourceUse, Given("organization", Uuid), Given("clinic", Uuid)
    at = Given("at", DateTime(timezone=True))
    running = and_(use.starts_at <= at, or_(use.ends_at > at, use.ends_at.is_(None)))

    def counted(
        what: str,
        model: type[Any],
        kind: SQLColumnExpression[str],
        there: SQLColumnExpression[bool],
        own: SQLColumnExpression[Any],
    ) -> Select[*tuple[Any, ...]]:
        same = and_(
            use.organization_id == organization,
            use.local_day == Given("day", Date),
            use.clinic_id == clinic,
            own == model.id,
        )
        return (
            select(
                literal(what).label("what"),
                kind.label("kind"),
                func.count(model.id.distinct()).filter(there).label("there"),
                func.count(model.id.distinct()).filter(running).label("used"),
                func.count(use.id).label("recorded"),
            )
            .select_from(model)
            .outerjoin(use, same)
            .where(model.organization_id == organization, model.clinic_id == clinic)
            .group_by(kind)
        )

    rooms = counted("room", Room, Room.kind, Room.in_service, use.room_id).where(Room.kind == "examination")
    devices = counted("device", Equipment, Equipment.kind, Equipment.status == "in_service", use.equipment_id)
    return Statement.of(rooms.union_all(devices))
