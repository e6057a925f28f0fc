"""The standing records of one clinic: places, devices, people, opening times of doctors, rosters, costs."""

import json
from collections.abc import Iterator
from random import Random

from app.demo import names
from app.demo.account_records import Coverage
from app.demo.blueprint import OrganizationPlan, Specialty
from app.demo.calendar import iso, iso_day, midnight
from app.demo.chart_records import Preparation
from app.demo.clinic import History
from app.demo.collection import drawn
from app.demo.illnesses import PREPARATIONS
from app.demo.people import Patient, department_id
from app.demo.records import (
    AccessSample,
    Affiliation,
    AppointmentType,
    Availability,
    Clinic,
    Department,
    Equipment,
    Expense,
    Practitioner,
    Record,
    Room,
    Shift,
    flag,
    money,
)
from app.demo.records import Patient as PatientRecord
from app.demo.schedule import Session, day_of_week
from app.demo.staff import costs, roster

BOOKABLE_AHEAD = 56  # days for which sessions are published
ROSTER_AHEAD = 21


def types_of(organization: OrganizationPlan) -> Iterator[AppointmentType]:
    """Two kinds of visit for each specialty of the organization."""
    specialties: dict[str, Specialty] = {
        team.specialty.key: team.specialty for clinic in organization.clinics for team in clinic.teams
    }
    for special in specialties.values():
        for kind, words, price in (("NEW", "first visit", special.price_new), ("RET", "return visit", special.price)):
            yield AppointmentType(
                f"{special.key}-{kind}", f"{special.name}, {words}", special.minutes,
                "new" if kind == "NEW" else "return", money(round(price * organization.price_level / 50) * 50),
            )  # fmt: skip


def preparations_of(organization: OrganizationPlan) -> Iterator[Preparation]:
    """What patient and doctor have ready for each kind of visit."""
    for key in dict.fromkeys(team.specialty.key for clinic in organization.clinics for team in clinic.teams):
        for audience, things in zip(("patient", "doctor"), PREPARATIONS[key], strict=True):
            for kind in ("NEW", "RET"):
                for position, thing in enumerate(things, 1):
                    name = f"{key}-{kind}"
                    yield Preparation(f"{name}-{audience}-{position}", name, audience, position, thing)


def standing(history: History, rng: Random) -> Iterator[Record]:
    """The records of the clinic that have no past: places, people, rosters."""
    yield from _buildings(history, rng)
    yield from _doctors(history, rng)
    for patient in history.patients:
        if not patient.fresh or 0 < patient.registered <= history.marks.last:
            yield patient_record(history, patient, rng)
            yield from _cover(history, patient)
    yield from _shifts(history, rng)


def diaries(history: History, rng: Random, old: bool) -> Iterator[Record]:
    """Opening times, samples of access and costs before the new practice system (`old`) or since."""
    system = iso_day(history.marks.system)
    begun = iso(midnight(history.marks.system, history.plan.zone))
    yield from (row for row in _sessions(history) if (row.starts_at < begun) == old)
    yield from (row for row in _access(history) if (row.local_day < system) == old)
    yield from (row for row in _expenses(history, rng) if (row.day < system) == old)


def _expenses(history: History, rng: Random) -> Iterator[Expense]:
    plan, marks = history.plan, history.marks
    found = costs(plan, marks.first, marks.last, history.organization.price_level, rng)
    for number, (day, category, cents) in enumerate(found):
        yield Expense(f"{plan.key}-X{number + 1:05d}", plan.key, None, iso_day(day), category, money(cents))


def _buildings(history: History, rng: Random) -> Iterator[Record]:
    plan, last = history.plan, history.marks.last
    hours = {
        str(day): [[f"{span[0] // 60:02d}:{span[0] % 60:02d}", f"{span[1] // 60:02d}:{span[1] % 60:02d}"]]
        for day, span in enumerate(plan.hours)
        if span
    }
    yield Clinic(
        plan.key, plan.name, plan.zone, plan.line, plan.city, plan.region, plan.postal_code, plan.country, plan.phone,
        json.dumps(hours), plan.established, plan.accreditation,
    )  # fmt: skip
    for team in plan.teams:
        special = team.specialty
        yield Department(department_id(plan, team), plan.key, special.name, special.name)
        for number in range(team.rooms):
            yield Room(
                f"{plan.key}-R-{special.key}-{number + 1}", plan.key, department_id(plan, team),
                f"{special.name} {number + 1}", "examination",
            )  # fmt: skip
    for number, (kind, name) in enumerate(plan.devices):
        out = name == plan.broken
        due = last + (4 if number == 1 else -3 if out else rng.randrange(20, 330))
        yield Equipment(
            f"{plan.key}-E{number + 1}", plan.key, name, kind, "out_of_service" if out else "in_service",
            iso_day(history.marks.broken if out else history.marks.first), iso_day(due), 480,
        )  # fmt: skip


