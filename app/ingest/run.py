"""An import from its start to its end: batches, each stored with its checkpoint in one transaction."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from app.core import versions
from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AppError, Invalid, NotFound, Unavailable
from app.core.ids import new_id
from app.core.tenancy import scope_of, tenant_scope
from app.extensions import db
from app.ingest.ahead import ReadingFailed, batches, cycles_let_be, place_of
from app.ingest.counts import Counts
from app.ingest.csv_feed import MappedCsv, OwnCsv
from app.ingest.feed import Fhir, Format, Item, check, files, items
from app.ingest.mapping.rows import Mapped
from app.ingest.reject import FileRefused, Reject
from app.ingest.sources.files import Entry
from app.ingest.sources.registered import feed_source, source_for
from app.ingest.upsert.names import digest_of
from app.ingest.upsert.refused import REFUSED, refusal
from app.ingest.upsert.settle import Zones
from app.ingest.upsert.statements import insert, raw_cursor
from app.ingest.upsert.store import Outcome, Target, store
from app.models import ImportRun, Organization, UnresolvedReference
from app.models.keyring import keyring

BATCH = 2000
Progress = Callable[[int, int], None]  # bytes done, bytes in all


def import_path(
    actor: Actor,
    source_key: str,
    kind: str,
    path: Path | str,
    mapping: Path | str | None = None,
    progress: Progress | None = None,
) -> ImportRun:
    """Imports a file or folder of one `kind` ("fhir" or "csv") as the source of that key, which is made where it is
    missing. Raises Invalid for a path that cannot be read at all; every other fault ends among the run's rejects."""
    run = begin(actor, source_key, kind, path, mapping)
    with tenant_scope(actor.organization_id):
        return resume(run.id, progress)


def begin(actor: Actor, source_key: str, kind: str, path: Path | str, mapping: Path | str | None = None) -> ImportRun:
    """A run that is still to be done, for `resume`; commits."""
    path = Path(path)
    if not all(_is_storable(text) for text in (source_key, str(path), str(mapping or ""))):
        raise Invalid("The names of sources, files and mappings are text in UTF-8.", field="path")
    with tenant_scope(actor.organization_id):
        format_ = _format(kind, path, mapping)
        _check(path, format_, _entries(path, format_))
        source = source_for(actor.organization_id, source_key, kind)
        run = ImportRun(
            organization_id=actor.organization_id,
            id=new_id(),
            source_id=source.id,
            kind=kind,
            name=path.name,
            path=str(path.resolve()),
            mapping=None if mapping is None else str(mapping),
            state="pending",
            counts={},
            checkpoint={},
            created_by=actor.user_id,
            created_at=now(),
        )
        db.session.add(run)
        db.session.commit()
    return run


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def resume(import_run_id: UUID, progress: Progress | None = None) -> ImportRun:
    """Does what is left of a run, from its last checkpoint. Needs the organization's scope; commits each batch.

    An error leaves the run failed, with its class and place, and is raised: an AppError as it is, any other as
    Unavailable. What was stored stays, and the run may be resumed."""
    run = db.session.get(ImportRun, (scope_of(db.session()), import_run_id))
    if run is None:
        raise NotFound("There is no such import.")
    if run.state in ("completed", "cancelled"):
        return run
    try:
        return _read_on(run, progress)
    except Exception as error:
        db.session.rollback()
        stopped = _as_stopped(error)
        fail(import_run_id, stopped.message)
        if stopped is error:
            raise
        raise stopped from error


def fail(import_run_id: UUID, reason: str) -> None:
    """Marks a run that is not over as failed; it may be resumed. Needs the organization's scope; commits."""
    run = db.session.get_one(ImportRun, (scope_of(db.session()), import_run_id), populate_existing=True)
    if run.state in ("pending", "running"):
        run.state, run.error, run.finished_at = "failed", reason, now()
    db.session.commit()


def _as_stopped(error: Exception) -> AppError:
    """The error as people may read it: an unforeseen one by its class and place, never by its text."""
    if isinstance(error, AppError):
        return error
    kind, place = type(error).__name__, place_of(error)
    if isinstance(error, ReadingFailed):
        kind, place = error.kind, error.place
    return Unavailable(f"The import stopped ({kind} at {place}). It goes on from there when it is resumed.")


def _read_on(run: ImportRun, progress: Progress | None) -> ImportRun:
    path = Path(run.path or "")
    format_ = _format(run.kind, path, run.mapping)
    run.total_bytes = sum({e.path: e.path.stat().st_size for e in _entries(path, format_)}.values())
    run.state, run.started_at, run.finished_at, run.error = "running", run.started_at or now(), None, None
    db.session.commit()
    assert run.source_id is not None  # set when the run begins
    target, counts = _target(run, run.source_id), Counts(run.counts)
    stream = _digested(items(path, format_, dict(run.checkpoint)), target.key)
    with cycles_let_be():
        for batch in batches(stream, BATCH):
            if run.state == "cancelled":  # by another session; the commit before made this one look again
                return run
            _store_all(run, target, counts, batch)
            gc.collect(0)
            if progress:
                progress(run.done_bytes, run.total_bytes)
    return _finish(run, target, counts)


