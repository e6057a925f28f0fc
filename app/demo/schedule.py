"""When doctors work: weekly patterns, leave, sickness, and the slots that come of them."""

from dataclasses import dataclass
from random import Random

from app.demo.blueprint import ClinicPlan
from app.demo.calendar import holiday, midnight
from app.demo.people import Doctor

# Weekdays with (morning, afternoon); neighbours in the list of doctors take different ones.
_PATTERNS_20 = (
    {0: (1, 1), 1: (1, 1), 3: (1, 1)},
    {0: (1, 0), 1: (0, 1), 2: (1, 1), 4: (1, 1)},
    {0: (0, 1), 2: (1, 1), 3: (1, 1), 4: (1, 0)},
)
_PATTERNS_30 = (
    {0: (1, 1), 1: (1, 1), 3: (1, 1), 4: (1, 1)},
    {0: (1, 1), 1: (1, 1), 2: (1, 1), 3: (1, 1)},
)
MORNING, AFTERNOON = 240, 160


@dataclass(frozen=True)
class Session:
    """A stretch of a doctor's day with its slots, in UTC minutes; `out` says why it does not take place."""

    doctor: Doctor
    day: int
    start: int
    end: int
    slots: tuple[int, ...]
    out: str | None


class Schedule:
    """The working days of one clinic's doctors from `first` to `last` (ordinals)."""

    def __init__(self, plan: ClinicPlan, doctors: list[Doctor], first: int, last: int, rng: Random) -> None:
        self.plan, self.doctors = plan, doctors
        self.out = {doctor.id: _absences(first, last, rng) for doctor in doctors}

    def day(self, day: int) -> list[Session]:
        """The sessions of a day, those that fall out included."""
        hours = self.plan.hours[day_of_week(day)]
        if hours is None or holiday(day, self.plan.country):
            return []
        base = midnight(day, self.plan.zone)
        found = []
        for doctor in self.doctors:
            if doctor.joined <= day:
                out = self.out[doctor.id].get(day)
                for start, end in self._hours(doctor, day, hours):
                    minutes = doctor.specialty.minutes
                    slots = tuple(range(base + start, base + end - minutes + 1, minutes))
                    found.append(Session(doctor, day, base + start, base + end, slots, out))
        return found

    def _hours(self, doctor: Doctor, day: int, hours: tuple[int, int]) -> list[tuple[int, int]]:
        weekday = day_of_week(day)
        if weekday >= 5:
            return [hours] if self._on_duty(doctor, day) else []
        patterns = _PATTERNS_20 if doctor.specialty.minutes == 20 else _PATTERNS_30
        morning, afternoon = patterns[doctor.pattern % len(patterns)].get(weekday, (0, 0))
        start = hours[0] + doctor.early
        if hours[1] - hours[0] > 660 and doctor.pattern % 2:
            start = hours[1] - MORNING - AFTERNOON - 60 - doctor.early
        pause = start + MORNING + 60
        return [(start, start + MORNING)] * morning + [(pause, pause + AFTERNOON)] * afternoon

    def _on_duty(self, doctor: Doctor, day: int) -> bool:
        """At weekends the clinic's general practitioners and its pediatrician take turns."""
        if doctor.specialty.key == "GP":
            team = sum(1 for other in self.doctors if other.specialty.key == "GP")
            return (day // 7) % team == doctor.seat
        return doctor.specialty.children and (day // 7) % 2 == 0


def day_of_week(day: int) -> int:
    """0 = Monday, of an ordinal day."""
    return (day - 1) % 7


def _absences(first: int, last: int, rng: Random) -> dict[int, str]:
    """Days out with the reason: five weeks of leave a year in blocks, two or three short illnesses, a course."""
    out: dict[int, str] = {}
    for year in range(first, last + 1, 365):
        for length in (14, 7, 7, 5):
            start = year + rng.randrange(365 - length)
            out.update(dict.fromkeys(range(start, start + length), "leave"))
        start = year + rng.randrange(365)
        out.setdefault(start, "training")
        for _ in range(rng.choice((1, 2, 2, 3))):
            start = year + rng.randrange(365)
            for day in range(start, start + rng.choice((1, 1, 2))):
                out.setdefault(day, "sickness")
    return {day: reason for day, reason in out.items() if first <= day <= last}
