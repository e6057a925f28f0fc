"""Takes out what records no longer stand for: the row, its parts, and what still points at it."""

from collections.abc import Iterable
from uuid import UUID

from psycopg import Cursor

from app.core.ids import UNKNOWN
from app.ingest.mapping.rows import Mapped, Name
from app.ingest.upsert.names import Names
from app.ingest.upsert.statements import delete, load
from app.ingest.upsert.tables import PART_OF, referring
from app.ingest.upsert.work import Values

_POINT_NOWHERE = """
UPDATE source_records SET record_id = %s WHERE organization_id = %s AND record_id = ANY(%s) RETURNING source_id
"""
_OUT_OF_DATE = "UPDATE sources SET revision = revision + 1 WHERE organization_id = %s AND id = ANY(%s)"


def outdated(cursor: Cursor, names: Names, records: list[Mapped]) -> list[Name]:
    """The names of rows that records stood for and do not any more."""
    known = [record for record in records if names.row_of(record.holder) is not None]
    found = [record.holder for record in known if record.remove]
    others = [name for record in known for name in record.gone]
    names.look_up(cursor, others)
    found += [name for name in others if names.row_of(name) is not None]
    numbered = [record.gone_from for record in known if record.gone_from is not None]
    while numbered:
        names.look_up(cursor, numbered)
        meant = [name for name in numbered if names.row_of(name) is not None]
        found += meant
        numbered = [_next(name) for name in meant]
    return found


def _next(name: Name) -> Name:
    stem, _, number = name.text.rpartition("/")
    return Name(name.table, f"{stem}/{int(number) + 1}")


def remove(
    cursor: Cursor, organization_id: UUID, names: Names, outdated: Iterable[Name]
) -> list[tuple[str, Values | None, Values | None]]:
    """Deletes the rows of these names; gives (table, what was stored, None) of each."""
    gone: list[tuple[str, Values | None, Values | None]] = []
    by_table: dict[str, list[UUID]] = {}
    for name in outdated:
        row_id = names.row_of(name)
        if row_id is not None:
            by_table.setdefault(name.table, []).append(row_id)
            names.point(name, None)
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