def _digested(stream: Iterator[Item], key: bytes) -> Iterator[Item]:
    """The same with their digests, which are made where they are read: that may be another process."""
    for item in stream:
        if item.mapped is not None:
            item.mapped.digest = digest_of(item.mapped, key)
        yield item


def _format(kind: str, path: Path, mapping: Path | str | None) -> Format:
    if kind == "fhir":
        return Fhir(db.session.get_one(Organization, scope_of(db.session())).currency)
    if kind == "csv":
        return OwnCsv() if mapping is None else MappedCsv(mapping, path)
    raise Invalid("An import is of kind fhir or csv.", field="kind")


def _entries(path: Path, format_: Format) -> list[Entry]:
    try:
        found = files(path, format_)
    except FileRefused as refused:
        raise _refusal(refused) from None
    if not found:
        raise Invalid(f"No file here ends on {', '.join(format_.endings)}.", field="path")
    return found


def _check(path: Path, format_: Format, found: list[Entry]) -> None:
    """One file that is none of its kind is refused at once; among others it is told when it is its turn."""
    if path.is_file():
        try:
            for entry in found:
                check(entry, format_)
        except FileRefused as refused:
            raise _refusal(refused) from None


def _refusal(refused: FileRefused) -> Invalid:
    return Invalid(f"This cannot be imported: {refused.reason}.", field="path", code=refused.code)


def _target(run: ImportRun, source_id: UUID) -> Target:
    organization = db.session.get_one(Organization, run.organization_id)
    return Target(
        run.organization_id,
        source_id,
        (source_id,),
        int(run.created_at.timestamp() * 1000),
        keyring(run.organization_id),
        Zones(organization.zone),
    )


def _store_all(run: ImportRun, target: Target, counts: Counts, batch: list[Item]) -> None:
    """Stores a batch; where the database refuses it, its halves, until the record that it does not take is found."""
    try:
        _store(run, target, counts, batch)
    except REFUSED as error:
        db.session.rollback()
        if len(batch) > 1:
            for part in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
                _store_all(run, target, counts, part)
            return
        if batch[0].mapped is None:
            raise
        batch[0].mapped, batch[0].reject = None, refusal(error)
        _store(run, target, counts, batch)


def _store(run: ImportRun, target: Target, counts: Counts, batch: list[Item]) -> None:
    """One batch with its rejects, counts and checkpoint; commits."""
    cursor = raw_cursor(db.session())
    cursor.execute("SET LOCAL synchronous_commit = off")  # what a crash loses it loses with its checkpoint
    mapped: list[Mapped] = [item.mapped for item in batch if item.mapped is not None]
    outcomes = iter(store(cursor, target, mapped))
    for (kind, outcome), number in Counter((item.kind, _outcome(item, outcomes)) for item in batch).items():
        counts.add(kind, outcome, number)
    insert(
        cursor,
        "import_rejects",
        run.organization_id,
        [_reject(run, item, item.reject) for item in batch if item.reject],
    )
    run.counts = counts.as_json()
    run.checkpoint = {"file": batch[-1].file, "records": batch[-1].number}
    run.done_bytes = batch[-1].done_bytes
    db.session.commit()
    versions.ring(run.organization_id)


def _outcome(item: Item, outcomes: Iterator[Outcome]) -> str:
    if item.reject:
        return "rejected"
    return "unused" if item.mapped is None else next(outcomes).counted


def _reject(run: ImportRun, item: Item, reject: Reject) -> dict[str, object]:
    return {
        "id": new_id(),
        "import_run_id": run.id,
        "file": item.file,
        "line": item.line,
        "path": reject.path,
        "code": reject.code,
        "reason": reject.reason,
    }


def _finish(run: ImportRun, target: Target, counts: Counts) -> ImportRun:
    waiting = select(func.count(func.distinct(UnresolvedReference.record_id, UnresolvedReference.column))).where(
        UnresolvedReference.organization_id == run.organization_id, UnresolvedReference.source_id == run.source_id
    )
    run.waiting = db.session.scalar(waiting) or 0
    if run.state == "cancelled":
        return run
    run.state, run.finished_at, run.done_bytes = "completed", now(), run.total_bytes or 0
    feed_source(run.organization_id, target.source_id, counts)
    db.session.commit()
    versions.stir(run.organization_id)  # answers say that data is still loading, until now
    return run
