"""The bulk statements: rows travel as one JSON parameter, so that a batch is one round trip without a staging table.

Tables and columns stand in the statements as the models name them; values are always parameters.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

import orjson
from psycopg import Connection, Cursor
from psycopg.rows import dict_row
from sqlalchemy.orm import Session

from app.ingest.upsert.tables import columns

Values = dict[str, Any]


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return f"\\x{bytes(value).hex()}"
    raise TypeError(type(value).__name__)


def raw_cursor(session: Session) -> Cursor:
    """A cursor of the driver's own in the session's transaction."""
    connection = cast(Connection, session.connection().connection.driver_connection)
    return connection.cursor()


def as_json(rows: list[Values]) -> str:
    """Rows as the JSON array that `json_populate_recordset` reads; what is absent there is NULL."""
    said = [{column: value for column, value in row.items() if value is not None} for row in rows]
    return orjson.dumps(said, default=_plain).decode()


@cache
def _upsert(table: str, key: str) -> str:
    own = [column for column in columns(table) if column != "organization_id"]
    listed = ", ".join(own)
    changed = ", ".join(f"{column} = EXCLUDED.{column}" for column in own if column not in key.split(", "))
    return (
        f"INSERT INTO {table} (organization_id, {listed}) SELECT %s, {listed} "
        f"FROM json_populate_recordset(NULL::{table}, %s::json) "
        f"ON CONFLICT ({key}) DO UPDATE SET {changed}"
    )


def upsert(cursor: Cursor, table: str, organization_id: UUID, rows: list[Values], key: str = "id") -> None:
    """Inserts rows or replaces those of the same key, in one statement."""
    if rows:
        cursor.execute(_upsert(table, f"organization_id, {key}"), (organization_id, as_json(rows)))


@cache
def _insert(table: str) -> str:
    listed = ", ".join(column for column in columns(table) if column != "organization_id")
    return (
        f"INSERT INTO {table} (organization_id, {listed}) SELECT %s, {listed} "
        f"FROM json_populate_recordset(NULL::{table}, %s::json)"
    )


def insert(cursor: Cursor, table: str, organization_id: UUID, rows: list[Values]) -> None:
    """Inserts new rows in one statement."""
    if rows:
        cursor.execute(_insert(table), (organization_id, as_json(rows)))


def load(
    cursor: Cursor, table: str, organization_id: UUID, by: str, ids: Iterable[UUID], where: str = "true"
) -> list[Values]:
    """Whole rows whose column `by` is among `ids`."""
    ids = list(ids)
    if not ids:
        return []
    with cursor.connection.cursor(row_factory=dict_row) as rows:
        rows.execute(
            f"SELECT {', '.join(columns(table))} FROM {table} "
            f"WHERE organization_id = %s AND {by} = ANY(%s) AND ({where})",
            (organization_id, ids),
            prepare=False,
            binary=True,
        )
        return rows.fetchall()


def delete(cursor: Cursor, table: str, organization_id: UUID, by: str, ids: Iterable[UUID]) -> None:
    """Deletes the rows whose column `by` is among `ids`."""
    ids = list(ids)
    if ids:
        statement = f"DELETE FROM {table} WHERE organization_id = %s AND {by} = ANY(%s)"
        cursor.execute(statement, (organization_id, ids), prepare=False)