def _doctors(history: History, rng: Random) -> Iterator[Record]:
    for doctor in history.doctors:
        given, family = doctor.name.rsplit(" ", 1)
        yield Practitioner(
            doctor.id, f"{family}, {given}", "Dr.", doctor.specialty.name, f"L{rng.randrange(10**5, 10**6)}"
        )
        yield Affiliation(
            f"{doctor.id}-AF", doctor.id, history.plan.key, doctor.department_id, "attending", "true",
            iso_day(doctor.joined),
        )  # fmt: skip


def patient_record(history: History, patient: Patient, rng: Random) -> PatientRecord:
    """A patient's record; the address is drawn."""
    plan = history.plan
    number = patient.record_number.rpartition("-")[2]
    mail = f"{patient.given}.{patient.family}.{number}@patients.example".lower()
    return PatientRecord(
        patient.id, patient.record_number, patient.family, patient.given, iso_day(patient.birth),
        "female" if patient.female else "male", f"{plan.phone[:-4]}{int(number) % 10000:04d}", mail,
        f"{rng.randrange(1, 400)} {rng.choice(names.STREETS)}", plan.city, plan.postal_code, plan.country,
        iso_day(patient.registered), None, plan.key, patient.doctor, flag(drawn(patient.id, 5) == 0),
    )  # fmt: skip


def _cover(history: History, patient: Patient) -> Iterator[Coverage]:
    """The policy in force, and for some the one that an earlier payer had ended."""
    payer, marks = patient.payer, history.marks
    if payer is None:
        return
    start = max(patient.birth, marks.first - 30 * drawn(patient.id, 40))
    policy = f"{payer.name[:2].upper()}{drawn(patient.id + 'n', 10**8):08d}"
    yield Coverage(f"{patient.id}-V", patient.id, payer.name, "Health plan", policy, "active", 1, iso_day(start), None)
    former = history.organization.payers[drawn(patient.id, len(history.organization.payers))]
    if former is not payer:
        policy = f"{former.name[:2].upper()}{drawn(patient.id + 'o', 10**8):08d}"
        yield Coverage(
            f"{patient.id}-W", patient.id, former.name, "Health plan", policy, "cancelled", 1,
            iso_day(start - 700), iso_day(start - 1),
        )  # fmt: skip


def _sessions(history: History) -> Iterator[Availability]:
    """Open stretches as published; where one fell out, a block of the same length beside it."""
    until = history.marks.last + BOOKABLE_AHEAD
    for number, session in enumerate(history.sessions):
        if session.day > until:
            continue
        name = f"{history.plan.key}-V{number + 1:06d}"
        yield _stretch(history, session, name, "open", None)
        if session.out and (session.out != "sickness" or session.day <= history.marks.last):
            yield _stretch(history, session, name + "-B", "blocked", session.out)


def _stretch(history: History, session: Session, name: str, kind: str, reason: str | None) -> Availability:
    return Availability(
        name, history.plan.key, session.doctor.department_id, session.doctor.id, kind, reason, iso(session.start),
        iso(session.end), len(session.slots),
    )  # fmt: skip


def _access(history: History) -> Iterator[AccessSample]:
    zone, marks = history.plan.zone, history.marks
    mornings = [(day, midnight(day, zone) + 420) for day in range(marks.first, marks.last + 1) if day_of_week(day) < 5]
    mornings = [(day, at) for day, at in mornings if at <= history.now]
    for doctor in history.doctors:
        known = [(day, at) for day, at in mornings if day >= doctor.joined]
        for day, at, days in history.openings[doctor.id].samples(known):
            yield AccessSample(
                f"{doctor.id}-N{day}", history.plan.key, doctor.department_id, doctor.id, iso_day(day), days, iso(at)
            )


def _shifts(history: History, rng: Random) -> Iterator[Shift]:
    """Rosters since the new practice system, three weeks ahead."""
    plan, marks = history.plan, history.marks
    by_day: dict[int, list[Session]] = {}
    for session in history.sessions:
        if marks.system <= session.day <= marks.last + ROSTER_AHEAD:
            by_day.setdefault(session.day, []).append(session)
    number = 0
    for day, sessions in by_day.items():
        for duty in roster(plan, day, sessions, day == marks.shortage and plan.held_up is not None, rng):
            number += 1
            absent = duty.absent and duty.start <= history.now
            yield Shift(
                f"{plan.key}-H{number:06d}", plan.key, duty.department, duty.doctor, duty.person, duty.role,
                iso(duty.start), iso(duty.end), flag(absent),
            )  # fmt: skip
