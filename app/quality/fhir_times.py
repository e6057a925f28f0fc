"""Dates, times and periods of FHIR as moments on the wall of a place."""

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from typing import Any, TypeGuard

from app.quality.timing import Interval, days_long

PARTIAL = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?$")
DAYS = {"h": 1 / 24, "hour": 1 / 24, "hours": 1 / 24, "d": 1.0, "day": 1.0, "days": 1.0, "wk": 7.0, "week": 7.0,
        "weeks": 7.0, "mo": 30.4375, "month": 30.4375, "months": 30.4375, "a": 365.25, "year": 365.25,
        "years": 365.25}  # fmt: skip
PER_DAY = {"s": 86400.0, "min": 1440.0, "h": 24.0, "d": 1.0, "wk": 1 / 7, "mo": 1 / 30, "a": 1 / 365}


def date_of(text: object) -> date | None:
    """A full date; a partial one is not known to the day."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def moment(text: object, zone: tzinfo) -> datetime | None:
    """The first moment that a date or date and time stands for."""
    found = span_of(text, zone)
    return found.start if found else None


def span_of(found: object, zone: tzinfo) -> Interval | None:
    """A Period, or a dateTime as all that it may mean (a date is a whole day, a year a whole year)."""
    if isinstance(found, dict):
        start, end = span_of(found.get("start"), zone), span_of(found.get("end"), zone)
        if start is None and end is None:
            return None
        return Interval(start.start if start else None, end.end if end else None, ongoing=end is None)
    if not isinstance(found, str):
        return None
    try:
        return _partial(found) or _instant(found, zone)
    except ValueError:
        return None


def _partial(text: str) -> Interval | None:
    if not (parts := PARTIAL.match(text)):
        return None
    year, month, day = (int(part) if part else None for part in parts.groups())
    assert year is not None
    first = date(year, month or 1, day or 1)
    last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    return Interval(datetime.combine(first, time.min), datetime.combine(last, time.max))


def _instant(text: str, zone: tzinfo) -> Interval:
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        found = found.astimezone(zone).replace(tzinfo=None)
    return Interval(found, found)


def supply(request: Mapping[str, Any], zone: tzinfo) -> Interval | None:
    """How long a prescription reaches: from its start for the days supplied with all refills, else to its bounds.

    It starts with its bounds, else when it was written, else when it became valid. The rule is that of the measures'
    library on cumulative medication duration; None where it cannot be told.
    """
    dosage = _only(request.get("dosageInstruction"))
    repeat = _part(_part(dosage, "timing"), "repeat")
    bounds = span_of(repeat.get("boundsPeriod"), zone)
    dispense = _part(request, "dispenseRequest")
    valid = span_of(dispense.get("validityPeriod"), zone)
    authored = moment(request.get("authoredOn"), zone)
    start = next((each for each in (bounds and bounds.start, authored, valid and valid.start) if each), None)
    days = _days(dispense, dosage, repeat)
    if start and days:
        refills = dispense.get("numberOfRepeatsAllowed")
        return days_long(start, round(days * (1 + (refills if isinstance(refills, int) else 0))))
    return Interval(start, bounds.end) if start and bounds and bounds.end else None


def _days(dispense: Mapping[str, Any], dosage: Mapping[str, Any], repeat: Mapping[str, Any]) -> float | None:
    told = _part(dispense, "expectedSupplyDuration")
    if _is_number(told.get("value")):
        unit = DAYS.get(str(told.get("code") or told.get("unit") or "d"))
        return float(told["value"]) * unit if unit else None
    quantity = _part(dispense, "quantity").get("value")
    rate = _only(dosage.get("doseAndRate"))
    dose = _part(_part(rate, "doseRange"), "high").get("value") or _part(rate, "doseQuantity").get("value")
    if not _is_number(quantity) or not _is_number(dose) or not dose:
        return None
    return float(quantity) / (float(dose) * _doses_per_day(repeat))


def _doses_per_day(repeat: Mapping[str, Any]) -> float:
    frequency = repeat.get("frequencyMax") or repeat.get("frequency")
    period, unit = repeat.get("period"), PER_DAY.get(str(repeat.get("periodUnit")))
    if _is_number(frequency) and _is_number(period) and period and unit:
        return float(frequency) / float(period) * unit
    return float(len(repeat.get("timeOfDay") or ()) or 1)


def _is_number(found: object) -> TypeGuard[int | float]:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _part(found: object, key: str) -> Mapping[str, Any]:
    inner = found.get(key) if isinstance(found, Mapping) else None
    return inner if isinstance(inner, dict) else {}


def _only(found: object) -> Mapping[str, Any]:
    """The one element of a list; none where there are several."""
    return found[0] if isinstance(found, list) and len(found) == 1 and isinstance(found[0], dict) else {}
