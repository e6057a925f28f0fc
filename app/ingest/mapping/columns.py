"""Column mappings: a TOML file that says how another system's CSV files become our record types.

`docs/import.md` describes the format. A mapping is data: it renames, joins, translates and looks up, and runs no code.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from app.core.errors import Invalid
from app.ingest.csv_types import CsvType, csv_types
from app.ingest.reject import Reject

Record = Mapping[str, str]
Rule = Callable[[Record], str]
Lookup = Callable[[dict[str, Any]], dict[str, str]]
_KEYS = frozenset(
    {"from", "constant", "join", "separator", "values", "else", "empty", "format", "add_minutes", "when", "lookup"}
)
_ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")  # what the standard library reads much faster
MAX_LOOKUP = 1_000_000
SHIPPED = Path(__file__).resolve().parents[1] / "mappings"


@dataclass(frozen=True)
class RecordMapping:
    """One record type made from the rows of the files that match `file`, or from rows given in the mapping itself."""

    type: CsvType
    file: str
    when: dict[str, list[str]]
    columns: dict[str, Any]
    rows: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class ColumnMapping:
    """All record mappings of a file, in its order."""

    records: tuple[RecordMapping, ...]

    def of(self, file: str) -> list[RecordMapping]:
        """Those that read a file of this name."""
        return [record for record in self.records if record.file and fnmatch(file, record.file)]

    def rank(self, file: str) -> int:
        """The place of the first record made from a file: targets are declared before what refers to them."""
        places = (place for place, record in enumerate(self.records) if record.file and fnmatch(file, record.file))
        return next(places, len(self.records))


def load(path: Path | str) -> ColumnMapping:
    """Reads a mapping: a path, or the name of one that is shipped. Raises Invalid, naming the place."""
    try:
        read = tomllib.loads(found(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"The mapping cannot be read: {error}.", field="mapping") from None
    records = tuple(_record(entry, index) for index, entry in enumerate(read.get("record", []), start=1))
    if not records:
        raise Invalid("The mapping declares no [[record]].", field="mapping")
    return ColumnMapping(records)


def shipped() -> frozenset[str]:
    """The names of the mappings that are shipped."""
    return frozenset(file.stem for file in SHIPPED.glob("*.toml"))


def found(path: Path | str) -> Path:
    """The mapping's file: the path itself, or the shipped mapping of that name."""
    shipped = SHIPPED / f"{Path(path).stem}.toml"
    return shipped if not Path(path).is_file() and shipped.is_file() else Path(path)


def _record(entry: dict[str, Any], index: int) -> RecordMapping:
    type_ = csv_types().get(str(entry.get("type")))
    if type_ is None:
        raise Invalid(f"[[record]] {index} of the mapping: there is no record type {entry.get('type')!r}.")
    columns = entry.get("columns", {})
    for name, rule in columns.items():
        if name != "id" and name not in type_.columns:
            raise Invalid(f"[[record]] {index} of the mapping: {type_.name} has no column {name!r}.")
        if isinstance(rule, dict) and (unknown := rule.keys() - _KEYS):
            raise Invalid(f"[[record]] {index} of the mapping, {name}: {min(unknown)!r} is not known.")
    return RecordMapping(type_, str(entry.get("file", "")), entry.get("when", {}), columns, entry.get("rows", []))


def matches(when: dict[str, list[str]], record: Record) -> bool:
    """Does each named column hold one of the listed texts?"""
    return all(record.get(column, "") in allowed for column, allowed in when.items())


def rules(mapping: RecordMapping, look_up: Lookup) -> dict[str, Rule]:
    """Column to the function that reads it from a source's row."""
    return {name: _rule(name, spec, look_up) for name, spec in mapping.columns.items()}


def _rule(name: str, spec: Any, look_up: Lookup) -> Rule:
    if isinstance(spec, str):
        return lambda record: _cell(record, spec)
    read = _source(spec)
    steps = [
        step
        for key, make in (("values", _values), ("lookup", _looked_up), ("format", _formatted))
        if key in spec
        for step in [make(name, spec, look_up)]
    ]

    def rule(record: Record) -> str:
        if not matches(spec.get("when", {}), record):
            return ""
        text = read(record)
        for step in steps:
            text = step(text) if text else ""
        text = text or spec.get("empty", "")
        return _later(name, text, spec["add_minutes"]) if text and "add_minutes" in spec else text

    return rule


def _cell(record: Record, column: str) -> str:
    try:
        return record[column]
    except KeyError:
        raise Reject(column, "no_column", "the file has no such column") from None


def _source(spec: dict[str, Any]) -> Rule:
    if "constant" in spec:
        constant = str(spec["constant"])
        return lambda _record: constant
    if "join" in spec:
        columns, separator = spec["join"], spec.get("separator", " ")
        return lambda record: _joined([_cell(record, column) for column in columns], separator)
    column = spec.get("from", "")
    return lambda record: _cell(record, column)


def _joined(parts: list[str], separator: str) -> str:
    """Unknown as soon as one part is: half a date or half a name is neither."""
    return separator.join(parts) if all(parts) else ""


def _values(name: str, spec: dict[str, Any], _look_up: Lookup) -> Callable[[str], str]:
    values: dict[str, str] = spec["values"]
    otherwise: str | None = spec.get("else")

    def translate(text: str) -> str:
        found = values.get(text, otherwise)
        if found is None:
            raise Reject(name, "unknown_code", "the mapping knows no such value")
        return found

    return translate


def _looked_up(_name: str, spec: dict[str, Any], look_up: Lookup) -> Callable[[str], str]:
    found = look_up(spec["lookup"])
    otherwise = spec["lookup"].get("else", "")
    return lambda text: found.get(text, otherwise)


def _reader_of(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007 - a clinic's own time; its zone is added later


def _formatted(name: str, spec: dict[str, Any], _look_up: Lookup) -> Callable[[str], str]:
    form = spec["format"]
    parse = datetime.fromisoformat if form in _ISO else _reader_of(form)

    def read(text: str) -> str:
        try:
            return parse(text).isoformat()
        except ValueError:
            raise Reject(name, "bad_value", f"a time of the form {spec['format']} was expected") from None

    return read


def _later(name: str, text: str, minutes: int) -> str:
    try:
        return (datetime.fromisoformat(text) + timedelta(minutes=minutes)).isoformat()
    except ValueError:
        raise Reject(name, "bad_value", "a time was expected") from None


def table_of(spec: dict[str, Any], records: Iterator[Record]) -> dict[str, str]:
    """A look-up: key to value, or to the sum of the values of a key; raises Invalid beyond MAX_LOOKUP keys."""
    key, value, adds = spec["key"], spec.get("value") or spec["sum"], "sum" in spec
    found: dict[str, Any] = {}
    for record in records:
        if not matches(spec.get("when", {}), record):
            continue
        text = _cell(record, value)
        if adds:
            found[record[key]] = found.get(record[key], Decimal(0)) + _amount(text)
        else:
            found[record[key]] = text
        if len(found) > MAX_LOOKUP:
            raise Invalid(f"{spec['file']} has too many rows to be looked up.")
    return {k: str(v) for k, v in found.items()}


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text) if text else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
