"""CSV imports: files of our own record types, or another system's through a column mapping."""

from collections.abc import Iterator
from functools import cache
from json import dumps
from pathlib import Path
from typing import Any

from app.core.errors import Invalid
from app.ingest.csv_types import CsvType, csv_types
from app.ingest.feed import Item
from app.ingest.mapping import columns
from app.ingest.mapping.columns import ColumnMapping, RecordMapping, Rule
from app.ingest.mapping.csv_rows import map_record
from app.ingest.reject import FileRefused, Reject
from app.ingest.sources import tables
from app.ingest.sources.files import Entry, Stream, entries, opened
from app.ingest.upsert.tables import ORDER


def _stem(entry: Entry) -> str:
    return entry.plain_name.removesuffix(".csv")


def _item(entry: Entry, number: int, line: int, type_: CsvType, record: dict[str, str]) -> Item:
    item = Item(entry.called, number, line, type_.name)
    try:
        item.mapped = map_record(type_, record)
    except Reject as reject:
        item.reject = reject
    return item


class OwnCsv:
    """Files named after record types, their columns after the type's."""

    endings = tables.ENDINGS

    def order(self, entries: list[Entry]) -> list[Entry]:
        """In the order of types."""
        rank = {name: place for place, name in enumerate(ORDER)}
        return sorted(entries, key=lambda entry: (rank.get(_stem(entry), len(rank)), entry.called))

    def read(self, entry: Entry, stream: Stream, skip: int) -> Iterator[Item]:
        """Every record; a file or column that no type has is refused, so that a misspelt one is noticed."""
        type_, table = _opened(entry, stream)
        for number, line in enumerate(table, start=1):
            if number <= skip:
                continue
            if line.reject:
                yield Item(entry.called, number, line.number, type_.name, reject=line.reject)
            else:
                yield _item(entry, number, line.number, type_, line.record)

    def check(self, entry: Entry, stream: Stream) -> None:
        """Its name has to be a type's, and its header columns of it."""
        _opened(entry, stream)


def _opened(entry: Entry, stream: Stream) -> tuple[CsvType, tables.Table]:
    type_ = csv_types().get(_stem(entry))
    if type_ is None:
        raise FileRefused(
            "unknown_type", "a file is named after what it holds: appointments.csv, patients.csv, and so on", 1
        )
    table = tables.Table(stream)
    for place, name in enumerate(table.header, start=1):
        if name not in type_.columns and name not in type_.computed and name != "id":
            # Not by its name: where the header is missing, what stands here is a record.
            raise FileRefused("unknown_column", f"column {place} of the header is none of {type_.name}", 1)
    return type_, table


class MappedCsv:
    """Another system's files, read through a column mapping."""

    endings = tables.ENDINGS

    def __init__(self, mapping: Path | str, path: Path) -> None:
        self.file, self.path = Path(mapping), path
        self.mapping: ColumnMapping = columns.load(mapping)
        self.look_up = _lookups(path)

    def order(self, entries: list[Entry]) -> list[Entry]:
        """What the mapping itself gives, then files in its order; files that it does not name come last, unused."""
        given = [Entry(columns.found(self.file), self.file.stem)] if any(r.rows for r in self.mapping.records) else []
        ranked = sorted(entries, key=lambda entry: (self.mapping.rank(entry.plain_name), entry.called))
        return given + ranked

    def read(self, entry: Entry, stream: Stream, skip: int) -> Iterator[Item]:
        """Every record that the mapping makes of the file's rows."""
        found = self._given(entry) if entry.called == self.file.stem else self._rows(entry, stream)
        for number, item in enumerate(found, start=1):
            item.number = number
            if number > skip:
                yield item

    def check(self, entry: Entry, stream: Stream) -> None:
        """It has to begin with a header."""
        if entry.called != self.file.stem:
            tables.Table(stream)

    def _given(self, entry: Entry) -> Iterator[Item]:
        for record in self.mapping.records:
            for row in record.rows:
                yield _item(entry, 0, 0, record.type, {key: str(value) for key, value in row.items()})

    def _rows(self, entry: Entry, stream: Stream) -> Iterator[Item]:
        targets = [(each, columns.rules(each, self.look_up)) for each in self.mapping.of(entry.plain_name)]
        for line in tables.Table(stream):
            if line.reject:
                yield Item(entry.called, 0, line.number, _stem(entry), reject=line.reject)
                continue
            made = [
                _made(entry, line, each, rules) for each, rules in targets if columns.matches(each.when, line.record)
            ]
            yield from made or [Item(entry.called, 0, line.number, _stem(entry))]


def _made(entry: Entry, line: tables.Line, target: RecordMapping, rules: dict[str, Rule]) -> Item:
    try:
        record = {name: rule(line.record) for name, rule in rules.items()}
    except Reject as reject:
        return Item(entry.called, 0, line.number, target.type.name, reject=reject)
    return _item(entry, 0, line.number, target.type, record)


def _lookups(path: Path) -> columns.Lookup:
    """Look-ups into the other files of the folder, each read once."""

    @cache
    def read(_key: str) -> dict[str, str]:
        spec: dict[str, Any] = specs[_key]
        folder = path if path.is_dir() else path.parent
        for entry in entries(folder, tables.ENDINGS):
            if entry.plain_name == spec["file"]:
                with opened(entry) as (stream, _):
                    return columns.table_of(spec, (line.record for line in tables.Table(stream) if not line.reject))
        raise Invalid(f"The mapping looks up {spec['file']}, which is not there.", field="mapping")

    specs: dict[str, dict[str, Any]] = {}

    def look_up(spec: dict[str, Any]) -> dict[str, str]:
        key = dumps(spec, sort_keys=True)
        specs[key] = spec
        return read(key)

    return look_up
