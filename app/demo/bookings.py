"""Who books which slot, how far ahead, who cancels and who does not come."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log
from random import Random

from app.demo.blueprint import ClinicPlan
from app.demo.calendar import DAY, EPOCH, midnight, pressure
from app.demo.people import Doctor, Patient, Pool
from app.demo.schedule import Session, day_of_week

EARLIEST = 4  # minutes before its time at which a patient may be taken in
OFFICE = (480, 1050)  # minutes of the day in which the telephone is answered
BASE_NO_SHOW = -3.32
REMINDER_EFFECT = -0.58
_HOUR_EFFECT = {7: 0.22, 8: 0.14, 12: 0.06, 16: 0.1, 17: 0.18, 18: 0.22}
_WEEKDAY_EFFECT = (0.16, 0.0, -0.06, -0.02, 0.1, -0.1, -0.15)


@dataclass(slots=True)
class Booking:
    """An appointment as it will have been in the end; instants are UTC minutes."""

    doctor: Doctor
    patient: Patient
    day: int
    start: int
    minutes: int
    booked: int
    new: bool
    channel: str
    outcome: str = "completed"
    cancelled: int | None = None
    cancelled_by: str | None = None
    reason: str | None = None
    rescheduled: bool = False
    test: bool = False
    id: str = ""
    arrived: int | None = None
    started: int | None = None
    finished: int | None = None
    room: str | None = None
    extras: tuple[int, ...] = ()

    @property
    def left(self) -> int:
        """When a visit that took place was over."""
        return self.noted if self.finished is None else self.finished

    @property
    def ready(self) -> int:
        """When the patient could be taken in: there, and not long before the time."""
        return max(self.start - EARLIEST, self.start if self.arrived is None else self.arrived)

    @property
    def noted(self) -> int:
        """When the desk notes that nobody came."""
        return self.start + self.minutes


class Desk:
    """Takes the bookings of one clinic, day after day, and remembers what it must."""

    def __init__(self, plan: ClinicPlan, pools: dict[str, Pool], last: int, reminder: int, rng: Random) -> None:
        self.plan, self.pools, self.last, self.reminder, self.rng = plan, pools, last, reminder, rng
        self.moved: dict[str, list[tuple[int, Patient]]] = {key: [] for key in pools}
        self.new_share: dict[str, float] = {}

    def expect(self, key: str, bookings: float) -> None:
        """Spreads the department's patients still to come over the bookings expected until the end."""
        self.new_share[key] = len(self.pools[key].fresh) / max(1.0, bookings)

    def fill(self, session: Session) -> list[Booking]:
        """The bookings of a session, cancelled ones and those that took their place included."""
        rng, special = self.rng, session.doctor.specialty
        push = pressure(session.day, special.winter, self.last)
        weekend = day_of_week(session.day) >= 5
        found: list[Booking] = []
        for number, start in enumerate(session.slots):
            held = weekend or (number % 5 == 2 and rng.random() < special.held * 5)
            chance = min(0.96, 0.66 * push * push) if held else min(0.985, 0.9 * push + 0.045)
            if rng.random() < chance:
                found += self._slot(session, start, held, push)
            if not weekend and push > 1.08 and rng.random() < (push - 1.08) * 0.6:
                found += self._slot(session, start, True, push)
        return found

    def _slot(self, session: Session, start: int, held: bool, push: float) -> list[Booking]:
        made, earliest = [], 0
        for _ in range(3):
            booking = self._book(session, start, held, push, earliest)
            if booking is None:
                break
            made.append(booking)
            self._cancel(booking, session)
            if booking.cancelled is None:
                break
            notice = booking.start - booking.cancelled
            if session.out or self.rng.random() > (0.7 if notice > 2 * DAY else 0.4 if notice > DAY else 0.12):
                break
            earliest = booking.cancelled
        return made

    def _book(self, session: Session, start: int, held: bool, push: float, earliest: int) -> Booking | None:
        rng, special = self.rng, session.doctor.specialty
        booked, channel = self._when(session, start, held, push, earliest)
        if booked is None or (session.out and session.out != "sickness"):
            return None
        on = self._day_of(booked, session.day)
        pool = self.pools[special.key]
        moved = self.moved[special.key]
        patient = None
        if moved and moved[0][0] < booked:
            patient = moved.pop(0)[1]
        elif pool.fresh and rng.random() < self.new_share[special.key]:
            patient = pool.fresh.pop()
            patient.registered = on
            pool.regulars.extend([patient] * patient.weight)
            channel = "online" if rng.random() < 0.45 else "phone"
        else:
            patient = _regular(pool, session.day, on, rng)
        if patient is None:
            return None
        patient.used = True
        new = patient.fresh and not patient.visits
        return Booking(session.doctor, patient, session.day, start, special.minutes, booked, new, channel)

    def _when(self, session: Session, start: int, held: bool, push: float, earliest: int) -> tuple[int | None, str]:
        """The instant and channel of the booking; None when the slot can no longer be taken."""
        rng, special = self.rng, session.doctor.specialty
        opens = session.start - 30
        if held:
            lead = 0 if rng.random() < 0.72 else 1
        else:
            lead = max(1, min(150, round(rng.lognormvariate(log(special.lead_days * push), 0.55))))
        if lead == 0 and start - opens > 60:
            booked = rng.randrange(max(opens, start - 300), start - 24)
        else:
            day = session.day - max(1, lead)
            booked = midnight(day, self.plan.zone) + rng.randrange(*OFFICE)
        if booked < earliest:
            booked = earliest + rng.randrange(20, 900)
            if booked > start - 60:
                return None, ""
        closed = self.plan.hours[day_of_week(session.day - lead)] is None
        online = 0.3 + 0.12 * (1 - (self.last - session.day) / 1100)
        draw = rng.random()
        return booked, "online" if closed or draw < online else "phone" if draw < online + 0.42 else "desk"

    def _day_of(self, minute: int, near: int) -> int:
        """The clinic's day (ordinal) of an instant, by the offset that holds on a day near it."""
        offset = midnight(near, self.plan.zone) - (near - EPOCH) * DAY
        return (minute - offset) // DAY + EPOCH

    def _cancel(self, booking: Booking, session: Session) -> None:
        rng = self.rng
        lead = booking.start - booking.booked
        if session.out == "sickness":
            booking.outcome, booking.cancelled_by, booking.reason = "cancelled", "clinic", "practitioner_ill"
            booking.cancelled = max(booking.booked + 5, session.start - rng.randrange(30, 75))
            booking.rescheduled = rng.random() < 0.7
        elif lead > 1.5 * DAY and rng.random() < 0.105:
            by_clinic = rng.random() < 0.15
            booking.outcome, booking.cancelled_by = "cancelled", "clinic" if by_clinic else "patient"
            booking.reason = rng.choice(_REASONS[booking.cancelled_by])
            notice = min(lead - 60, int(rng.expovariate(1 / (2.6 * DAY))) + 45)
            booking.cancelled = booking.start - notice
            booking.rescheduled = rng.random() < (0.8 if by_clinic else 0.32)
        if booking.cancelled is not None and booking.rescheduled:
            self.moved[booking.doctor.specialty.key].append((booking.cancelled, booking.patient))

    def turn_out(self, booking: Booking) -> None:
        """Decides whether the patient of a standing booking comes, in the order of days."""
        rng, patient = self.rng, booking.patient
        if booking.cancelled is not None:
            return
        draw = rng.random()
        if draw < 0.0035:
            booking.outcome = "unknown"
        elif rng.random() < self._no_show_chance(booking):
            booking.outcome = "no_show"
            patient.no_shows += 1
        else:
            patient.visits += 1
            patient.seen = booking.day
            booking.test = draw > 0.9985

    def _no_show_chance(self, booking: Booking) -> float:
        patient = booking.patient
        lead = max(0, (booking.start - booking.booked) // DAY)
        local = (booking.start - midnight(booking.day, self.plan.zone)) // 60
        odds = BASE_NO_SHOW + booking.doctor.specialty.no_show + patient.careless - 0.1
        odds += 0.2 * log(1 + lead) - 0.35
        odds += _age_effect(patient.age(booking.day)) + 0.3 * booking.new + 0.45 * min(3, patient.no_shows)
        odds -= 0.02 * patient.visits if patient.visits < 15 else 0.3
        odds += _HOUR_EFFECT.get(local, 0.0) + _WEEKDAY_EFFECT[day_of_week(booking.day)]
        odds += 0.12 * _snow(booking.day)
        if booking.day >= self.reminder and lead >= 2:
            odds += REMINDER_EFFECT
        return 1 / (1 + exp(-odds))


_REASONS = {
    "patient": ("patient_ill", "work", "transport", "better", "other"),
    "clinic": ("practitioner_away", "equipment", "overbooked"),
}


def _regular(pool: Pool, day: int, booked_on: int, rng: Random) -> Patient | None:
    """A patient who still comes and was not seen in the last days; whoever has left is taken off the list."""
    regulars = pool.regulars
    for _ in range(12):
        if not regulars:
            return None
        index = int(rng.random() * len(regulars))
        patient = regulars[index]
        if patient.leaves >= day and patient.registered <= booked_on:
            if abs(patient.seen - day) > 3:
                return patient
        elif patient.leaves < day:
            regulars[index] = regulars[-1]
            regulars.pop()
    return None


def _age_effect(age: int) -> float:
    return 0.05 if age < 16 else 0.42 if age < 30 else 0.15 if age < 45 else -0.1 if age < 65 else -0.38


def _snow(day: int) -> float:
    """1 in the depth of winter, 0 from April to October."""
    of_year = day % 365.25
    return max(0.0, 1 - abs((of_year + 182) % 365.25 - 182 - 20) / 60)


def usual_doctors(bookings: Iterable[Booking]) -> None:
    """Gives each patient who came twice or more the doctor whom they saw most often, the first of equals."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    patients: dict[str, Patient] = {}
    for booking in bookings:
        if booking.finished is not None:
            seen[booking.patient.id][booking.doctor.id] += 1
            patients[booking.patient.id] = booking.patient
    for name, counts in seen.items():
        if counts.total() > 1:
            patients[name].doctor = counts.most_common(1)[0][0]
