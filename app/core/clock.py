"""The only reader of the clock."""

from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The local date in an IANA zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def local_day(instant: datetime, zone: str) -> date:
    """The date that an instant has on the wall of a clinic in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_zone(zone: str) -> bool:
    """Does the IANA database have a zone of that name?"""
    return zone in _zones()
