"""How values become words on a page: numbers, money, shares, lengths of time, dates; unknown becomes its own words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date as Date
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

MINUS = "\N{MINUS SIGN}"
UNKNOWN = "not recorded"
CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}

Number = int | float | Decimal
_DATES = {"day": "%a {day} %b", "full": "%A {day} %B %Y", "year": "{day} %b %Y", "month": "%B %Y"}


def number(value: Number | None, places: int = 0, unknown: str = UNKNOWN) -> str:
    """1234.5 -> "1,234" or with places=1 "1,234.5"; a true minus; None -> words."""
    if value is None:
        return unknown
    text = f"{value:,.{places}f}"
    return MINUS + text[1:] if text.startswith("-") and text.strip("-0,.") else text.lstrip("-")


def signed(value: Number | None, places: int = 0, unknown: str = UNKNOWN) -> str:
    """A difference with its sign, the minus a true one; "0" has none."""
    text = number(value, places, unknown)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.") else text


def money(value: Number | None, currency: str = "USD", places: int = 0, unknown: str = UNKNOWN) -> str:
    """6310 -> "$6,310"; a currency without a known sign is written as its code ("CHF 6,310")."""
    if value is None:
        return unknown
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    text = number(value, places)
    return f"{MINUS}{sign}{text[1:]}" if text.startswith(MINUS) else f"{sign}{text}"


def percent(fraction: Number | None, places: int = 1, unknown: str = UNKNOWN) -> str:
    """A stored fraction 0 to 1 as "4.6%"."""
    return unknown if fraction is None else f"{number(float(fraction) * 100, places)}%"


def points(difference: Number | None, places: int = 1, unknown: str = UNKNOWN) -> str:
    """A difference of two fractions, 0.007 as "+0.7 points"."""
    return unknown if difference is None else f"{signed(float(difference) * 100, places)} points"


def minutes(value: Number | None, unknown: str = UNKNOWN) -> str:
    """A length in minutes: 23 -> "23 min", 192 -> "3 h 12 min", 2900 -> "2 d 0 h"."""
    if value is None:
        return unknown
    whole = round(value)
    if whole < 60:
        return f"{number(whole)} min"
    if whole < 48 * 60:
        return f"{whole // 60} h {whole % 60:02d} min"
    return f"{whole // 1440} d {whole % 1440 // 60} h"


def date(value: Date | None, form: str = "day", unknown: str = UNKNOWN) -> str:
    """Forms: day "Thu 19 Nov", full "Thursday 19 November 2026", year "19 Nov 2026", month "November 2026"."""
    if value is None:
        return unknown
    return f"{value:{_DATES[form]}}".format(day=value.day)


def time(value: datetime | None, zone: str | None = None, name: bool = False, unknown: str = UNKNOWN) -> str:
    """A moment at the clinic: "16:12", with `name` "16:12 CST". Without a zone it is shown as it stands."""
    if value is None:
        return unknown
    local = value.astimezone(ZoneInfo(zone)) if zone else value
    return f"{local:%H:%M %Z}".strip() if name else f"{local:%H:%M}"


def moment(value: datetime | None, zone: str | None = None, unknown: str = UNKNOWN) -> str:
    """Day and time with its zone: "Thu 19 Nov 2026 16:12 CST"."""
    if value is None:
        return unknown
    local = value.astimezone(ZoneInfo(zone)) if zone else value
    return f"{date(local)} {local.year} {time(local, name=True)}"


def given_first(name: str | None, prefix: str | None = None) -> str | None:
    """A stored "Family, Given" as people say it: "Given Family", with a title "Dr. Given Family"; None stays None."""
    if name is None:
        return None
    family, _, given = name.partition(", ")
    return " ".join(part for part in (prefix, given, family) if part)


def sentence(words: str) -> str:
    """The words with a capital at their beginning, the others as they are: "x-ray of Ada" -> "X-ray of Ada"."""
    return words[:1].upper() + words[1:]


def plural(count: int, one: str, many: str = "") -> str:
    """1 -> "1 reply", 1932 -> "1,932 replies" for plural(n, "reply", "replies")."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "signed": signed,
    "money": money,
    "percent": percent,
    "points": points,
    "minutes": minutes,
    "date": date,
    "time": time,
    "moment": moment,
    "plural": plural,
}
