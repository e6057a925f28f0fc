"""Tenancy: which organization's rows a session may touch. No scope, no rows.

Three nets. Callers filter by `organization_id`; the session adds that filter to every ORM statement and refuses those
made without a scope; PostgreSQL's row security answers only for the organization named in the transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from sqlalchemy import Executable, ForeignKeyConstraint, Table, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import (
    Mapped,
    Session,
    mapped_column,
    sessionmaker,
    with_loader_criteria,
)
from sqlalchemy.orm.session import ORMExecuteState, SessionTransaction
from sqlalchemy.orm.unitofwork import UOWTransaction
from sqlalchemy.sql import ClauseElement, visitors
from sqlalchemy.sql.base import ExecutableOption

from app.core.ids import UNKNOWN, new_id
from app.extensions import Base, db

APP_ROLE = "mediconnect_app"
SETTING = "app.organization_id"
_KEY = "organization_id"


class TenantRow:
    """Mixin of every table that belongs to an organization: the key begins with the organization."""

    if TYPE_CHECKING:
        __tablename__: Any

    organization_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


def refs(**targets: str) -> tuple[ForeignKeyConstraint, ...]:
    """Composite foreign keys of a tenant's table, one for each `column="table"`, plus the one to its organization."""
    own = ForeignKeyConstraint(["organization_id"], ["organizations.id"])
    return own, *(
        ForeignKeyConstraint(["organization_id", column], [f"{table}.organization_id", f"{table}.id"])
        for column, table in targets.items()
    )


class ScopeMissing(RuntimeError):
    """A statement about an organization's rows was made without saying whose. A fault of the program."""


def scope_of(session: Session) -> UUID | None:
    """The organization whose rows the session may touch now."""
    return session.info.get(_KEY)


@contextmanager
def tenant_scope(organization_id: UUID, session: Session | None = None) -> Iterator[None]:
    """Opens one organization's rows for the session. A scope inside the scope of another organization is refused."""
    session = session or db.session()
    before = scope_of(session)
    if organization_id == UNKNOWN:
        raise ScopeMissing("no organization is named")
    if before is not None and before != organization_id:
        raise ScopeMissing("one unit of work belongs to one organization")
    session.info[_KEY] = organization_id
    try:
        if before is None and session.in_transaction():
            _announce(session.connection(), organization_id)
        yield
    finally:
        if before is None:
            _close(session)


def _close(session: Session) -> None:
    session.expunge_all()  # nothing loaded under one scope may be met again under another
    session.rollback()  # what was meant to stay has been committed; the next transaction starts without a scope
    session.info.pop(_KEY, None)


def _announce(connection: Connection, organization_id: UUID | None) -> None:
    """Names role and organization to PostgreSQL. Only `SET LOCAL` reaches the shards of a distributed database."""
    scope = "" if organization_id is None else str(UUID(str(organization_id)))
    connection.exec_driver_sql(f"SET LOCAL ROLE {APP_ROLE}; SET LOCAL {SETTING} = '{scope}'")


def _after_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if not transaction.nested:
        _announce(connection, scope_of(session))


def _guard(state: ORMExecuteState) -> None:
    """Net two: each ORM statement gets the organization in its WHERE, at every place where a tenant's table stands."""
    organization_id = scope_of(state.session)
    if organization_id is None:
        if named := _tenant_tables_in(state.statement):
            raise ScopeMissing(f"no organization for {', '.join(sorted(named))}")
        return
    state.statement = state.statement.options(_rows_of(organization_id))


@lru_cache(maxsize=256)
def _rows_of(organization_id: UUID) -> ExecutableOption:
    return with_loader_criteria(TenantRow, lambda cls: cls.organization_id == organization_id, include_aliases=True)


def _tenant_tables_in(statement: Executable) -> set[str]:
    """Walked only where no scope is open: a `count(*)` names no mapper, so mappers alone would not do."""
    parts = visitors.iterate(cast(ClauseElement, statement))
    tables = (part for part in parts if isinstance(part, Table))
    return {table.name for table in tables if table.name in tenant_tables()}


def _check_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    organization_id = scope_of(session)
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, TenantRow):
            continue
        if organization_id is None:
            raise ScopeMissing(f"no organization for a {type(row).__name__}")
        if row.organization_id is None:
            row.organization_id = organization_id
        if row.organization_id != organization_id:
            raise ScopeMissing(f"a {type(row).__name__} of another organization")


def install(sessions: sessionmaker[Any]) -> None:
    """Hangs the nets into a maker of sessions; a second call changes nothing."""
    for name, listener in (("after_begin", _after_begin), ("do_orm_execute", _guard), ("before_flush", _check_flush)):
        if not event.contains(sessions, name, listener):
            event.listen(sessions, name, listener)


@cache
def tenant_tables() -> dict[str, type[TenantRow]]:
    """Every tenant's class by the name of its table."""
    return {m.class_.__tablename__: m.class_ for m in Base.registry.mappers if issubclass(m.class_, TenantRow)}


def row_security(table: str) -> tuple[str, ...]:
    """The statements that put a tenant's table under row security, for migrations."""
    rule = f"organization_id = nullif(current_setting('{SETTING}', true), '')::uuid"
    return (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING ({rule}) WITH CHECK ({rule})",
    )
