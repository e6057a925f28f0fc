"""The seam to the rollups: which clinics and days a batch touched."""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from app.extensions import db

Values = dict[str, Any]


def mark(organization_id: UUID, written: Iterable[tuple[str, Values | None, Values | None]]) -> None:
    """Marks the places, before and after, of what was stored, replaced or removed, in the transaction that did so."""
    if find_spec("app.rollups") is None:
        return
    from app.rollups import marks

    places: dict[str, set[tuple[Any, ...]]] = {}
    for table, *versions in written:
        watch = marks.watched().get(table)
        if watch is not None:
            found = places.setdefault(table, set())
            found.update(tuple(row[column] for column in watch.columns) for row in versions if row is not None)
    for table, rows in places.items():
        columns = marks.watched()[table].columns
        marks.mark_rows(db.session.connection(), organization_id, table, [dict(zip(columns, row)) for row in rows])


def ring(organization_id: UUID) -> None:
    """Tells the refresher, after the commit."""
    if find_spec("app.core.versions") is None:
        return
    from app.core import versions

    versions.ring(organization_id)
