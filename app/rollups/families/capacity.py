"""What the clinics could offer: bookable minutes, the next open slot, rooms and devices, people on shift."""

from sqlalchemy import and_, cast, column, func, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Integer, Text, Time

from app.models.availability import AccessSample, Availability
from app.models.clinics import Clinic, Equipment, Room
from app.models.staff import ResourceUse, Shift
from app.rollups.family import Family, Measure, Spread, family

AVAILABILITY = family(
    Availability,
    "availability",
    Availability.local_day,
    "The clinic's local date of the opened time.",
    label="stretches of bookable time",
    at=Availability.starts_at,
    measures=(
        Measure(
            "open_minutes", "opened minutes", of=Availability.minutes, where=Availability.kind == "open", minutes=True
        ),
        Measure(
            "blocked_minutes",
            "blocked minutes",
            of=Availability.minutes,
            where=Availability.kind == "blocked",
            minutes=True,
        ),
        Measure("slots", "opened slots", of=Availability.slots, where=Availability.kind == "open"),
    ),
)

ACCESS = family(
    AccessSample,
    "access",
    AccessSample.local_day,
    "The day of the sample, taken at the same time each day.",
    label="samples of the next open slot",
    measures=(
        Measure("samples", "samples"),
        Measure("days_sum", "days to the third next slot", of=AccessSample.days),
    ),
    spreads=(Spread("days", "days to the third next open slot", AccessSample.days),),
)

_on_shift = Shift.absent.is_(False)


def _shifts(role: str) -> tuple[Measure, Measure]:
    there = and_(_on_shift, Shift.role == role)
    return (
        Measure(f"{role}s", f"{role} shifts worked", where=there),
        Measure(f"{role}_minutes", f"{role} minutes", of=Shift.minutes, where=there, minutes=True),
    )


SHIFTS = family(
    Shift,
    "shifts",
    Shift.local_day,
    "The clinic's local date of the start of the shift.",
    label="planned shifts",
    at=Shift.starts_at,
    dimensions={"role": Shift.role},
    measures=(
        Measure("planned", "planned shifts"),
        Measure("worked", "shifts worked", where=_on_shift),
        Measure("absent", "shifts nobody came to", where=Shift.absent.is_(True)),
        Measure("worked_minutes", "minutes worked", of=Shift.minutes, where=_on_shift, minutes=True),
        *_shifts("doctor"),
        *_shifts("nurse"),
        *_shifts("support"),
    ),
)

_kinds = ResourceUse.__table__.outerjoin(
    Equipment.__table__,
    and_(Equipment.organization_id == ResourceUse.organization_id, Equipment.id == ResourceUse.equipment_id),
).outerjoin(Room.__table__, and_(Room.organization_id == ResourceUse.organization_id, Room.id == ResourceUse.room_id))
_examination = Room.kind == "examination"
RESOURCE_USES = Family(
    key="resource_uses",
    label="uses of rooms and devices",
    basis="The clinic's local date on which the use began.",
    rows=_kinds,
    organization=ResourceUse.organization_id,
    id=ResourceUse.id,
    day=ResourceUse.local_day,
    clinic=ResourceUse.clinic_id,
    at=ResourceUse.starts_at,
    feed="resource_uses",
    dimensions={"equipment_kind": Equipment.kind},
    kept=("equipment_kind",),
    measures=(
        Measure("room_uses", "uses of rooms", where=ResourceUse.room_id.is_not(None)),
        Measure("room_minutes", "minutes rooms were in use", of=ResourceUse.minutes, where=_examination, minutes=True),
        Measure("device_uses", "uses of devices", where=ResourceUse.equipment_id.is_not(None)),
        Measure(
            "device_minutes",
            "minutes devices were in use",
            of=ResourceUse.minutes,
            where=and_(ResourceUse.equipment_id.is_not(None), Equipment.minutes_a_day.is_not(None)),
        ),
    ),
)

# A clinic was open on a day on which rooms or devices were used; holidays offer nothing.
_open_days = (
    select(ResourceUse.organization_id, ResourceUse.clinic_id, ResourceUse.local_day).distinct().subquery("open_days")
)
_weekday = cast(cast(func.extract("isodow", _open_days.c.local_day), Integer) - 1, Text)
_hours = func.jsonb_array_elements(Clinic.opening_hours[_weekday]).table_valued(column("span", JSONB), name="hours")
_hours = _hours.render_derived()
_open_minutes = func.extract("epoch", _hours.c.span[1].astext.cast(Time) - _hours.c.span[0].astext.cast(Time)) / 60
_supply = (
    select(
        _open_days.c.organization_id,
        _open_days.c.clinic_id,
        _open_days.c.local_day,
        Room.id.label("room_id"),
        cast(None, Text).label("equipment_kind"),
        cast(_open_minutes, Integer).label("room_minutes"),
        cast(None, Integer).label("device_minutes"),
    )
    .join(
        Clinic.__table__,
        and_(Clinic.organization_id == _open_days.c.organization_id, Clinic.id == _open_days.c.clinic_id),
    )
    .join(Room.__table__, and_(Room.organization_id == Clinic.organization_id, Room.clinic_id == Clinic.id))
    .join(_hours, true())
    .where(Room.in_service, Room.kind == "examination")
    .union_all(
        select(
            _open_days.c.organization_id,
            _open_days.c.clinic_id,
            _open_days.c.local_day,
            Equipment.id,
            Equipment.kind,
            cast(None, Integer),
            Equipment.minutes_a_day,
        ).join(
            Equipment.__table__,
            and_(
                Equipment.organization_id == _open_days.c.organization_id,
                Equipment.clinic_id == _open_days.c.clinic_id,
            ),
        )
    )
    .subquery("supply")
)
SUPPLY = Family(
    key="supply",
    label="rooms and devices on open days",
    basis="Days on which a room or a device of the clinic was used.",
    rows=_supply,
    organization=_supply.c.organization_id,
    id=_supply.c.room_id,
    day=_supply.c.local_day,
    clinic=_supply.c.clinic_id,
    feed="resource_uses",
    dimensions={"equipment_kind": _supply.c.equipment_kind},
    kept=("equipment_kind",),
    measures=(
        Measure("room_minutes", "room minutes within opening hours", of=_supply.c.room_minutes, minutes=True),
        Measure("device_minutes", "bookable minutes of devices", of=_supply.c.device_minutes, minutes=True),
    ),
)
FAMILIES = (AVAILABILITY, ACCESS, SHIFTS, RESOURCE_USES, SUPPLY)
