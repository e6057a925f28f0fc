"""References whose target has not come yet, and what is done when it comes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app.ingest.mapping.rows import Name
from app.ingest.upsert.ids import new_id
from app.ingest.upsert.names import Names
from app.ingest.upsert.statements import delete, insert
from app.ingest.upsert.tables import parents

ALIASES = "source_records"
_WAITING_FOR = """
SELECT table_name, record_id, column_name, target_kind, target_name FROM unresolved_references
WHERE organization_id = %s AND source_id = ANY(%s) AND target_kind = %s AND target_name = ANY(%s)
"""
_ANY_WAITING = """
SELECT kind FROM unnest(%s::text[]) kind WHERE EXISTS (
  SELECT FROM unresolved_references u WHERE u.organization_id = %s AND u.source_id = ANY(%s) AND u.target_kind = kind)
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A stored row's column whose target is known now."""

    table: str
    record_id: UUID
    column: str
    rank: int
    target: UUID


@dataclass(slots=True)
class Waiting:
    """The references of a batch that wait."""

    names: Names
    rows: list[dict[str, Any]] = field(default_factory=list)

    def resolve(self, table: str, record_id: UUID, column: str, candidates: tuple[Name, ...]) -> UUID | None:
        """The row that a column means now; better candidates that may still come are noted as waiting.

        Candidates with the same id at their end are readings of one reference: they rank the same, and the first that
        is known settles what it means: a row, or (one of another table, a name for nothing) none.
        """
        if (
            len(candidates) == 1
            and (found := self.names.row_of(candidates[0]))
            and is_meant(table, column, candidates[0])
        ):
            return found
        waiting: list[tuple[Name, int]] = []
        for rank, (_, readings) in enumerate(groupby(candidates, key=lambda one: one.text.rpartition("/")[2])):
            names = list(readings)
            known = next((one for one in names if self.names.is_settled(one)), None)
            if known is None:
                waiting += [(one, rank) for one in names]
            elif is_meant(table, column, known) and (found := self.names.row_of(known)) is not None:
                self._note(table, record_id, column, waiting)
                return found
        self._note(table, record_id, column, waiting)
        return None

    def _note(self, table: str, record_id: UUID, column: str, waiting: list[tuple[Name, int]]) -> None:
        for name, rank in waiting:
            self.rows.append(
                {
                    "id": new_id(),
                    "source_id": self.names.source_id,
                    "table_name": table,
                    "record_id": record_id,
                    "column_name": f"{column}/{rank}" if rank else column,
                    "target_kind": name.table,
                    "target_name": digest(name),
                }
            )

    def write(self, cursor: Cursor, replaced: Iterable[UUID]) -> None:
        """Stores them in place of what the replaced rows waited for before."""
        delete(cursor, "unresolved_references", self.names.organization_id, "record_id", replaced)
        insert(cursor, "unresolved_references", self.names.organization_id, self.rows)


def is_meant(table: str, column: str, name: Name) -> bool:
    """Can the column hold a row of the name's table? An alias may mean any."""
    return table == ALIASES or parents(table)[column] == name.table


def digest(name: Name) -> bytes:
    """The name waited for, without showing it."""
    return blake2b(name.text.encode(), digest_size=16).digest()


def arrivals(cursor: Cursor, names: Names, fresh: list[Name]) -> list[Arrived]:
    """What waited for names that are known now; no longer noted as waiting, nor are worse candidates."""
    if not fresh:
        return []
    kinds = _waited_for(cursor, names, {name.table for name in fresh})
    targets = {(name.table, digest(name)): names.row_of(name) for name in fresh if name.table in kinds}
    if not targets:
        return []
    found: list[tuple[Any, ...]] = []
    for kind in kinds:
        asked = (names.organization_id, list(names.sources), kind, [text for other, text in targets if other == kind])
        found += cursor.execute(_WAITING_FOR, asked, prepare=False, binary=True).fetchall()
    best: dict[tuple[UUID, str], Arrived] = {}
    over: list[tuple[UUID, str]] = []
    for table, record_id, noted, kind, text in found:
        column, _, rank = noted.partition("/")
        target = targets[kind, bytes(text)]
        if target is None or not is_meant(table, column, Name(kind, "")):
            over.append((record_id, noted))
            continue
        arrived = Arrived(table, record_id, column, int(rank or 0), target)
        before = best.get((record_id, column))
        if before is None or arrived.rank < before.rank:
            best[record_id, column] = arrived
    _forget(cursor, names.organization_id, best, over)
    return list(best.values())


def _waited_for(cursor: Cursor, names: Names, kinds: set[str]) -> set[str]:
    """Those of the kinds that any reference waits for: mostly none does, and nothing has to be looked for."""
    asked = (sorted(kinds), names.organization_id, list(names.sources))
    return {kind for (kind,) in cursor.execute(_ANY_WAITING, asked).fetchall()}


def _forget(
    cursor: Cursor,
    organization_id: UUID,
    best: dict[tuple[UUID, str], Arrived],
    over: list[tuple[UUID, str]],
) -> None:
    worse = [(record_id, column, arrived.rank) for (record_id, column), arrived in best.items()]
    cursor.execute(
        "DELETE FROM unresolved_references u USING unnest(%s::uuid[], %s::text[], %s::int[]) AS b (id, name, rank) "
        "WHERE u.organization_id = %s AND u.record_id = b.id AND split_part(u.column_name, '/', 1) = b.name "
        "AND coalesce(nullif(split_part(u.column_name, '/', 2), ''), '0')::int >= b.rank",
        ([w[0] for w in worse], [w[1] for w in worse], [w[2] for w in worse], organization_id),
    )
    if over:
        cursor.execute(
            "DELETE FROM unresolved_references u USING unnest(%s::uuid[], %s::text[]) AS b (id, name) "
            "WHERE u.organization_id = %s AND u.record_id = b.id AND u.column_name = b.name",
            ([o[0] for o in over], [o[1] for o in over], organization_id),
        )
