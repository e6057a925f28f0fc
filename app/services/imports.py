"""Imports as people ask for them: a file taken in, a run that a worker does, what came of it."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.errors import Invalid, TooLarge
from app.core.ids import new_id
from app.core.permissions import Permission
from app.extensions import db
from app.ingest.run import begin
from app.models import ImportReject, ImportRun, Source
from app.services import access, audit, jobs

LARGEST = 1024 * 1024 * 1024
KINDS = {"ndjson": "fhir", "json": "fhir", "csv": "csv", "zip": "fhir"}
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
    folder = home / "imports" / str(actor.organization_id) / str(new_id())
    kind, file_name = _kind_of(name)
    try:
        folder.mkdir(parents=True, mode=0o700)
        path = folder / file_name
        size = _write(stream, path)
        run = begin(actor, source_key or "upload", kind, path, mapping or None)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    audit.record(actor, "import.start", "import", run.id, bytes=size, kind=kind)
    jobs.enqueue(db.session(), _RUN, actor.organization_id, run.id)
    db.session.commit()
    return run


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
