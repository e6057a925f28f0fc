"""The rows that one batch writes: fresh ones, stored ones that a reference has reached, and what they looked like."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app.ingest.upsert.statements import load, upsert
from app.ingest.upsert.tables import ORDER

Values = dict[str, Any]


@dataclass(slots=True)
class Work:
    """Rows by table and id; `before` holds the stored version of those that were there, `dirty` which to write."""

    cursor: Cursor
    organization_id: UUID
    rows: dict[str, dict[UUID, Values]] = field(default_factory=dict)
    before: dict[str, dict[UUID, Values]] = field(default_factory=dict)
    dirty: dict[str, set[UUID]] = field(default_factory=dict)
    wall_times: set[UUID] = field(default_factory=set)  # rows with times that have no offset yet

    def add(self, table: str, row: Values, wall_times: bool = False) -> None:
        """A fresh version of a row, to be written."""
        if wall_times:
            self.wall_times.add(row["id"])
        self.rows.setdefault(table, {})[row["id"]] = row
        self.dirty.setdefault(table, set()).add(row["id"])

    def remember(self, table: str, ids: Iterable[UUID]) -> None:
        """Keeps the stored version of rows that are about to be replaced."""
        kept = self.before.setdefault(table, {})
        for row in load(self.cursor, table, self.organization_id, "id", (i for i in ids if i not in kept)):
            kept[row["id"]] = row

    def take(self, table: str, by: str, ids: Iterable[UUID], where: str = "true") -> list[Values]:
        """Brings stored rows in (those already here stay as they are); the rows that `by` and `ids` find."""
        here = self.rows.setdefault(table, {})
        kept = self.before.setdefault(table, {})
        asked = set(ids)
        wanted = asked - here.keys() if by == "id" else asked
        for row in load(self.cursor, table, self.organization_id, by, wanted, where):
            if row["id"] not in here:
                kept[row["id"]] = row
                here[row["id"]] = dict(row)
        if by == "id":
            return [here[each] for each in asked if each in here]
        return [row for row in here.values() if row[by] in asked]

    def of(self, table: str) -> Iterable[Values]:
        """The rows of a table that are here."""
        return list(self.rows.get(table, {}).values())

    def write(self) -> None:
        """Stores fresh rows and taken ones that differ from what is stored, parents first."""
        for table in ORDER:
            changed = [row for row in self.of(table) if self.is_changed(table, row)]
            upsert(self.cursor, table, self.organization_id, changed)

    def is_changed(self, table: str, row: Values) -> bool:
        """Is the row fresh, or no longer what is stored?"""
        return row["id"] in self.dirty.get(table, ()) or row != self.before.get(table, {}).get(row["id"])

    def written(self) -> Iterable[tuple[str, Values | None, Values]]:
        """(table, stored version or None, new version) of each row that differs."""
        for table, rows in self.rows.items():
            kept = self.before.get(table, {})
            for row_id, row in rows.items():
                before = kept.get(row_id)
                if before != row:
                    yield table, before, row
