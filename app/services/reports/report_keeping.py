"""Keeps a made file: sealed in the storage, with the row that says for whose rights it was made."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

from app.core.actor import Actor
from app.core.clock import now
from app.models import ReportFile, ReportRun
from app.models.keyring import keyring
from app.reports.storage import storage

_BLOCK = 1 << 20  # bytes read at once


def keep(
    run: ReportRun, reader: Actor, format_: str, made: Path, key: str, pages: int | None, file_id: UUID
) -> ReportFile:
    """Writes a run's file under a key of the storage; its row, which the caller adds. Raises what storage raises."""
    stored = storage.write(key, _blocks(made), keyring(run.organization_id))
    return ReportFile(
        organization_id=run.organization_id,
        id=file_id,
        run_id=run.id,
        format=format_,
        rights=reader.scope_key,
        roles=sorted(role.value for role in reader.roles),
        clinic_ids=None if reader.clinic_ids is None else sorted(reader.clinic_ids),
        key=stored.key,
        bytes=stored.bytes,
        sha256=stored.sha256,
        pages=pages,
        created_at=now(),
    )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(partial(file.read, _BLOCK), b"")
