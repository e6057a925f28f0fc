"""What a batch touched, told to the rollups."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app.ingest.upsert.ids import new_id
from app.ingest.upsert.statements import insert
from app.models.facts import DirtyMark
from app.rollups import marks

Values = dict[str, Any]


def mark(cursor: Cursor, organization_id: UUID, written: Iterable[tuple[str, Values | None, Values | None]]) -> None:
    """Marks the places, before and after, of what was stored, replaced or removed, in the transaction that did so."""
    found: set[marks.Mark] = set()
    for table, *versions in written:
        watch = marks.watched().get(table)
        if watch is not None:
            found.update(mark for row in versions if row is not None for mark in watch.marks(row))
    insert(cursor, DirtyMark.__tablename__, organization_id, [_row(mark) for mark in found])


def _row(mark: marks.Mark) -> Values:
    return {
        "id": new_id(),
        "family": mark.family,
        "clinic_id": mark.clinic_id,
        "day": mark.day,
        "patient_id": mark.patient_id,
    }
