"""The years that a record may speak of. Beyond them local times and lengths can no longer be computed or stored."""

from datetime import date

EARLIEST, LATEST = 1800, 2199


def is_plausible(day: date) -> bool:
    """Does the date, or the date of a time, lie in those years?"""
    return EARLIEST <= day.year <= LATEST
