"""Two small organizations to look at: eight weeks of visits up to this minute, money, answers, people of every role.

The clinics' zone is chosen so that it is about one o'clock there whenever the tests run: some patients are done, some
wait, some are still to come.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import cycle, islice
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from app.core.clock import now, today
from app.core.ids import new_id
from app.core.passwords import hash_password
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import Base, db
from app.models import (
    Affiliation,
    Appointment,
    CalendarEvent,
    Clinic,
    Department,
    Equipment,
    Invoice,
    Message,
    Organization,
    Patient,
    Payment,
    Practitioner,
    Room,
    SurveyAnswer,
    Target,
    Task,
)
from app.rollups.refresh import refresh
from app.services.organizations import add_member, create_organization, create_user
from app.services.platform import platform_counts, platform_health

Row = TypeVar("Row", bound=Base)

PASSWORD = "quiet rivers carry boats"
DAYS = 56
STARTS = (time(9), time(10), time(12, 40), time(15))
MARKUP = "<script>document.title='planted'</script>"
CANARY = "Zebracanary"
PRICE = Decimal("137.00")
ZONES = (
    "Pacific/Pago_Pago",
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Halifax",
    "America/Sao_Paulo",
    "Atlantic/South_Georgia",
    "Atlantic/Azores",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Asia/Baghdad",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Brisbane",
    "Pacific/Noumea",
    "Pacific/Auckland",
)


@dataclass
class World:
    """What tests need to know of what was made."""

    organization_id: UUID
    clinic_id: UUID
    second_clinic_id: UUID
    foreign_clinic_id: UUID
    waiting_id: UUID
    names: list[str] = field(default_factory=list)
    patients: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    """A clinic with what belongs to it."""

    clinic: Clinic
    departments: list[Department]
    doctors: list[Practitioner]
    rooms: list[Room]
    patients: list[Patient]


def build() -> World:
    """Makes both organizations with their records, people and figures; needs an application context."""
    zone = min(ZONES, key=lambda name: abs(now().astimezone(ZoneInfo(name)).hour - 13))
    north = create_organization("north", "North Clinics", zone)
    south = create_organization("south", "South Clinics", zone, currency="EUR")
    main = _fill(north, "Downtown Clinic", visits_a_day=3)
    second = _fill(north, "Riverside Clinic", visits_a_day=1)
    foreign = _fill(south, "Foreign Clinic", visits_a_day=1)
    _people(north, main)
    for organization in (north, south):
        refresh(organization.id)
    with tenant_scope(north.id):
        here = (Appointment.organization_id == north.id, Appointment.clinic_id == main.clinic.id)
        of_doctor = (Appointment.practitioner_id == main.doctors[0].id, Appointment.status == "arrived")
        waiting = select(Appointment.id).where(*here, *of_doctor).order_by(Appointment.starts_at)
        waits = db.session.scalars(waiting.limit(1)).one()
        names, patients = [patient.name for patient in main.patients], [patient.id for patient in main.patients]
    return World(north.id, main.clinic.id, second.clinic.id, foreign.clinic.id, waits, names, patients)


def change(world: World, **values: object) -> None:
    """Changes the patient who waits, as a push would, and sums up."""
    with tenant_scope(world.organization_id):
        row = db.session.get_one(Appointment, (world.organization_id, world.waiting_id))
        for name, value in values.items():
            setattr(row, name, value)
        db.session.commit()
    refresh(world.organization_id)


def walk_in(world: World) -> None:
    """Another patient of the first doctor comes today, unannounced."""
    with _main(world) as (organization, place):
        at = now().astimezone(ZoneInfo(organization.zone)).replace(second=0, microsecond=0) + timedelta(minutes=30)
        visit = _visit(organization, place, at.date(), at.time(), "booked", 0)
        visit.patient_id = place.patients[-1].id


def book(world: World) -> None:
    """The patient who may log in books two visits, in three days and in ten."""
    with _main(world) as (organization, place):
        for days in (3, 10):
            visit = _visit(organization, place, today(organization.zone) + timedelta(days=days), time(10), "booked", 0)
            visit.patient_id = place.patients[0].id


def pay(world: World) -> None:
    """A visit of today is billed and paid."""
    with _main(world) as (organization, place):
        day = today(organization.zone)
        _bill(organization, place, _visit(organization, place, day, time(8), "completed", 3), paid=True)


def write_to_patient(world: World) -> None:
    """The practice writes to the patient who may log in."""
    with _main(world) as (organization, place):
        message = Message(organization_id=organization.id, id=new_id(), clinic_id=place.clinic.id)
        message.patient_id, message.practitioner_id = place.patients[0].id, place.doctors[0].id
        message.sender, message.sent_at, message.local_day = "practice", now(), today(organization.zone)
        message.subject, message.body = "Your next visit", "Bring the letter of your other doctor."
        db.session.add(message)


def count_anew(world: World) -> None:
    """Somebody walks in, and the scheduler counts the organization and measures the installation."""
    walk_in(world)
    platform_counts.take(world.organization_id)
    platform_health.moved()


@contextmanager
def _main(world: World) -> Iterator[tuple[Organization, Place]]:
    """The organization and its main clinic, to store something in, as a push would; summed up afterwards."""
    with tenant_scope(world.organization_id):
        organization = db.session.get_one(Organization, world.organization_id)
        clinic = db.session.get_one(Clinic, (world.organization_id, world.clinic_id))
        here = Affiliation.clinic_id == clinic.id
        doctors = select(Practitioner).join(Affiliation, Affiliation.practitioner_id == Practitioner.id).where(here)
        place = Place(
            clinic,
            _all(select(Department).where(Department.clinic_id == clinic.id)),
            _all(doctors.order_by(Practitioner.name)),
            _all(select(Room).where(Room.clinic_id == clinic.id)),
            [db.session.get_one(Patient, (world.organization_id, patient_id)) for patient_id in world.patients],
        )
        yield organization, place
        db.session.commit()
    refresh(world.organization_id)


def _all(query: Select[tuple[Row]]) -> list[Row]:
    return list(db.session.scalars(query))


def _people(organization: Organization, place: Place) -> None:
    hashed = hash_password(PASSWORD)
    links = {Role.DOCTOR: {"practitioner_id": place.doctors[0].id}, Role.PATIENT: {"patient_id": place.patients[0].id}}
    for role in Role:
        user = create_user(address(role), f"{role.value.title()} Person", hashed, role is Role.PLATFORM_ADMIN)
        add_member(organization.id, user.id, [role], **links.get(role, {}))


def address(role: Role) -> str:
    """The mail address that a role logs in with."""
    return f"{role.value}@downtown-clinics.north.example"


def _fill(organization: Organization, name: str, visits_a_day: int) -> Place:
    with tenant_scope(organization.id):
        place = _place(organization, name)
        day = today(organization.zone)
        for back in range(DAYS, 0, -1):
            _day(organization, place, day - timedelta(days=back), visits_a_day, back)
        _today(organization, place, day)
        _extras(organization, place, day)
        db.session.commit()
    return place


def _row(table: type[Row], organization: Organization, /, **values: object) -> Row:
    row = table(organization_id=organization.id, id=new_id(), **values)
    db.session.add(row)
    return row


def _place(organization: Organization, name: str) -> Place:
    hours = {str(day): [["07:00", "19:00"]] for day in range(7)}
    clinic = _row(Clinic, organization, name=name, zone=organization.zone, opening_hours=hours)
    db.session.flush()
    departments = [
        _row(Department, organization, clinic_id=clinic.id, name=title)
        for title in ("Cardiology", "Ear, nose & throat", "General practice")
    ]
    db.session.flush()
    doctors = [
        _row(Practitioner, organization, name=title, prefix="Dr.", specialty="General practice")
        for title in ("Example, Ada", "Sample, Ben", "Mock, Cleo")
    ]
    rooms = [_row(Room, organization, clinic_id=clinic.id, name=f"Room {number}") for number in range(1, 6)]
    patients = [_patient(organization, number) for number in range(24)]
    db.session.flush()
    for doctor, department in zip(doctors, departments, strict=True):
        _row(Affiliation, organization, practitioner_id=doctor.id, clinic_id=clinic.id, department_id=department.id)
    db.session.flush()
    return Place(clinic, departments, doctors, rooms, patients)


def _patient(organization: Organization, number: int) -> Patient:
    patient = Patient(organization_id=organization.id, id=new_id(), registered_on=date(2020, 1, 1))
    patient.name = f"{CANARY}{number}, {MARKUP}" if number % 4 == 0 else f"{CANARY}{number}, Pat"
    patient.record_number = f"MC-{number:06d}"
    db.session.add(patient)
    return patient


def _day(organization: Organization, place: Place, day: date, visits: int, seed: int) -> None:
    for number in range(visits):
        chance = (seed * 7 + number * 3) % 20
        status = "no_show" if chance == 0 else "cancelled" if chance in (1, 2) else "completed"
        visit = _visit(organization, place, day, STARTS[number], status, seed + number)
        if status == "completed":
            _bill(organization, place, visit, paid=chance % 3 > 0)
            _survey(organization, place, visit, chance)


def _today(organization: Organization, place: Place, day: date) -> None:
    local = now().astimezone(ZoneInfo(organization.zone)).replace(second=0, microsecond=0)
    plan = ((-120, "completed"), (-90, "completed"), (-60, "cancelled"), (-50, "no_show"), (-25, "started"))
    more = ((-15, "started"), (-12, "arrived"), (-5, "arrived"), (60, "booked"), (120, "booked"), (150, "booked"))
    for number, (minutes, status) in enumerate(plan + more):
        at = local + timedelta(minutes=minutes)
        visit = _visit(organization, place, day, at.time(), status, number)
        if status == "completed":
            _bill(organization, place, visit, paid=True)


def _visit(organization: Organization, place: Place, day: date, at: time, status: str, seed: int) -> Appointment:
    start = datetime.combine(day, at, ZoneInfo(place.clinic.zone))
    wait, came, begun = seed % 18, status in ("completed", "started", "arrived"), status in ("completed", "started")
    done = status == "completed"
    return _row(
        Appointment,
        organization,
        clinic_id=place.clinic.id,
        department_id=place.departments[seed % 3].id,
        practitioner_id=place.doctors[seed % 3].id,
        patient_id=place.patients[seed % len(place.patients)].id,
        room_id=place.rooms[seed % 5].id,
        status=status,
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        booked_at=start - timedelta(days=10),
        arrived_at=start - timedelta(minutes=4) if came else None,
        started_at=start + timedelta(minutes=wait) if begun else None,
        finished_at=start + timedelta(minutes=wait + 20) if done else None,
        cancelled_at=start - timedelta(days=1) if status == "cancelled" else None,
        cancelled_by="patient" if status == "cancelled" else None,
        local_day=day,
        local_hour=at.hour,
        minutes=30,
        lead_days=10,
        wait_minutes=wait if begun else None,
        start_delay_minutes=wait if begun else None,
        visit_minutes=20 if done else None,
        cycle_minutes=wait + 24 if done else None,
    )


def _bill(organization: Organization, place: Place, visit: Appointment, paid: bool) -> None:
    invoice = _row(
        Invoice,
        organization,
        clinic_id=place.clinic.id,
        department_id=visit.department_id,
        practitioner_id=visit.practitioner_id,
        patient_id=visit.patient_id,
        status="paid" if paid else "issued",
        service_day=visit.local_day,
        issue_day=visit.local_day,
        due_day=visit.local_day + timedelta(days=30),
        total=PRICE,
        paid=PRICE if paid else Decimal(0),
        balance=Decimal(0) if paid else PRICE,
    )
    if paid:
        db.session.flush()
        _row(
            Payment,
            organization,
            clinic_id=place.clinic.id,
            patient_id=visit.patient_id,
            invoice_id=invoice.id,
            department_id=visit.department_id,
            practitioner_id=visit.practitioner_id,
            status="settled",
            method="card",
            paid_at=visit.starts_at,
            local_day=visit.local_day,
            amount=PRICE,
        )


def _survey(organization: Organization, place: Place, visit: Appointment, chance: int) -> None:
    _row(
        SurveyAnswer,
        organization,
        clinic_id=place.clinic.id,
        department_id=visit.department_id,
        practitioner_id=visit.practitioner_id,
        patient_id=visit.patient_id,
        asked_day=visit.local_day,
        answered_at=visit.starts_at + timedelta(hours=5),
        satisfaction=3 + chance % 3,
        recommend=6 + chance % 5,
    )


def _extras(organization: Organization, place: Place, day: date) -> None:
    for number, patient in enumerate(islice(cycle(place.patients), 7)):
        task = Task(
            organization_id=organization.id,
            id=new_id(),
            clinic_id=place.clinic.id,
            patient_id=patient.id,
            practitioner_id=place.doctors[number % 3].id,
            kind="follow_up",
            created_day=day - timedelta(days=60),
            due_day=day - timedelta(days=3 + number * 5),
        )
        task.title = "Repeat blood test"
        db.session.add(task)
    _row(Equipment, organization, clinic_id=place.clinic.id, name="X-ray 1", kind="xray", minutes_a_day=480)
    soon = now() + timedelta(days=3)
    _row(CalendarEvent, organization, clinic_id=place.clinic.id, kind="staff", title="Training", starts_at=soon)
    for metric, value in (("attendance.no_show_rate", "0.05"), ("waiting.wait_median", "10")):
        _row(
            Target,
            organization,
            clinic_id=None,
            metric=metric,
            value=Decimal(value),
            valid_from=day - timedelta(days=90),
            set_by="Test",
            set_at=now(),
        )
