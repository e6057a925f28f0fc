"""Files to mapped records: the one stream that an import reads, whatever the format."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from app.ingest.mapping.fhir.resource import map_resource, resource_type
from app.ingest.mapping.rows import Mapped
from app.ingest.reject import FileRefused, Reject, Unused
from app.ingest.sources import fhir
from app.ingest.sources.files import Entry, Stream, entries, opened
from app.ingest.sources.strict_json import told_by_its_start

# What counts where no record type is known: a file that cannot be read (on), text that cannot, an entry of a Bundle.
FILE, UNREADABLE, ENTRY = "file", "unreadable", "Bundle.entry"


@dataclass(slots=True)
class Item:
    """One record of a file: `mapped`, else the reject, else it is unused. `number` counts in its file."""

    file: str
    number: int
    line: int | None
    kind: str
    mapped: Mapped | None = None
    reject: Reject | None = None
    done_bytes: int = 0


class Format(Protocol):
    """How the files of one kind of import are chosen, ordered and read."""

    @property
    def endings(self) -> tuple[str, ...]:
        """What the names of its files end on."""

    def order(self, entries: list[Entry]) -> list[Entry]:
        """The files to read, in an order in which most references point backwards."""

    def read(self, entry: Entry, stream: Stream, skip: int) -> Iterator[Item]:
        """The records of a file after the first `skip`; raises FileRefused where it cannot be read on."""

    def check(self, entry: Entry, stream: Stream) -> None:
        """Raises FileRefused for a file that nobody can have meant as one of this kind."""


@dataclass(frozen=True, slots=True)
class Fhir:
    """FHIR R4 as NDJSON, Bundles, arrays and single resources, with amounts in the organization's currency."""

    currency: str
    endings: ClassVar[tuple[str, ...]] = fhir.ENDINGS

    def order(self, entries: list[Entry]) -> list[Entry]:
        """By type where the file's name tells it."""
        return fhir.in_order(entries)

    def read(self, entry: Entry, stream: Stream, skip: int) -> Iterator[Item]:
        """Every resource, mapped."""
        for number, found in enumerate(fhir.records(entry, stream), start=1):
            if number > skip and (item := _mapped(entry, number, found, self.currency)) is not None:
                yield item

    def check(self, entry: Entry, stream: Stream) -> None:
        """A file that is called otherwise has to begin as JSON does."""
        start = stream.read(64).lstrip()
        if not entry.plain_name.endswith(self.endings) and not start.startswith((b"{", b"[")):
            raise FileRefused("not_json", told_by_its_start(start) or "this is no JSON, and JSON is what is read", 1)


def _mapped(entry: Entry, number: int, found: fhir.Found, currency: str) -> Item | None:
    item = Item(entry.called, number, found.line, UNREADABLE)
    try:
        resource, full_url = fhir.resource_of(found)
        if resource is None:
            return None
        item.kind = resource_type(resource)
        item.mapped = map_resource(resource, full_url, currency)
    except Unused:
        item.kind = ENTRY if item.kind == UNREADABLE else item.kind
    except Reject as reject:
        place = ".".join(part for part in (found.where, reject.path.lstrip(".")) if part)
        item.reject = Reject(place, reject.code, reject.reason)
    return item


def files(path: Path, format_: Format) -> list[Entry]:
    """The files of an import in the order in which they are read."""
    return format_.order(entries(path, format_.endings))


def items(path: Path, format_: Format, checkpoint: dict[str, int | str]) -> Iterator[Item]:
    """Every record after the checkpoint ({"file", "records"}: the last file and how many of its records are done)."""
    found = files(path, format_)
    names = [entry.called for entry in found]
    at = names.index(str(checkpoint["file"])) if checkpoint.get("file") in names else 0
    done = sum(_size(entry) for entry in found[:at])
    for entry in found[at:]:
        skip = int(checkpoint.get("records", 0)) if entry.called == checkpoint.get("file") else 0
        yield from _file(entry, format_, skip, done)
        done += _size(entry)


def _size(entry: Entry) -> int:
    return entry.path.stat().st_size if entry.member is None else 0


def _file(entry: Entry, format_: Format, skip: int, done: int) -> Iterator[Item]:
    number = skip
    try:
        with opened(entry) as (stream, position):
            for item in format_.read(entry, stream, skip):
                number = item.number
                item.done_bytes = done + position()
                yield item
    except FileRefused as refused:
        reject = Reject("", refused.code, refused.reason)
        yield Item(entry.called, number + 1, refused.line, FILE, reject=reject, done_bytes=done)


def check(entry: Entry, format_: Format) -> None:
    """Raises FileRefused where a file is none of the format at all; what a zip holds is told when it is read."""
    if entry.member is None:
        with opened(entry) as (stream, _):
            format_.check(entry, stream)
