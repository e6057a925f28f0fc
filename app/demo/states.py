"""What of a booking is known at an instant: nothing of the future is ever written."""

from typing import NamedTuple

from app.demo.bookings import Booking


class State(NamedTuple):
    """A booking as its clinic knows it at an instant; stamps still to come are None."""

    status: str
    arrived: int | None
    started: int | None
    finished: int | None
    cancelled: int | None


def state_at(booking: Booking, now: int) -> State | None:
    """The booking as known at `now` (a UTC minute), or None before it was made."""
    if booking.booked > now:
        return None
    if booking.cancelled is not None and booking.cancelled <= now:
        return State("cancelled", None, None, None, booking.cancelled)
    arrived = _past(booking.arrived, now)
    started = _past(booking.started, now)
    finished = _past(booking.finished, now)
    if booking.outcome in ("no_show", "unknown"):
        status = booking.outcome if booking.noted <= now else "booked"
    elif booking.cancelled is not None:
        status = "booked"
    else:
        status = "completed" if finished else "started" if started else "arrived" if arrived else "booked"
    return State(status, arrived, started, finished, None)


def steps(booking: Booking, now: int) -> list[tuple[str, int]]:
    """The changes of status up to `now`, oldest first."""
    if booking.cancelled is not None:
        found = [("booked", booking.booked), ("cancelled", booking.cancelled)]
    elif booking.outcome in ("no_show", "unknown"):
        found = [("booked", booking.booked), (booking.outcome, booking.noted)]
    else:
        stamps = (("arrived", booking.arrived), ("started", booking.started), ("completed", booking.finished))
        found = [("booked", booking.booked), *((name, at) for name, at in stamps if at is not None)]
    return [(name, at) for name, at in found if at <= now]


def _past(minute: int | None, now: int) -> int | None:
    return minute if minute is not None and minute <= now else None
