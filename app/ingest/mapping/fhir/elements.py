"""FHIR R4 primitives and data types as plain values; each reader raises Reject with the element's path."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from app.ingest.mapping.calendar import EARLIEST, LATEST, is_plausible
from app.ingest.reject import Reject

EXTENSION = "https://mediconnect.example/fhir/"
TIMEZONE = "http://hl7.org/fhir/StructureDefinition/timezone"

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_CODE = re.compile(r"\S+( \S+)*")
_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")
_TIMED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d)")
Resource = dict[str, Any]


def resource_id(resource: Resource, path: str) -> str | None:
    """The logical id, or None; R4 allows 1 to 64 of letters, digits, `-` and `.`."""
    value = resource.get("id")
    if value is None:
        return None
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Reject(f"{path}.id", "bad_id", "an id has 1 to 64 letters, digits, hyphens or dots")
    return value


def _typed(element: Resource, key: str, path: str, kind: type | tuple[type, ...], called: str) -> Any:
    value = element.get(key)
    if value is None:
        return None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Reject(f"{path}.{key}", "bad_type", f"{called} was expected")
    return value


def text(element: Resource, key: str, path: str) -> str | None:
    """A `string`."""
    found: str | None = _typed(element, key, path, str, "a string")
    return found


def code(element: Resource, key: str, path: str, allowed: frozenset[str] | None = None) -> str | None:
    """A `code`; of a required value set where `allowed` is given."""
    value: str | None = _typed(element, key, path, str, "a code")
    if value is None:
        return None
    if not _CODE.fullmatch(value):
        raise Reject(f"{path}.{key}", "bad_code", "a code has no space before, after, or twice within")
    if allowed is not None and value not in allowed:
        raise Reject(f"{path}.{key}", "unknown_code", f"not one of {', '.join(sorted(allowed))}")
    return value


def boolean(element: Resource, key: str, path: str) -> bool | None:
    """A `boolean`."""
    found: bool | None = _typed(element, key, path, bool, "true or false")
    return found


def positive_int(element: Resource, key: str, path: str) -> int | None:
    """A `positiveInt`."""
    value: int | None = _typed(element, key, path, int, "a whole number")
    if value is not None and not 0 < value < 2**31:
        raise Reject(f"{path}.{key}", "bad_number", "a number from 1 to 2147483647 was expected")
    return value


def decimal(element: Resource, key: str, path: str) -> Decimal | None:
    """A `decimal`, exact as written (up to the 17 digits of a double)."""
    value = _typed(element, key, path, (int, float), "a number")
    return None if value is None else Decimal(str(value))


def instant(element: Resource, key: str, path: str) -> datetime | None:
    """An `instant`: to the second at least, with its offset; in UTC."""
    value = _typed(element, key, path, str, "an instant")
    if value is None:
        return None
    return parse_instant(value, f"{path}.{key}")


def parse_instant(value: str, path: str) -> datetime:
    """The UTC instant of a text such as 2025-03-01T09:00:00+01:00."""
    if _TIMED.fullmatch(value):
        leap = value[17:19] == "60"
        try:
            found = datetime.fromisoformat(f"{value[:17]}59{value[19:]}" if leap else value)
            if is_plausible(found):
                return found.astimezone(UTC) + timedelta(seconds=1) if leap else found.astimezone(UTC)
        except ValueError:
            pass
        if value[:4].isdigit() and not EARLIEST <= int(value[:4]) <= LATEST:
            raise Reject(path, "bad_instant", f"a time of the years {EARLIEST} to {LATEST} was expected")
    raise Reject(
        path, "bad_instant", "an instant has date, time to the second and offset, such as 2025-03-01T09:00:00Z"
    )


def date_time(element: Resource, key: str, path: str) -> datetime | date | None:
    """A `dateTime`: an instant in UTC, or a date; the first day where only year or month are known."""
    value = _typed(element, key, path, str, "a dateTime")
    if value is None:
        return None
    if "T" in value:
        return parse_instant(value, f"{path}.{key}")
    return _date(value, f"{path}.{key}")


def day(element: Resource, key: str, path: str) -> date | None:
    """A `date`; the first day where only year or month are known."""
    value = _typed(element, key, path, str, "a date")
    return None if value is None else _date(value, f"{path}.{key}")


def _date(value: str, path: str) -> date:
    found = _DATE.fullmatch(value)
    if found:
        try:
            day_ = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
        except ValueError:
            pass
        else:
            if is_plausible(day_):
                return day_
            raise Reject(path, "bad_date", f"a date of the years {EARLIEST} to {LATEST} was expected")
    raise Reject(path, "bad_date", "a date is YYYY, YYYY-MM or YYYY-MM-DD")


def written_day(element: Resource, key: str, path: str) -> date | None:
    """The date of a `date` or `dateTime` as its sender wrote it, whatever the offset."""
    value = date_time(element, key, path)
    return None if value is None else _date(element[key][:10], f"{path}.{key}")


def noon(value: datetime | date | None) -> datetime | None:
    """A dateTime as an instant; of a date alone noon in UTC, which lies on that date in nearly every zone."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(12), UTC)
    return value


