"""Dirty marks: each change of a record is noted in its own transaction, by its old and its new place.

Changes through the ORM mark themselves when they are flushed; bulk writers call `mark_rows`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert, inspect
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker

from app.core import versions
from app.core.ids import UNKNOWN, new_id
from app.core.tenancy import TenantRow, scope_of
from app.models.facts import DirtyMark, VisitDay
from app.rollups.catalogue import FAMILIES
from app.rollups.families.appointments import PATIENTS

_RING = "rollups.ring"
_STIR = "rollups.stir"
_LOGS = frozenset({"audit_events", "audit_heads", "report_runs", "import_runs", "notifications", "walls"})
_CHUNK = 2000


@dataclass(frozen=True)
class Mark:
    """One day of a clinic in one family to be recomputed; or, for patients, whose visits to look at again."""

    family: str
    clinic_id: UUID
    day: date | None = None
    patient_id: UUID | None = None


@dataclass(frozen=True)
class Watch:
    """The columns of a table that decide which marks a row makes."""

    days: tuple[tuple[str, str], ...]  # family, its day's column
    patients: bool

    def marks(self, row: Mapping[str, Any]) -> Iterator[Mark]:
        """What must be summed up again for a row in this place; the row names the columns of `columns`."""
        clinic = row.get("clinic_id") or UNKNOWN
        for family, column in self.days:
            if row.get(column) is not None:
                yield Mark(family, clinic, row[column])
        if self.patients and row.get("patient_id") is not None:
            yield Mark(PATIENTS.key, UNKNOWN, None, row["patient_id"])

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that `marks` reads."""
        own = ("patient_id",) if self.patients else ()
        return ("clinic_id", *dict.fromkeys(column for _, column in self.days), *own)


@cache
def watched() -> Mapping[str, Watch]:
    """By table: how its rows make marks. Families over visit days follow from the marks of patients."""
    days: dict[str, list[tuple[str, str]]] = {}
    for family in FAMILIES.values():
        if family.rows is not VisitDay.__table__:
            days.setdefault(family.feed, []).append((family.key, family.day.key))
    return {table: Watch(tuple(found), patients=table == PATIENTS.feed) for table, found in days.items()}


def mark(session: Session | Connection, organization_id: UUID, marks: Iterable[Mark]) -> int:
    """Appends marks, each once, in the caller's transaction; how many."""
    rows = [
        {
            "organization_id": organization_id,
            "id": new_id(),
            "family": one.family,
            "clinic_id": one.clinic_id,
            "day": one.day,
            "patient_id": one.patient_id,
        }
        for one in set(marks)
    ]
    for start in range(0, len(rows), _CHUNK):
        session.execute(insert(DirtyMark.__table__), rows[start : start + _CHUNK])
    return len(rows)


def mark_rows(
    session: Session | Connection, organization_id: UUID, table: str, rows: Iterable[Mapping[str, Any]]
) -> int:
    """Marks what bulk writing to a table changed; `rows`: the places before and after, as `watched()[table].columns`.

    A table without facts marks nothing. The caller rings (`app.core.versions.ring`) after its commit.
    """
    watch = watched().get(table)
    if watch is None:
        return 0
    return mark(session, organization_id, (one for row in rows for one in watch.marks(row)))


def _before_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    organization_id = scope_of(session)
    changed = [row for row in (*session.new, *session.deleted) if isinstance(row, TenantRow)]
    changed += [row for row in session.dirty if isinstance(row, TenantRow) and session.is_modified(row)]
    if organization_id is not None and any(row.__tablename__ not in _LOGS for row in changed):
        session.info[_STIR] = organization_id
    marks = {one for row in changed for one in _marks_of(row)}
    if marks and organization_id is not None:
        mark(session.connection(), organization_id, marks)
        session.info[_RING] = organization_id


def _marks_of(row: TenantRow) -> Iterator[Mark]:
    watch = watched().get(row.__tablename__)
    if watch is None:
        return
    after = {column: getattr(row, column) for column in watch.columns}
    yield from watch.marks(after)
    yield from watch.marks({column: _before(row, column) for column in watch.columns})


def _before(row: TenantRow, column: str) -> Any:
    history = inspect(row).attrs[column].load_history()
    return history.deleted[0] if history.deleted else getattr(row, column)


def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    stirred = session.info.pop(_STIR, None)
    if organization_id := session.info.pop(_RING, None):
        versions.ring(organization_id)
    elif stirred:
        versions.stir(stirred)


def install(sessions: sessionmaker[Any]) -> None:
    """Lets every session of a maker mark its changes; a second call changes nothing."""
    for name, listener in (("before_flush", _before_flush), ("after_commit", _after_commit)):
        if not event.contains(sessions, name, listener):
            event.listen(sessions, name, listener)
