"""Sums up what changed: takes an organization's marks, recomputes their days, moves its data versions, all or nothing.

One refresher at a time works on an organization: it holds the row of `rollup_state`. Marks are deleted in the same
transaction in which their days are recomputed; a change committed meanwhile has left marks of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.core import versions
from app.core.clock import now
from app.core.ids import UNKNOWN, new_id
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models.appointments import Appointment
from app.models.facts import DataVersion, DirtyMark, RollupState, VisitDay
from app.models.organizations import Organization
from app.rollups import visit_days
from app.rollups.catalogue import FAMILIES
from app.rollups.families.appointments import PATIENTS, RETURNS
from app.rollups.marks import Mark, mark
from app.rollups.recompute import recompute
from app.rollups.tables import CLINIC, TABLES
from app.rollups.writing import Bucket

# A first load recomputes years at once: it may take its time, and sort in memory.
_AT_WORK = text("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'")

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Refreshed:
    """What one refresh did: days recomputed by family, and the versions that moved (None: the organization's own)."""

    days: Mapping[str, int] = field(default_factory=dict)
    versions: Mapping[UUID | None, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.versions)


def refresh(organization_id: UUID, progress: Progress | None = None) -> Refreshed:
    """Sums up an organization's dirty days and commits. Nothing to do, or another refresher at work: empty."""
    with tenant_scope(organization_id):
        session = db.session()
        session.flush()
        session.execute(_AT_WORK)
        if not _lock(session, organization_id):
            session.rollback()
            return Refreshed()
        buckets, patients = _take(session, organization_id)
        if not buckets and not patients:
            session.rollback()
            return Refreshed()
        moved = visit_days.rebuild(session, organization_id, patients)
        _add_visits(buckets, moved)
        done = _recompute(session, organization_id, buckets, progress)
        clinics = {clinic for dirty in buckets.values() for clinic, _ in dirty}
        moved_versions = _move_versions(session, organization_id, clinics)
        session.commit()
    versions.publish(organization_id, moved_versions)
    return Refreshed(done, moved_versions)


def restate(organization_id: UUID, clinic_ids: Iterable[UUID]) -> None:
    """Moves the data versions of clinics where no record changed, but what figures are held against or drawn with.

    Commits, with what the caller's transaction holds.
    """
    with tenant_scope(organization_id):
        moved = _move_versions(db.session(), organization_id, set(clinic_ids))
        db.session.commit()
    versions.publish(organization_id, moved)


def rebuild(organization_id: UUID, progress: Progress | None = None) -> Refreshed:
    """Computes every day of an organization anew, also those without a mark; commits."""
    with tenant_scope(organization_id):
        session = db.session()
        _mark_everything(session, organization_id)
        session.commit()
    return refresh(organization_id, progress)


def refresh_all(progress: Progress | None = None) -> dict[UUID, Refreshed]:
    """Refreshes each organization in turn; those in which something moved."""
    organizations = db.session.scalars(select(Organization.id)).all()
    db.session.rollback()
    answers = {organization_id: refresh(organization_id, progress) for organization_id in organizations}
    return {organization_id: answer for organization_id, answer in answers.items() if answer}


def _lock(session: Session, organization_id: UUID) -> bool:
    """Holds the organization's row until the transaction ends; False while someone else does."""
    state = RollupState.__table__
    new = {"organization_id": organization_id, "id": new_id(), "refreshed_at": None}
    mine = state.c.organization_id == organization_id
    if session.execute(select(state.c.id).where(mine)).first() is None:
        session.execute(upsert(state).values(new).on_conflict_do_nothing())
    return session.execute(select(state.c.id).where(mine).with_for_update(skip_locked=True)).first() is not None


def _take(session: Session, organization_id: UUID) -> tuple[dict[str, set[Bucket]], set[UUID]]:
    """Removes the organization's marks and says what they name: days of clinics by family, and patients."""
    table = DirtyMark.__table__
    taken = session.execute(
        delete(table)
        .where(table.c.organization_id == organization_id)
        .returning(table.c.family, table.c.clinic_id, table.c.day, table.c.patient_id)
    )
    buckets: dict[str, set[Bucket]] = {}
    patients: set[UUID] = set()
    for family, clinic_id, day, patient_id in taken:
        if day is not None:
            buckets.setdefault(family, set()).add((clinic_id, day))
        if patient_id is not None:
            patients.add(patient_id)
    return buckets, patients


def _add_visits(buckets: dict[str, set[Bucket]], moved: set[Bucket]) -> None:
    """The families over visit days follow what moved there."""
    for family in (PATIENTS, RETURNS):
        later = {(clinic_id, day + timedelta(days=family.lag)) for clinic_id, day in moved}
        buckets.setdefault(family.key, set()).update(later)


def _recompute(
    session: Session, organization_id: UUID, buckets: Mapping[str, Iterable[Bucket]], progress: Progress | None
) -> dict[str, int]:
    done = {}
    for key, dirty in buckets.items():
        if days := recompute(session, FAMILIES[key], organization_id, dirty):
            done[key] = days
            if progress is not None:
                progress(key, days)
    return done


def _move_versions(session: Session, organization_id: UUID, clinics: set[UUID]) -> dict[UUID | None, int]:
    """Counts up the versions of the clinics touched and of the organization, and notes when."""
    at, table, state = now(), DataVersion.__table__, RollupState.__table__
    rows = [
        {"organization_id": organization_id, "id": new_id(), "clinic_id": clinic, "version": 1, "changed_at": at}
        for clinic in {UNKNOWN, *clinics}
    ]
    first = upsert(table).values(rows)
    moved = first.on_conflict_do_update(
        index_elements=["organization_id", "clinic_id"],
        set_={"version": table.c.version + 1, "changed_at": first.excluded.changed_at},
    ).returning(table.c.clinic_id, table.c.version)
    found = {None if clinic == UNKNOWN else clinic: version for clinic, version in session.execute(moved)}
    session.execute(state.update().where(state.c.organization_id == organization_id).values(refreshed_at=at))
    return found


def stored_versions(organization_id: UUID) -> dict[UUID | None, int]:
    """The versions as PostgreSQL knows them, published anew: for a reader whom Redis could not answer."""
    with tenant_scope(organization_id):
        table = DataVersion.__table__
        rows = db.session.execute(
            select(table.c.clinic_id, table.c.version).where(table.c.organization_id == organization_id)
        )
        found: dict[UUID | None, int] = {None if clinic == UNKNOWN else clinic: version for clinic, version in rows}
    versions.publish(organization_id, found)
    return found


def current_version(organization_id: UUID, clinic_id: UUID | None = None) -> int:
    """The version in force, from Redis or else from PostgreSQL; 0 before the first refresh."""
    version = versions.current(organization_id, clinic_id)
    return stored_versions(organization_id).get(clinic_id, 0) if version is None else version


def _mark_everything(session: Session, organization_id: UUID) -> None:
    """Marks each day that has records or facts, and each patient that has visits or visit days."""
    marks, connection = set(), session.connection()
    for family in FAMILIES.values():
        if family.rows is VisitDay.__table__:
            continue
        records = (
            select(family.place("clinic"), family.day)
            .select_from(family.rows)
            .where(family.organization == organization_id, family.day.is_not(None))
        )
        table = TABLES[family.key]
        facts = select(table.c.clinic_id, table.c.day).where(
            table.c.organization_id == organization_id, table.c.grain == CLINIC
        )
        marks |= {Mark(family.key, clinic_id, day) for clinic_id, day in connection.execute(records.union(facts))}
    visits = select(Appointment.patient_id).where(
        Appointment.organization_id == organization_id, Appointment.patient_id.is_not(None)
    )
    known = select(VisitDay.patient_id).where(VisitDay.organization_id == organization_id)
    marks |= {Mark(PATIENTS.key, UNKNOWN, None, patient) for (patient,) in session.execute(visits.union(known))}
    mark(session, organization_id, marks)
