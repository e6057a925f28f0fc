"""The days that a record may speak of."""

from datetime import date, timedelta

from app.core.clock import now

EARLIEST, LATEST = 1800, 2199  # beyond these years local times and lengths can no longer be computed or stored
_FIRST_ZONE = timedelta(hours=14)  # where a day begins before it does anywhere else


def is_plausible(day: date) -> bool:
    """Does the date, or the date of a time, lie in those years?"""
    return EARLIEST <= day.year <= LATEST


def is_to_come(day: date) -> bool:
    """Has the day begun nowhere on earth?"""
    return day > (now() + _FIRST_ZONE).date()