def one(element: Resource, key: str, path: str) -> Resource:
    """An object, or {} where it is absent."""
    return _typed(element, key, path, dict, "an object") or {}


def many(element: Resource, key: str, path: str) -> list[Any]:
    """A list, or [] where it is absent."""
    value = element.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Reject(f"{path}.{key}", "bad_type", "an array was expected")
    return value


def objects(element: Resource, key: str, path: str) -> list[Resource]:
    """A list of objects, or [] where it is absent."""
    found = many(element, key, path)
    for index, item in enumerate(found):
        if not isinstance(item, dict):
            raise Reject(f"{path}.{key}[{index}]", "bad_type", "an object was expected")
    return found


def strings(element: Resource, key: str, path: str) -> list[str]:
    """A list of strings; places that hold only an extension are left out."""
    found = many(element, key, path)
    for index, item in enumerate(found):
        if item is not None and not isinstance(item, str):
            raise Reject(f"{path}.{key}[{index}]", "bad_type", "a string was expected")
    return [item for item in found if item]


def codes(element: Resource, key: str, path: str) -> list[str]:
    """The codes of all codings of a CodeableConcept, or of a list of them."""
    concepts = objects(element, key, path) if isinstance(element.get(key), list) else [one(element, key, path)]
    inner = f"{path}.{key}"
    found = (code(coding, "code", f"{inner}.coding") for one_ in concepts for coding in objects(one_, "coding", inner))
    return [value for value in found if value]


def label(element: Resource, key: str, path: str) -> str | None:
    """What a CodeableConcept (the first of a list) is called: its text, else a coding's display, else its code."""
    concept = (
        (objects(element, key, path) or [{}])[0] if isinstance(element.get(key), list) else one(element, key, path)
    )
    inner = f"{path}.{key}"
    if called := text(concept, "text", inner):
        return called
    codings = objects(concept, "coding", inner)
    shown = (
        text(coding, "display", f"{inner}.coding") or code(coding, "code", f"{inner}.coding") for coding in codings
    )
    return next((value for value in shown if value), None)


def period(element: Resource, key: str, path: str) -> tuple[datetime | None, datetime | None]:
    """Start and end of a Period; ends that are dates without a time are None."""
    span = one(element, key, path)
    inner = f"{path}.{key}"
    start, end = date_time(span, "start", inner), date_time(span, "end", inner)
    return _timed(start), _timed(end)


def _timed(value: datetime | date | None) -> datetime | None:
    return value if isinstance(value, datetime) else None


def money(element: Resource, key: str, path: str) -> Decimal | None:
    """The value of a Money, to the cent."""
    value = decimal(one(element, key, path), "value", f"{path}.{key}")
    if value is None:
        return None
    if abs(value) >= Decimal(10) ** 12:
        raise Reject(f"{path}.{key}.value", "bad_number", "an amount has at most 12 digits before the point")
    return value.quantize(Decimal("0.01"))


class Extensions:
    """The extensions of one element that this product defines, by the last part of their URL."""

    def __init__(self, element: Resource, path: str) -> None:
        self.path = path
        self.found: dict[str, Resource] = {}
        for extension in objects(element, "extension", path) if "extension" in element else ():
            url = text(extension, "url", f"{path}.extension")
            if url is None:
                raise Reject(f"{path}.extension", "bad_extension", "an extension has a url")
            if url.startswith(EXTENSION):
                self.found[url.removeprefix(EXTENSION)] = extension
            elif url == TIMEZONE:
                self.found["timezone"] = extension

    def __call__(self, name: str) -> tuple[Resource, str]:
        """The extension (or {}) and its path, ready for a reader with the key `valueX`."""
        return self.found.get(name, {}), f"{self.path}.extension({name})"
