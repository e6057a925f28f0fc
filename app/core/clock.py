"""The only reader of the clock."""

import time
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


def epoch() -> float:
    """This instant in Unix seconds, for comparing ends of validity."""
    return time.time()
