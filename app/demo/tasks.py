"""Work that visits leave behind: follow-ups, results to look at, referrals, billing questions."""

from dataclasses import dataclass
from random import Random

from app.demo.bookings import Booking
from app.demo.calendar import DAY, midnight

_OTHERS = (
    ("lab_review", "normal", "Laboratory result to review", 0.02, 5),
    ("referral", "normal", "Referral letter to send", 0.01, 10),
    ("billing", "low", "Insurance details to complete", 0.006, 14),
)


@dataclass(frozen=True)
class Todo:
    """A task as it will have gone; `contacts` are the instants at which the patient was tried."""

    kind: str
    priority: str
    title: str
    created: int
    due: int
    done: int | None
    contacts: tuple[int, ...]
    outcome: str | None


def tasks_of(booking: Booking, zone: str, rng: Random) -> list[Todo]:
    """The tasks of one finished visit."""
    found = []
    special = booking.doctor.specialty
    if rng.random() < 0.045:
        due = booking.day + rng.choice((14, 30, 42, 90, 180))
        found.append(_follow_up(booking, rng.choice(special.follow_ups), due, zone, rng))
    for kind, priority, title, chance, days in _OTHERS:
        if rng.random() < chance:
            due = booking.day + days
            done = midnight(booking.day + int(rng.expovariate(2.2 / days)) + 1, zone) + rng.randrange(500, 1000)
            found.append(Todo(kind, priority, title, booking.day, due, done, (), None))
    return found


def _follow_up(booking: Booking, title: str, due: int, zone: str, rng: Random) -> Todo:
    """Most are done about the day they are due; one in seven drags on and some are reached only after months."""
    priority = rng.choices(("low", "normal", "high"), (15, 65, 20))[0]
    slip = round(rng.gauss(-4, 5)) if rng.random() < 0.85 else 8 + int(rng.expovariate(1 / 60))
    done = midnight(max(booking.day + 1, due + slip), zone) + rng.randrange(500, 1000)
    tries: list[int] = []
    at = midnight(due + 2, zone) + rng.randrange(540, 960)
    while slip > 0 and at < done and len(tries) < 4 and rng.random() < 0.7:
        tries.append(at)
        at += DAY * rng.randrange(3, 15)
    outcome = rng.choices(("no_answer", "message", "reached"), (50, 35, 15))[0] if tries else None
    return Todo("follow_up", priority, title, booking.day, due, done, tuple(tries), outcome)
