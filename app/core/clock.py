"""The only reader of the clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """The local date in an IANA zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def local_day(instant: datetime, zone: str) -> date:
    """The date that an instant has on the wall of a clinic in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone)).date()
