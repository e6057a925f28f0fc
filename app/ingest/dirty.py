"""What a batch touched, told to the rollups."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.extensions import db
from app.rollups import marks

Values = dict[str, Any]


def mark(organization_id: UUID, written: Iterable[tuple[str, Values | None, Values | None]]) -> None:
    """Marks the places, before and after, of what was stored, replaced or removed, in the transaction that did so."""
    places: dict[str, set[tuple[Any, ...]]] = {}
    for table, *versions in written:
        watch = marks.watched().get(table)
        if watch is not None:
            found = places.setdefault(table, set())
            found.update(tuple(row[column] for column in watch.columns) for row in versions if row is not None)
    for table, rows in places.items():
        columns = marks.watched()[table].columns
        marked = [dict(zip(columns, row, strict=True)) for row in rows]
        marks.mark_rows(db.session.connection(), organization_id, table, marked)
