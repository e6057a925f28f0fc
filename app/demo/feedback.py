"""What patients say afterwards, and what goes wrong."""

from dataclasses import dataclass
from random import Random

from app.demo.bookings import Booking
from app.demo.calendar import DAY

ASKED = 0.2
COMPLAINTS = ("waiting", "communication", "billing", "care", "facilities")
INCIDENTS = ("medication", "fall", "documentation", "equipment", "infection control")
SEVERITIES = (("near_miss", 55), ("minor", 32), ("moderate", 11), ("severe", 2))
_WORDS = {
    "waiting": "Waited long past the time of the appointment.",
    "communication": "Was not called back as promised.",
    "billing": "The invoice lists a service that was not given.",
    "care": "Felt hurried during the visit.",
    "facilities": "The entrance could not be used with a walker.",
}


@dataclass(frozen=True)
class Answer:
    """A survey: asked on a day, answered or not."""

    asked: int
    answered: int | None
    satisfaction: int | None
    recommend: int | None


@dataclass(frozen=True)
class Grievance:
    """A complaint with its day of receipt and of closing."""

    received: int
    closed: int
    category: str
    text: str


def waited(booking: Booking) -> int:
    """Minutes the patient sat waiting beyond the planned time; 0 where the arrival was not noted."""
    if booking.arrived is None or booking.started is None:
        return 0
    return max(0, booking.started - max(booking.arrived, booking.start))


def survey(booking: Booking, rng: Random) -> Answer | None:
    """The survey of one visit in five. Long waits cost marks; older patients reply more often."""
    if rng.random() >= ASKED:
        return None
    age = booking.patient.age(booking.day)
    if rng.random() >= 0.17 + 0.0024 * age:
        return Answer(booking.day, None, None, None)
    wait = waited(booking)
    mood = 4.72 + booking.doctor.kind - 0.022 * max(0, wait - 6) + rng.gauss(0, 0.62)
    satisfaction = max(1, min(5, round(mood)))
    recommend = max(0, min(10, round(2.05 * mood - 0.35 + rng.gauss(0, 0.9))))
    later = booking.left + 90 + int(rng.expovariate(1 / (1.4 * DAY)))
    return Answer(booking.day, later, satisfaction, recommend)


def complaint(booking: Booking, rng: Random) -> Grievance | None:
    """A complaint after a visit: two in a thousand, six times as often after a wait over 40 minutes."""
    wait = waited(booking)
    if rng.random() >= (0.013 if wait > 40 else 0.0021):
        return None
    category = "waiting" if wait > 40 and rng.random() < 0.8 else rng.choices(COMPLAINTS, (20, 30, 24, 16, 10))[0]
    received = booking.day + rng.randrange(0, 9)
    return Grievance(received, received + 2 + int(rng.expovariate(1 / 16)), category, _WORDS[category])


def incident(rng: Random) -> tuple[str, str] | None:
    """Severity and category of an incident at a visit, one in about 600."""
    if rng.random() >= 0.0017:
        return None
    severity = rng.choices([name for name, _ in SEVERITIES], [weight for _, weight in SEVERITIES])[0]
    return severity, rng.choice(INCIDENTS)
