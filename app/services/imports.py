"""Imports as people ask for them: a file taken in, a run that a worker does, what came of it."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AppError, Invalid, NoSpace, TooLarge, is_full
from app.core.ids import made_at, new_id, parse_id
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest.counts import KEYS
from app.ingest.mapping.columns import shipped
from app.ingest.reject import FileRefused
from app.ingest.run import Progress, begin, resume
from app.ingest.run import fail as mark_failed
from app.ingest.sources import fhir, tables
from app.ingest.sources.files import entries
from app.models import ImportReject, ImportRun, Source
from app.services import access, audit
from app.services.background import jobs

LARGEST = 1024 * 1024 * 1024
KINDS = {"ndjson": "fhir", "json": "fhir", "csv": "csv", "zip": "fhir"}  # of a zip, where its files do not tell
_ENDINGS = {"fhir": fhir.ENDINGS, "csv": tables.ENDINGS}
FAILED_KEPT = timedelta(days=14)  # how long the file of a failed run waits to be resumed
_ARRIVING = timedelta(hours=6)  # an upload has no run before it has come in
_CHUNK = 1024 * 1024
_RUN = "import.run"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 120


class Readable(Protocol):
    """Anything that hands out its bytes piece by piece."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""


def take_in(
    actor: Actor, home: Path, stream: Readable, name: str, source_key: str, mapping: str | None = None
) -> ImportRun:
    """Writes an upload to disk piece by piece and asks for its import by a worker; audited; commits.

    Raises Invalid for a name or content that is no import, TooLarge above LARGEST bytes; then nothing is kept.
    """
    actor.require(Permission.DATA_IMPORT)
    if mapping and mapping not in shipped():
        raise Invalid(f"A mapping is one of {', '.join(sorted(shipped()))}.", field="mapping")
    folder = _uploads(home) / str(actor.organization_id) / str(new_id())
    kind, file_name = _kind_of(name)
    try:
        folder.mkdir(parents=True, mode=0o700)
        path = folder / file_name
        size = _write(stream, path)
        kind = _kind_of_zip(path) if path.suffix.lower() == ".zip" else kind
        run = begin(actor, source_key or "upload", kind, path, mapping or None)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if is_full(error):
            raise NoSpace("There is no space left for the file. Nothing was kept of it; send it again.") from error
        raise
    audit.record(actor, "import.start", "import", run.id, bytes=size, kind=kind)
    jobs.enqueue(db.session(), _RUN, actor.organization_id, run.id)
    db.session.commit()
    return run


def from_path(
    actor: Actor, kind: str, path: Path, source_key: str, mapping: str | None = None, progress: Progress | None = None
) -> ImportRun:
    """Imports a file or folder of this machine, now; audited; commits. Raises as `app.ingest.run.import_path`."""
    actor.require(Permission.DATA_IMPORT)
    run = begin(actor, source_key, kind, path, mapping)
    audit.record(actor, "import.start", "import", run.id, source=source_key, kind=kind)
    db.session.commit()
    return perform(actor, run.id, progress)


def perform(actor: Actor, run_id: UUID, progress: Progress | None = None) -> ImportRun:
    """Does what is left of a run and notes in the audit log what it came to; commits. Raises as `resume`."""
    actor.require(Permission.DATA_IMPORT)
    try:
        run = resume(run_id, progress)
    except AppError:
        _note_end(actor, access.import_run_for(actor, run_id))
        raise
    _note_end(actor, run)
    return run


def _note_end(actor: Actor, run: ImportRun) -> None:
    source = db.session.get(Source, (run.organization_id, run.source_id))
    counted: dict[str, Any] = {key: total(run, key) for key in KEYS}
    outcome = "ok" if run.state == "completed" else run.state
    named = source.key if source else None
    audit.record(actor, "import.end", "import", run.id, outcome=outcome, source=named, **counted)
    db.session.commit()


def fail(run_id: UUID, reason: str) -> None:
    """Shows that nobody works on a run any more; commits."""
    mark_failed(run_id, reason)


def sweep_uploads(home: Path) -> int:
    """Removes the uploaded files that no run will read again, and how many those were: of runs that are completed or
    cancelled, of runs that failed more than FAILED_KEPT ago, and of no run at all."""
    removed = 0
    for own in _uploads(home).glob("*/"):
        organization_id = parse_id(own.name)
        if organization_id is None:
            continue
        with tenant_scope(organization_id):
            kept = _still_needed(organization_id)
        for folder in own.glob("*/"):
            made = parse_id(folder.name)
            if made is not None and folder.resolve() not in kept and made_at(made) < now() - _ARRIVING:
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed


