"""CSV records: text by column to the row it stands for."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from app.ingest.csv_types import CsvColumn, CsvType
from app.ingest.mapping import kinds
from app.ingest.mapping.calendar import is_plausible, is_to_come
from app.ingest.mapping.derive import known_zone
from app.ingest.mapping.hours import check_hours
from app.ingest.mapping.rows import Mapped, Name, Row
from app.ingest.mapping.substances import strength, substance
from app.ingest.reject import Reject

_TRUTH = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False, "t": True, "f": False}
_MAX_AMOUNT = Decimal(10) ** 12


def _time(text: str, _column: CsvColumn) -> datetime:
    """With an offset an instant in UTC; without one a wall time, to be placed in the clinic's zone."""
    value = datetime.fromisoformat(text)
    if not is_plausible(value):
        raise ValueError
    return value if value.tzinfo is None else value.astimezone(UTC)


def _day(text: str, _column: CsvColumn) -> date:
    value = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
    if not is_plausible(value):
        raise ValueError
    return value


def _amount(text: str, _column: CsvColumn) -> Decimal:
    value = Decimal(_plain(text))
    if not value.is_finite() or abs(value) >= _MAX_AMOUNT:
        raise ValueError
    return value


def _plain(text: str) -> str:
    """The text of a number; the language itself would also read 1_000 and the digits of other scripts."""
    if not text.isascii() or "_" in text:
        raise ValueError
    return text


def _number(text: str, column: CsvColumn) -> int:
    value = int(_plain(text).removesuffix(".0"))
    if abs(value) > column.largest:
        raise ValueError
    return value


def _truth(text: str, _column: CsvColumn) -> bool:
    return _TRUTH[text.lower()]


def _json(text: str, _column: CsvColumn) -> Any:
    return json.loads(text)


_READERS: dict[str, tuple[Callable[[str, CsvColumn], Any], str]] = {
    "time": (_time, "a time such as 2025-03-01T09:00:00+01:00"),
    "date": (_day, "a date such as 2025-03-01"),
    "amount": (_amount, "an amount such as 12.50"),
    "number": (_number, "a whole number"),
    "truth": (_truth, "true or false"),
    "json": (_json, "JSON"),
}


def map_record(type_: CsvType, record: Mapping[str, str]) -> Mapped:
    """What a record of a type stands for; raises Reject. `record` holds text by column, empty text for unknown."""
    own = Name(type_.name, record.get("id") or _content_id(record))
    row = Row(own, {})
    for name, column in type_.columns.items():
        text = record.get(name)
        if text:
            _take(row, column, text)
        elif column.required:
            raise Reject(name, "required", "a value is needed here")
    _complete(type_.name, row, record)
    return Mapped(type_.name, own, [row])


def _content_id(record: Mapping[str, str]) -> str:
    return "sha256-" + sha256(json.dumps(sorted(record.items())).encode()).hexdigest()[:48]


def _take(row: Row, column: CsvColumn, text: str) -> None:
    if column.allowed and text not in column.allowed:
        raise Reject(column.name, "unknown_code", f"not one of {', '.join(column.allowed)}")
    if column.target:
        row.refs[column.name] = (Name(column.target, text),)
    elif column.kind == "sealed":
        row.texts[column.name] = text
    elif column.kind == "text":
        row.values[column.name] = text
    elif column.kind in _READERS:
        read, expected = _READERS[column.kind]
        try:
            row.values[column.name] = read(text, column)
        except (ValueError, KeyError, OverflowError, InvalidOperation, RecursionError):
            raise Reject(column.name, "bad_value", f"{expected} was expected") from None
        if column.kind == "time" and row.values[column.name].tzinfo is None:
            row.wall_times = True


def _complete(table: str, row: Row, record: Mapping[str, str]) -> None:
    """What a record says in more than one column."""
    values = row.values
    if table == "patients":
        if values.get("birth_date") and is_to_come(values["birth_date"]):
            raise Reject("birth_date", "bad_value", "a birth date is not after today")
        _contact(row, record)
    elif table == "medications":
        _medicine(row, record)
    elif table == "drugs":
        values.setdefault("substance", substance(values.get("name")))
    elif table in ("conditions", "observations"):
        know = kinds.condition if table == "conditions" else kinds.finding
        values.setdefault("kind", know([values["code"]] if values.get("code") else []))
    elif table == "clinics":
        if values.get("zone") and not known_zone(values["zone"]):
            raise Reject("zone", "unknown_zone", "not a zone of the IANA database")
        check_hours(values.get("opening_hours"), "opening_hours")
    elif table == "invoices":
        values["balance"] = values["total"] - values.get("adjusted", 0) - values.get("paid", 0)
    starts, ends = values.get("starts_at"), values.get("ends_at")
    if starts and ends and (starts.tzinfo is None) == (ends.tzinfo is None) and ends < starts:
        raise Reject("ends_at", "bad_order", "the end is before the start")


def _medicine(row: Row, record: Mapping[str, str]) -> None:
    called = record.get("name")
    row.values.setdefault("substance", substance(called))
    if told := strength(called):
        row.texts.setdefault("dosage", told)


def _contact(row: Row, record: Mapping[str, str]) -> None:
    contact: dict[str, Any] = {key: record[key] for key in ("phone", "email") if record.get(key)}
    if record.get("line"):
        contact["lines"] = [record["line"]]
    contact |= {key: record[key] for key in ("city", "region", "postal_code", "country") if record.get(key)}
    if contact:
        row.texts["contact"] = json.dumps(contact, ensure_ascii=False, sort_keys=True)
    if record.get("postal_code"):
        row.values.setdefault("postal_area", record["postal_code"][:3])
    if record.get("email"):
        row.blinds["email_index"] = record["email"]
    if record.get("record_number"):
        row.blinds["record_number_index"] = record["record_number"]
