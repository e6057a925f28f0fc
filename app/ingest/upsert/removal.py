"""Takes out records that were entered in error: the row, its parts, and what still points at it."""

from uuid import UUID

from psycopg import Cursor

from app.core.ids import UNKNOWN
from app.ingest.mapping.rows import Mapped
from app.ingest.upsert.names import Names
from app.ingest.upsert.statements import delete, load
from app.ingest.upsert.tables import PART_OF, referring
from app.ingest.upsert.work import Values

_POINT_NOWHERE = """
UPDATE source_records SET record_id = %s WHERE organization_id = %s AND record_id = ANY(%s) RETURNING source_id
"""
_OUT_OF_DATE = "UPDATE sources SET revision = revision + 1 WHERE organization_id = %s AND id = ANY(%s)"


def remove(
    cursor: Cursor, organization_id: UUID, names: Names, records: list[Mapped]
) -> list[tuple[str, Values | None, Values | None]]:
    """Deletes the rows that the records stand for; gives (table, what was stored, None) of each."""
    gone: list[tuple[str, Values | None, Values | None]] = []
    by_table: dict[str, list[UUID]] = {}
    for record in records:
        row_id = names.row_of(record.holder)
        if row_id is not None:
            by_table.setdefault(record.holder.table, []).append(row_id)
            names.point(record.holder, None)
    _forget(cursor, organization_id, names.source_id, [each for ids in by_table.values() for each in ids])
    for table, ids in by_table.items():
        gone += [(table, row, None) for row in load(cursor, table, organization_id, "id", ids)]
        _let_go(cursor, organization_id, table, ids)
        delete(cursor, table, organization_id, "id", ids)
    return gone


def _forget(cursor: Cursor, organization_id: UUID, own_source: UUID, ids: list[UUID]) -> None:
    """Other names of the rows mean nothing any more; what imports of their sources remember is out of date."""
    if not ids:
        return
    cursor.execute(_POINT_NOWHERE, (UNKNOWN, organization_id, ids))
    touched = {source_id for (source_id,) in cursor.fetchall()} - {own_source}
    cursor.execute(_OUT_OF_DATE, (organization_id, sorted(touched)))


def _let_go(cursor: Cursor, organization_id: UUID, table: str, ids: list[UUID]) -> None:
    for other, column in referring(table):
        if PART_OF.get(other) == column:
            delete(cursor, other, organization_id, column, ids)
        else:
            cursor.execute(
                f"UPDATE {other} SET {column} = NULL WHERE organization_id = %s AND {column} = ANY(%s)",
                (organization_id, ids),
            )
