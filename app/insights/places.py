"""Alert rules about devices and people: out of service, maintenance due, gaps in the roster."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import ceil

from sqlalchemy import ColumnElement, and_, case, distinct, func, select

from app.extensions import db
from app.insights.episodes import AlertRule, Finding, Situation
from app.models import Appointment, Equipment, Shift

_STATES = {"maintenance": "In maintenance"}


def out_of_service(situation: Situation) -> Iterator[Finding]:
    """Devices that cannot be used. Overdue maintenance belongs to the same alert: one device, one cause to act."""
    for device in _devices(situation, Equipment.status != "in_service"):
        since = f" since {_day(device.status_since)}" if device.status_since else ""
        yield Finding(
            rule="equipment.out_of_service",
            subject=str(device.id),
            severity="high",
            title=f"{device.name} out of service",
            words=f"{_STATES.get(device.status, 'Cannot be used')}{since}.{_overdue(device, situation.day)}",
            evidence={"status": device.status, "since": device.status_since, "due": device.maintenance_due},
            recommendation="Move its bookings to another device.",
        )


def _overdue(device: Equipment, day: date) -> str:
    due = device.maintenance_due
    return f" Its maintenance was due {_day(due)}." if due is not None and due < day else ""


def maintenance_due(situation: Situation) -> Iterator[Finding]:
    """Devices in service whose maintenance is overdue or falls due soon."""
    last = situation.day + timedelta(days=situation.rules.maintenance_days)
    for device in _devices(situation, and_(Equipment.maintenance_due <= last, Equipment.status == "in_service")):
        due = device.maintenance_due
        if due is None:
            continue
        overdue = due < situation.day
        yield Finding(
            rule="equipment.maintenance_due",
            subject=str(device.id),
            severity="high" if overdue else "low",
            title=f"{device.name}: maintenance {'overdue' if overdue else 'due'}",
            words=f"{'Was due' if overdue else 'Due'} {_day(due)}.",
            evidence={"due": due},
            recommendation="Book the maintenance.",
        )


def roster_gap(situation: Situation) -> Iterator[Finding]:
    """Coming days with fewer nurses on the roster than the booked visits ask for."""
    first, last = situation.day, situation.day + timedelta(days=situation.rules.roster_days)
    nurses = dict(_nurses_by_day(situation, first, last))
    for day, visits in _visits_by_day(situation, first, last):
        needed = ceil(visits / situation.rules.visits_per_nurse)
        if (rostered := nurses.get(day, 0)) < needed and day in nurses:
            yield Finding(
                rule="staffing.roster_gap",
                subject=day.isoformat(),
                severity="medium" if needed - rostered > 1 else "low",
                title=f"Nurses short on {_day(day)}",
                words=f"{rostered} on the roster, {needed} needed for {visits} booked visits.",
                evidence={"value": rostered, "limit": needed, "visits": visits},
                recommendation="Ask another clinic for help or move visits.",
            )


def _devices(situation: Situation, condition: ColumnElement[bool]) -> list[Equipment]:
    query = select(Equipment).where(
        Equipment.organization_id == situation.actor.organization_id,
        Equipment.clinic_id == situation.clinic.id,
        condition,
    )
    return list(db.session.scalars(query.order_by(Equipment.name)))


def _nurses_by_day(situation: Situation, first: date, last: date) -> list[tuple[date, int]]:
    working = case((Shift.absent.is_(False), Shift.person))
    query = (
        select(Shift.local_day, func.count(distinct(working)))
        .where(
            Shift.organization_id == situation.actor.organization_id,
            Shift.clinic_id == situation.clinic.id,
            Shift.role == "nurse",
            Shift.local_day.between(first, last),
        )
        .group_by(Shift.local_day)
    )
    return [(day, count) for day, count in db.session.execute(query)]


def _visits_by_day(situation: Situation, first: date, last: date) -> list[tuple[date, int]]:
    query = (
        select(Appointment.local_day, func.count())
        .where(
            Appointment.organization_id == situation.actor.organization_id,
            Appointment.clinic_id == situation.clinic.id,
            Appointment.local_day.between(first, last),
            Appointment.status != "cancelled",
            Appointment.is_test.is_(False),
        )
        .group_by(Appointment.local_day)
        .order_by(Appointment.local_day)
    )
    return [(day, count) for day, count in db.session.execute(query)]


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


RULES = (
    AlertRule("equipment.out_of_service", "equipment", "A device is out of service", out_of_service),
    AlertRule("equipment.maintenance_due", "equipment", "Maintenance falls due", maintenance_due),
    AlertRule("staffing.roster_gap", "staffing", "Fewer nurses than the booked visits need", roster_gap),
)
