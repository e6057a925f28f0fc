"""Rosters of nurses and support, and what running a clinic costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil
from random import Random

from app.demo.blueprint import ClinicPlan
from app.demo.calendar import midnight
from app.demo.schedule import Session, day_of_week

SHORT_BY = 3  # nurses missing on the day of the shortage
COSTS = (
    ("rent", 9200),
    ("energy", 950),
    ("supplies", 3100),
    ("software", 1250),
    ("insurance", 1100),
    ("cleaning", 900),
)


@dataclass(frozen=True)
class Duty:
    """One person's shift; instants are UTC minutes."""

    person: str
    role: str
    doctor: str | None
    department: str | None
    start: int
    end: int
    absent: bool


def roster(plan: ClinicPlan, day: int, sessions: list[Session], short: bool, rng: Random) -> list[Duty]:
    """The shifts of an open day: each doctor's, a nurse a doctor and one more, support for every second doctor."""
    hours = plan.hours[day_of_week(day)]
    working = _by_doctor(sessions)
    if hours is None or not working:
        return []
    found = []
    for parts in working.values():
        first, last = parts[0], parts[-1]
        doctor = first.doctor
        found.append(
            Duty(f"{doctor.id}", "doctor", doctor.id, doctor.department_id, first.start - 15, last.end + 20,
                 first.out == "sickness")
        )  # fmt: skip
    nurses = len(working) + 1 - SHORT_BY * short
    found += _crew(plan, day, hours, "nurse", nurses, len(plan.teams) + plan.doctors, rng)
    found += _crew(plan, day, hours, "support", ceil(len(working) / 2) + 1, plan.doctors // 2 + 3, rng)
    return found


def _by_doctor(sessions: list[Session]) -> dict[str, list[Session]]:
    """The sessions of those on the roster: leave and training are known ahead, sickness is not."""
    found: dict[str, list[Session]] = {}
    for session in sessions:
        if session.out in (None, "sickness"):
            found.setdefault(session.doctor.id, []).append(session)
    return found


def _crew(
    plan: ClinicPlan, day: int, hours: tuple[int, int], role: str, count: int, staff: int, rng: Random
) -> Iterator[Duty]:
    base = midnight(day, plan.zone)
    length = min(510, hours[1] - hours[0] + 30)
    for place in range(max(1, count)):
        person = f"{plan.key}-{role[0].upper()}{(day * 3 + place) % max(staff, count) + 1:02d}"
        late = place % 2 and hours[1] - hours[0] > 600
        start = base + (hours[1] + 15 - length if late else hours[0] - 15)
        yield Duty(person, role, None, None, start, start + length, rng.random() < 0.028)


def costs(plan: ClinicPlan, first: int, last: int, level: float, rng: Random) -> list[tuple[int, str, int]]:
    """(day, category, cents) of each month: fixed costs by the clinic's size, wages on the last working day."""
    found = []
    for day in range(first, last + 1):
        moment = date.fromordinal(day)
        if moment.day == 1:
            growth = 1 + 0.03 * (day - first) / 365
            for category, each in COSTS:
                amount = each * plan.doctors * level * growth * rng.uniform(0.94, 1.08) / 4
                found.append((day, category, round(amount) * 100))
        if date.fromordinal(day + 1).day == 1:
            wages = plan.doctors * 9600 + (len(plan.teams) + plan.doctors) * 2500
            found.append((day, "wages", round(wages * level * rng.uniform(0.98, 1.03)) * 100))
    return found
