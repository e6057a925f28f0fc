"""Time in the simulated clinics: local days to UTC minutes, holidays, seasons, waves of flu."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import cos, exp, pi
from typing import overload
from zoneinfo import ZoneInfo

EPOCH = date(1970, 1, 1).toordinal()
DAY = 1440
_MINUTES = [f"T{minute // 60:02d}:{minute % 60:02d}:00Z" for minute in range(DAY)]


def utc_minute(instant: datetime) -> int:
    """An aware datetime as whole minutes since 1970 in UTC, the unit of every instant in the simulation."""
    return int(instant.timestamp()) // 60


def instant_of(minute: int) -> datetime:
    """The aware datetime of a UTC minute."""
    return datetime.fromtimestamp(minute * 60, UTC)


@cache
def iso_day(day: int) -> str:
    """A day (proleptic ordinal) as YYYY-MM-DD."""
    return date.fromordinal(day).isoformat()


@overload
def iso(minute: int) -> str: ...
@overload
def iso(minute: None) -> None: ...
@overload
def iso(minute: int | None) -> str | None: ...
def iso(minute: int | None) -> str | None:
    """A UTC minute as an ISO instant; None stays None."""
    if minute is None:
        return None
    day, rest = divmod(minute, DAY)
    return iso_day(day + EPOCH) + _MINUTES[rest]


@cache
def midnight(day: int, zone: str) -> int:
    """The UTC minute that minute 0 of a clinic's day stands for, by the offset that holds at noon."""
    noon = datetime.combine(date.fromordinal(day), datetime.min.time(), ZoneInfo(zone)) + timedelta(hours=12)
    return utc_minute(noon) - 720


@cache
def local_day(minute: int, zone: str) -> int:
    """The local day (ordinal) of a UTC minute."""
    return instant_of(minute).astimezone(ZoneInfo(zone)).date().toordinal()


@cache
def holidays(year: int, country: str) -> dict[int, str]:
    """The days on which clinics of a country stay closed, by ordinal."""
    if country == "DE":
        easter = _easter(year)
        named = {
            date(year, 1, 1): "New Year's Day", easter - timedelta(days=2): "Good Friday",
            easter + timedelta(days=1): "Easter Monday", date(year, 5, 1): "Labour Day",
            easter + timedelta(days=39): "Ascension Day", easter + timedelta(days=50): "Whit Monday",
            date(year, 10, 3): "Day of German Unity", date(year, 12, 25): "Christmas Day",
            date(year, 12, 26): "Second Day of Christmas",
        }  # fmt: skip
    else:
        named = {
            date(year, 1, 1): "New Year's Day", _nth(year, 5, 0, -1): "Memorial Day",
            date(year, 7, 4): "Independence Day", _nth(year, 9, 0, 1): "Labor Day",
            _nth(year, 11, 3, 4): "Thanksgiving", date(year, 12, 25): "Christmas Day",
        }  # fmt: skip
    return {day.toordinal(): name for day, name in named.items()}


def holiday(day: int, country: str) -> str | None:
    """The name of the holiday that closes the clinics on a day."""
    return holidays(date.fromordinal(day).year, country).get(day)


def flu(day: int) -> float:
    """How strong the winter's wave is, 0 to 1.3: it peaks around 30 January, harder in every other winter."""
    moment = date.fromordinal(day)
    year = moment.year + (moment.month > 7)
    off = (day - date(year, 1, 30).toordinal()) / 16
    return exp(-off * off / 2) * (1.3 if year % 2 == 0 else 0.8)


@cache
def pressure(day: int, winter: float, last: int) -> float:
    """Demand against capacity on a day, about 1: season, flu, the weeks around the holidays, 3 % growth a year."""
    moment = date.fromordinal(day)
    season = 1 + 0.05 * winter * cos(2 * pi * (moment.timetuple().tm_yday - 20) / 365)
    if moment.month in (7, 8):
        season -= 0.05
    if (moment.month, moment.day) >= (12, 20) or (moment.month, moment.day) <= (1, 3):
        season -= 0.22
    weekday = (0.05, 0.01, 0.0, 0.0, -0.05, -0.02, -0.1)[moment.weekday()]
    return season + weekday + 0.2 * winter * flu(day) - 0.03 * (last - day) / 365


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    if number < 0:
        last = date(year, month, 31)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
