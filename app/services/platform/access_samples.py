"""Third next available: how many days until each doctor's third free slot, sampled once a day and kept.

The measure of the Institute for Healthcare Improvement: the third free slot, because the first two are often chance
cancellations. Free is what is open, less what is blocked, less what is booked.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import CompoundSelect, Select, SmallInteger, SQLColumnExpression, func, literal, select, union_all

from app.core import clock
from app.extensions import db
from app.models import AccessSample, Appointment, Availability, Clinic

HORIZON = 180  # days looked ahead
SOON = 28  # days in which a first free slot is looked for
_PAST = 90  # days whose appointments tell how long a doctor's slot is
_NOT_TAKING = ("cancelled", "no_show", "unknown")
_THIRD = 3


@dataclass(frozen=True)
class Stretch:
    """A span of time of one doctor in one clinic; `slot` is the length of a slot, None where nothing tells it."""

    starts: datetime
    ends: datetime
    day: date
    department_id: UUID | None = None
    slot: timedelta | None = None
    begun: datetime | None = None  # when it opened, where that was before `starts`

    @property
    def opens(self) -> datetime:
        """From when its slots are counted."""
        return self.begun or self.starts


def sample(organization_id: UUID) -> int:
    """Samples every doctor who has none for the clinic's local day yet; how many were added. Needs the scope; commits.

    A doctor with fewer than three free slots within the horizon gets no sample: unknown, not far away.
    """
    added = 0
    for clinic in db.session.scalars(select(Clinic).where(Clinic.organization_id == organization_id)).all():
        added += _sample_clinic(clinic, clock.now())
    db.session.commit()
    return added


def _sample_clinic(clinic: Clinic, at: datetime) -> int:
    today = clock.local_day(at, clinic.zone)
    done = set(
        db.session.scalars(
            select(AccessSample.practitioner_id).where(
                AccessSample.organization_id == clinic.organization_id,
                AccessSample.clinic_id == clinic.id,
                AccessSample.local_day == today,
            )
        )
    )
    opened, taken = _stretches(clinic, at)
    samples = []
    for practitioner_id, stretches in opened.items():
        if practitioner_id in done:
            continue
        third = third_next(stretches, taken[practitioner_id])
        if third is not None:
            samples.append(_row(clinic, practitioner_id, third, today, at))
    db.session.add_all(samples)
    return len(samples)


def _row(clinic: Clinic, practitioner_id: UUID, third: Stretch, today: date, at: datetime) -> AccessSample:
    return AccessSample(
        organization_id=clinic.organization_id,
        id=uuid5(practitioner_id, f"{clinic.id} {today}"),  # a second sampler of the same day collides
        clinic_id=clinic.id,
        department_id=third.department_id,
        practitioner_id=practitioner_id,
        local_day=today,
        days=(third.day - today).days,
        sampled_at=at,
    )


def third_next(opened: Iterable[Stretch], taken: Sequence[Stretch]) -> Stretch | None:
    """The open stretch in which a doctor's third free slot lies, earliest first; None when there are fewer."""
    free = 0
    for stretch in sorted(opened, key=lambda each: each.starts):
        if stretch.slot is None:
            continue
        for starts, ends in _gaps(stretch, taken):
            free += (ends - starts) // stretch.slot
        if free >= _THIRD:
            return stretch
    return None


def next_available(clinic: Clinic, practitioner_id: UUID) -> datetime | None:
    """The start of a doctor's first free slot in a clinic within `SOON` days; None where there is none, or no diary."""
    at = clock.now()
    opened, taken = _stretches(clinic, at, SOON, practitioner_id)
    found = (_first_slot(each, taken[practitioner_id]) for each in opened[practitioner_id])
    return min((starts for starts in found if starts is not None), default=None)


