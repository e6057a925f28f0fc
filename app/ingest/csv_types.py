"""The CSV record types: one file a type, columns named as the model's; `docs/import.md` lists them from here.

`id` is the source's own id of the record, a reference holds the source's id of its target. Times are ISO 8601, with an
offset or else in the clinic's zone; dates YYYY-MM-DD; amounts decimal; truth values true or false. Empty is unknown.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Date, DateTime, Integer, LargeBinary, Numeric, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from app.ingest.mapping.derive import DERIVED
from app.ingest.upsert.tables import ORDER, parents, table

_KINDS = (
    (Boolean, "truth"),
    (DateTime, "time"),
    (Date, "date"),
    (Numeric, "amount"),
    (Integer, "number"),
    (JSONB, "json"),
    (Uuid, "reference"),
)
_VALUES = re.compile(r"'([^']*)'")
_CONTACT = ("phone", "email", "line", "city", "region", "postal_code", "country")
_COMPUTED = {name: frozenset(columns) for name, columns in DERIVED.items()} | {
    "invoices": frozenset({"balance"}),
    "medications": frozenset({"covered_until"}),
    "dispenses": frozenset({"local_day", "runs_out", "next_day", "interval_days", "covered_days", "expected"}),
    "observations": frozenset({"local_day", "hypertensive"}),
    "invoice_reminders": frozenset({"judged_day", "answered_day"}),
    "payments": frozenset({"local_day", "invoiced_day"}),
    "patients": frozenset({"record_number_index", "email_index", "contact_sealed"}),
}
_KEYS = frozenset({"organization_id", "id"})


@dataclass(frozen=True)
class CsvColumn:
    """A column: its kind of value, whether a record needs it, what it may hold, and what it refers to."""

    name: str
    kind: str  # text, sealed, contact, truth, time, date, amount, number, json, reference
    required: bool = False
    allowed: tuple[str, ...] = ()
    target: str | None = None
    largest: int = 2**31 - 1


@dataclass(frozen=True)
class CsvType:
    """A record type: the table it fills and its columns beside `id`."""

    name: str
    columns: dict[str, CsvColumn]
    computed: frozenset[str]  # columns that may stand in the file and are computed anew


@cache
def csv_types() -> dict[str, CsvType]:
    """Every record type by its name."""
    return {name: _type(name) for name in ORDER}


def _type(name: str) -> CsvType:
    computed = _COMPUTED.get(name, frozenset())
    left_out = _KEYS | computed
    found = [_column(table(name), column) for column in table(name).columns if column.name not in left_out]
    if name == "patients":
        found += [CsvColumn(part, "contact") for part in _CONTACT]
    return CsvType(name, {column.name: column for column in found}, computed)


def _column(owner: Table, column: Column[Any]) -> CsvColumn:
    required = (
        not column.nullable and column.default is None and not (owner.name == "clinics" and column.name == "zone")
    )
    if isinstance(column.type, LargeBinary):
        return CsvColumn(column.name.removesuffix("_sealed"), "sealed", required)
    kind = next((kind for type_, kind in _KINDS if isinstance(column.type, type_)), "text")
    largest = 2**15 - 1 if type(column.type).__name__ == "SmallInteger" else 2**31 - 1
    target = parents(owner.name).get(column.name)
    return CsvColumn(column.name, kind, required, _allowed(owner, column), target, largest)


def _allowed(owner: Table, column: Column[Any]) -> tuple[str, ...]:
    for constraint in owner.constraints:
        if isinstance(constraint, CheckConstraint) and str(constraint.sqltext).startswith(f"{column.name} IN ("):
            return tuple(_VALUES.findall(str(constraint.sqltext)))
    return ()