def discard_upload(home: Path, run: ImportRun) -> None:
    """Removes the uploaded file of a run that is over; what lies elsewhere is its owner's and stays."""
    folder = Path(run.path or "/").parent
    own = (_uploads(home) / str(run.organization_id)).resolve()
    if run.state in ("completed", "cancelled") and folder.parent == own and parse_id(folder.name) is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _still_needed(organization_id: UUID) -> set[Path]:
    """The folders of files that a run may still read."""
    resumable = and_(ImportRun.state == "failed", ImportRun.finished_at >= now() - FAILED_KEPT)
    open_ = or_(ImportRun.state.in_(("pending", "running")), resumable)
    query = select(ImportRun.path).where(ImportRun.organization_id == organization_id, open_)
    return {Path(path).parent for path in db.session.scalars(query) if path}


def _uploads(home: Path) -> Path:
    return home / "imports"


def cancel(actor: Actor, run_id: UUID) -> None:
    """Takes a run back that is not over yet; what is stored stays; audited; commits."""
    actor.require(Permission.DATA_IMPORT)
    run = access.import_run_for(actor, run_id)
    if run.state in ("pending", "running"):
        jobs.cancel(db.session(), _RUN, run.id)
        run.state = "cancelled"
        audit.record(actor, "import.cancel", "import", run.id)
    db.session.commit()


def latest(actor: Actor, limit: int = 50) -> Sequence[ImportRun]:
    """The organization's newest runs."""
    actor.require(Permission.DATA_READ)
    query = select(ImportRun).where(ImportRun.organization_id == actor.organization_id)
    return db.session.scalars(query.order_by(ImportRun.created_at.desc(), ImportRun.id.desc()).limit(limit)).all()


def sources(actor: Actor) -> Sequence[Source]:
    """The organization's sources, by name."""
    actor.require(Permission.DATA_READ)
    return db.session.scalars(
        select(Source).where(Source.organization_id == actor.organization_id).order_by(Source.name, Source.id)
    ).all()


def rejects(actor: Actor, run_id: UUID, limit: int | None = None) -> Iterator[ImportReject]:
    """What a run did not store and why, in the order of its files; raises NotFound."""
    run = access.import_run_for(actor, run_id)
    query = (
        select(ImportReject)
        .where(ImportReject.organization_id == actor.organization_id, ImportReject.import_run_id == run.id)
        .order_by(ImportReject.file, ImportReject.line, ImportReject.id)
        .limit(limit)
    )
    return _streamed(db.session.scalars(query.execution_options(yield_per=1000)))


def total(run: ImportRun, key: str) -> int:
    """The sum over all record types of `read`, `stored`, `unchanged`, `unused` or `rejected`."""
    return sum(found.get(key, 0) for found in run.counts.values())


def _streamed(found: Iterable[ImportReject]) -> Iterator[ImportReject]:
    for reject in found:
        db.session.expunge(reject)
        yield reject


def _kind_of(name: str) -> tuple[str, str]:
    own = name.replace("\\", "/").rpartition("/")[2]
    safe = _UNSAFE.sub("_", own)[-_LONGEST_NAME:].strip("._")
    endings = safe.lower().removesuffix(".gz").rpartition(".")
    kind = KINDS.get(endings[2])
    if not kind or not endings[0]:
        raise Invalid(f"A file ends on .{', .'.join(KINDS)}, or on one of them and .gz.", field="file")
    return kind, safe


def _kind_of_zip(path: Path) -> str:
    """What the files in a zip are; why it cannot be read at all is said by whoever begins the import."""
    try:
        names = [entry.plain_name for entry in entries(path, ())]
    except FileRefused:
        return KINDS["zip"]
    found = {kind for kind, endings in _ENDINGS.items() if any(name.endswith(endings) for name in names)}
    if len(found) > 1:
        raise Invalid("The zip holds both CSV and FHIR files. Send them in two.", field="file")
    return found.pop() if found else KINDS["zip"]


def _write(stream: Readable, path: Path) -> int:
    size = 0
    with open(path, "xb", opener=_private) as file:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            if size > LARGEST:
                raise TooLarge(f"A file has at most {LARGEST // 1024**2} MB.", limit=LARGEST)
            file.write(piece)
    if not size:
        raise Invalid("The file is empty.", field="file")
    return size


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
