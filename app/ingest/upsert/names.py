"""Identity: which stored row a source means by a name, and the digests of what it said about it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from psycopg import Cursor

from app.core.ids import UNKNOWN
from app.ingest.mapping.rows import Mapped, Name
from app.ingest.upsert.ids import new_id
from app.ingest.upsert.statements import upsert

MAPPING_VERSION = 2  # part of each digest: a mapping that reads more makes every record new again
_SIZE = 16
_STAMP = 8
_MOST_DIGESTS = 256
_MOST_REMEMBERED = 50_000
# Never prepared: a plan made while the table was empty would be kept while it fills. Even with statistics that are
# behind, a list that is known when planning is searched by hash.
_LOOK_UP = """
SELECT name, record_id, digest, id, source_id FROM source_records
WHERE organization_id = %s AND source_id = ANY(%s) AND kind = %s AND name = ANY(%s)
"""
_PENDING = b"?"  # in place of digests: an alias whose target has still to come


@dataclass(slots=True)
class Known:
    """A name's row (UNKNOWN: none, or not yet) and its record's digests, the first of them current."""

    id: UUID
    record_id: UUID
    digest: bytes = b""
    settled: bool = True  # False: an alias whose target has still to come
    changed: bool = False

    def has(self, digest: bytes) -> bool:
        """Was this content judged before?"""
        at = self.digest.find(digest, _STAMP)
        while at >= 0 and (at - _STAMP) % _SIZE:
            at = self.digest.find(digest, at + 1)
        return at >= 0

    @property
    def version(self) -> int:
        """When the source changed the record last, in microseconds; 0 where it does not say."""
        return int.from_bytes(self.digest[:_STAMP], "big")

    def remember(self, digest: bytes) -> None:
        """Adds content that was seen and not taken, so that it is no news the next time."""
        if len(self.digest) < _STAMP + _MOST_DIGESTS * _SIZE:
            self.digest += digest
            self.changed = True


@dataclass(slots=True)
class Memory:
    """What names meant in the batches before, of one run: good for as long as nobody else stores into the source."""

    revision: int = -1
    known: dict[Name, Known] = field(default_factory=dict)

    def opened(self, revision: int) -> None:
        """A batch begins and is the source's storing of that number: what another has stored since is not known."""
        if revision != self.revision + 1:
            self.known.clear()
        self.revision = revision

    def keep(self, known: dict[Name, Known]) -> None:
        """Takes over what a batch knows; where that grows too large, all but this batch is forgotten."""
        if len(self.known) > _MOST_REMEMBERED:
            self.known.clear()
        self.known.update(known)


@dataclass(slots=True)
class Names:
    """The names that a batch speaks of; those of a push may be any FHIR source's, its own first."""

    organization_id: UUID
    source_id: UUID
    sources: tuple[UUID, ...]
    memory: Memory
    known: dict[Name, Known] = field(default_factory=dict)

    def look_up(self, cursor: Cursor, names: Iterable[Name]) -> None:
        """Brings in the rows of names that are not known yet: from memory, else from the database."""
        wanted: dict[str, dict[str, Name]] = {}
        remembered = self.memory.known
        for name in set(names):
            if name in self.known:
                continue
            if (known := remembered.get(name)) is not None:
                self.known[name] = known
            else:
                wanted.setdefault(name.table, {})[name.text] = name
        for kind, asked in wanted.items():
            self._read(cursor, kind, asked)

    def _read(self, cursor: Cursor, kind: str, asked: dict[str, Name]) -> None:
        elsewhere: dict[str, list[UUID]] = {}
        parameters = (self.organization_id, list(self.sources), kind, list(asked))
        rows = cursor.execute(_LOOK_UP, parameters, prepare=False, binary=True).fetchall()
        for text, record_id, digests, own_id, source_id in rows:
            if source_id == self.source_id:
                digests = bytes(digests or b"")
                self.known[asked[text]] = Known(own_id, record_id, digests, settled=digests != _PENDING)
            else:
                elsewhere.setdefault(text, []).append(record_id)
        for text, records in elsewhere.items():
            if asked[text] not in self.known and len(set(records)) == 1:  # two records of one name: a guess
                self.known[asked[text]] = Known(new_id(), records[0], changed=True)

    def is_settled(self, name: Name) -> bool:
        """Is it known what the name means, a row or nothing?"""
        known = self.known.get(name)
        return known is not None and known.settled

    def row_of(self, name: Name) -> UUID | None:
        """The row of a name; None where it is unknown or stands for nothing."""
        known = self.known.get(name)
        return None if known is None or known.record_id == UNKNOWN else known.record_id

    def claim(self, name: Name) -> tuple[UUID, bool]:
        """The row of a name, made up where there is none yet, and whether it is new."""
        known = self.known.get(name)
        if known is None:
            known = self.known[name] = Known(new_id(), UNKNOWN)
        fresh = known.record_id == UNKNOWN
        if fresh:
            known.record_id, known.changed, known.settled = new_id(), True, True
            known.digest = b"" if known.digest == _PENDING else known.digest
        return known.record_id, fresh

    def await_target(self, name: Name) -> UUID:
        """Notes an alias whose target has still to come; gives the id of its own row."""
        known = self.known.setdefault(name, Known(new_id(), UNKNOWN))
        if known.settled:
            known.record_id, known.digest, known.settled, known.changed = UNKNOWN, _PENDING, False, True
        return known.id

    def point(self, name: Name, record_id: UUID | None) -> bool:
        """Makes a name mean a row (None: nothing); says whether that is news."""
        known = self.known.get(name)
        if known is None:
            known = self.known[name] = Known(new_id(), UNKNOWN, changed=True)
        target = record_id or UNKNOWN
        news = known.record_id != target or known.changed
        if known.digest == _PENDING:
            known.digest, news = b"", True
        known.record_id, known.changed, known.settled = target, news, True
        return news

    def write(self, cursor: Cursor) -> None:
        """Stores what has changed."""
        rows = [
            {
                "source_id": self.source_id,
                "kind": name.table,
                "name": name.text,
                "id": known.id,
                "record_id": known.record_id,
                "digest": known.digest or None,
            }
            for name, known in self.known.items()
            if known.changed
        ]
        upsert(cursor, "source_records", self.organization_id, rows, key="source_id, kind, name")
        for known in self.known.values():
            known.changed = False
        self.memory.keep(self.known)


def digest_of(mapped: Mapped, key: bytes) -> bytes:
    """A keyed digest of what a record maps to: content that the product does not read makes no difference."""
    rows = [[row.name, row.values, row.refs, row.texts] for row in mapped.rows]
    aliases = [[alias.name, alias.targets] for alias in mapped.aliases]
    said = [MAPPING_VERSION, rows, aliases, mapped.children, mapped.remove]
    text = orjson.dumps(said, default=_plain, option=orjson.OPT_SORT_KEYS)
    return blake2b(text, digest_size=_SIZE, key=key).digest()


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value)


def stamped(version: datetime | None, digest: bytes) -> bytes:
    """A record's digests when only the current content is known."""
    micros = 0 if version is None else max(0, int(version.timestamp() * 1_000_000))
    return micros.to_bytes(_STAMP, "big") + digest


def made_at(record: UUID) -> int:
    """The milliseconds in a UUIDv7: for a name, when its content was stored last."""
    return record.int >> 80
