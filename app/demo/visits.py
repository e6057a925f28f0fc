"""How a department's day runs: arrivals, queues for doctors and rooms, visit lengths, devices used."""

from dataclasses import dataclass, field
from math import log
from random import Random

from app.demo.blueprint import ClinicPlan, Team
from app.demo.bookings import Booking

_LATEST = 60  # uses of a device that may be of the same day
TURNOVER = 4  # minutes to ready a room


@dataclass(slots=True)
class Place:
    """A room: free again from an instant on."""

    id: str
    free: int = 0


@dataclass(slots=True)
class Device:
    """A device and its uses, day by day."""

    id: str
    uses: list["Use"] = field(default_factory=list)


@dataclass(frozen=True)
class Use:
    """A device in use during a visit."""

    device: str
    booking: Booking
    start: int
    end: int


class Floor:
    """The rooms and devices of one clinic and the days that run on them."""

    def __init__(self, plan: ClinicPlan, rng: Random) -> None:
        self.plan, self.rng = plan, rng
        self.rooms = {
            team.specialty.key: [Place(f"{plan.key}-R-{team.specialty.key}-{n + 1}") for n in range(team.rooms)]
            for team in plan.teams
        }
        self.devices: dict[str, list[Device]] = {}
        for number, (kind, name) in enumerate(plan.devices):
            if name != plan.broken:
                self.devices.setdefault(kind, []).append(Device(f"{plan.key}-E{number + 1}"))

    def run(self, team: Team, bookings: list[Booking], slowness: float, held_up: bool) -> list[Use]:
        """Gives each visit of a department's day its stamps and its room; returns the devices used.

        A visit begins when its patient is there and taken in, its doctor is free and a room is. `slowness` lengthens
        visits; a department that is `held_up` loses three quarters of an hour at its start and works on slower.
        """
        coming = [booking for booking in bookings if booking.outcome in ("completed", "unknown")]
        for booking in coming:
            booking.arrived = booking.start + self._offset()
        coming.sort(key=lambda booking: (booking.ready, booking.start))
        free: dict[str, int] = {}
        uses: list[Use] = []
        rooms = self.rooms[team.specialty.key]
        for booking in coming:
            doctor = booking.doctor
            if doctor.id not in free:
                free[doctor.id] = booking.start + int(self.rng.expovariate(0.14)) + 45 * held_up
            taken_in = booking.ready + 3 + int(self.rng.expovariate(0.3))
            ready = max(taken_in, free[doctor.id])
            room = next((place for place in rooms if place.free <= ready), None) or min(rooms, key=_free)
            started = max(ready, room.free)
            booking.started = started
            booking.finished = started + self._length(booking, slowness, held_up)
            booking.room = room.id
            booking.extras, used = self._extras(team, booking, started)
            uses += used
            room.free = booking.left + TURNOVER
            free[doctor.id] = booking.left + 1 + self._interruption()
        self._lose_stamps(coming)
        return uses

    def _offset(self) -> int:
        """Minutes from the planned time to the arrival: mostly early, one in eight late."""
        if self.rng.random() < 0.13:
            return int(self.rng.expovariate(1 / 9)) + 1
        return -int(self.rng.gammavariate(2.2, 4.6))

    def _interruption(self) -> int:
        """A call or a colleague keeps the doctor after one visit in nine."""
        return 3 + int(self.rng.expovariate(1 / 7)) if self.rng.random() < 0.11 else 0

    def _length(self, booking: Booking, slowness: float, held_up: bool) -> int:
        mean = booking.minutes * booking.doctor.specialty.pace * booking.doctor.brisk * slowness
        mean *= (1.12 if booking.new else 0.965) * (1.35 if held_up else 1.0)
        return max(4, round(self.rng.lognormvariate(log(mean) - 0.045, 0.3)))

    def _extras(self, team: Team, booking: Booking, started: int) -> tuple[tuple[int, ...], list[Use]]:
        """The services added to a visit by their place in the specialty's list, and the devices they took."""
        added, uses = [], []
        for number, extra in enumerate(team.specialty.extras):
            if self.rng.random() >= extra.chance:
                continue
            if extra.device:
                start = started + 2
                use = self._device(extra.device, booking, start, start + 6 + int(self.rng.random() * 12))
                if use is None:
                    continue
                uses.append(use)
                booking.finished = max(booking.left, use.end)
            added.append(number)
        return tuple(added), uses

    def _device(self, kind: str, booking: Booking, start: int, end: int) -> Use | None:
        """The first device of a kind that nobody else has in that time; the service is left out where there is none."""
        for device in self.devices.get(kind, ()):
            if all(other.end <= start or end <= other.start for other in device.uses[-_LATEST:]):
                use = Use(device.id, booking, start, end)
                device.uses.append(use)
                return use
        return None

    def _lose_stamps(self, coming: list[Booking]) -> None:
        """Now and then nobody notes the arrival, and nobody ever knew what became of an unknown outcome."""
        for booking in coming:
            if booking.outcome == "unknown":
                booking.arrived = booking.started = booking.finished = booking.room = None
                booking.extras = ()
            elif self.rng.random() < 0.012:
                booking.arrived = None


def _free(place: Place) -> int:
    return place.free