def _first_slot(stretch: Stretch, taken: Sequence[Stretch]) -> datetime | None:
    """Slots follow each other from the start of an open stretch; one that has begun is no longer free."""
    if stretch.slot is None:
        return None
    for starts, ends in _gaps(stretch, taken):
        passed = -((stretch.opens - starts) // stretch.slot)  # slots begun before the gap, rounded up
        first = stretch.opens + passed * stretch.slot
        if first + stretch.slot <= ends:
            return first
    return None


def _gaps(stretch: Stretch, taken: Sequence[Stretch]) -> list[tuple[datetime, datetime]]:
    gaps, cursor = [], stretch.starts
    for each in sorted(taken, key=lambda each: each.starts):
        if each.ends <= cursor or each.starts >= stretch.ends:
            continue
        if each.starts > cursor:
            gaps.append((cursor, each.starts))
        cursor = max(cursor, each.ends)
    if cursor < stretch.ends:
        gaps.append((cursor, stretch.ends))
    return gaps


def _stretches(
    clinic: Clinic, at: datetime, days: int = HORIZON, practitioner_id: UUID | None = None
) -> tuple[dict[UUID, list[Stretch]], dict[UUID, list[Stretch]]]:
    """What is open and what is taken in the days from now on, by doctor; of one doctor where one is named."""
    opened: dict[UUID, list[Stretch]] = defaultdict(list)
    taken: dict[UUID, list[Stretch]] = defaultdict(list)
    until = at + timedelta(days=days)
    rows = db.session.execute(_diary(clinic, at, until, practitioner_id)).all()
    lengths = _usual_lengths(clinic, at) if any(row.kind == "open" and not row.slots for row in rows) else {}
    for row in rows:
        ends = row.ends_at or (row.minutes and row.starts_at + timedelta(minutes=row.minutes))
        if not ends or ends <= at:
            continue
        slot = timedelta(minutes=row.minutes / row.slots) if row.slots else lengths.get(row.practitioner_id)
        stretch = Stretch(max(row.starts_at, at), ends, row.local_day, row.department_id, slot, row.starts_at)
        (opened if row.kind == "open" else taken)[row.practitioner_id].append(stretch)
    return opened, taken


def _diary(clinic: Clinic, at: datetime, until: datetime, practitioner_id: UUID | None) -> CompoundSelect[Any]:
    """What is open, blocked and booked, in one statement."""
    return union_all(
        _spans(Availability, clinic, at, until, practitioner_id, Availability.kind, Availability.slots),
        _spans(Appointment, clinic, at, until, practitioner_id, literal("booked"), literal(None, SmallInteger)).where(
            Appointment.status.not_in(_NOT_TAKING)
        ),
    )


def _spans(
    model: type[Any],
    clinic: Clinic,
    at: datetime,
    until: datetime,
    practitioner_id: UUID | None,
    kind: SQLColumnExpression[Any],
    slots: SQLColumnExpression[Any],
) -> Select[Any]:
    whose = model.practitioner_id
    return select(
        whose,
        kind.label("kind"),
        model.starts_at,
        model.ends_at,
        model.local_day,
        model.department_id,
        model.minutes,
        slots.label("slots"),
    ).where(
        model.organization_id == clinic.organization_id,
        model.clinic_id == clinic.id,
        whose.is_not(None) if practitioner_id is None else whose == practitioner_id,
        model.local_day.between(clock.local_day(at, clinic.zone), clock.local_day(until, clinic.zone)),
        model.starts_at < until,
    )


def _usual_lengths(clinic: Clinic, at: datetime) -> dict[UUID, timedelta]:
    """Each doctor's median planned length of a visit lately: a slot's length where the diary does not say it."""
    median = func.percentile_disc(0.5).within_group(Appointment.minutes)
    today = clock.local_day(at, clinic.zone)
    rows = db.session.execute(
        select(Appointment.practitioner_id, median)
        .where(
            Appointment.organization_id == clinic.organization_id,
            Appointment.clinic_id == clinic.id,
            Appointment.local_day >= today - timedelta(days=_PAST),
            Appointment.local_day <= today,
            Appointment.minutes > 0,
        )
        .group_by(Appointment.practitioner_id)
    )
    return {practitioner_id: timedelta(minutes=minutes) for practitioner_id, minutes in rows}
