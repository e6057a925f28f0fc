"""Files of reports in a local folder: complete or not there. A key is `<organization>/<run>.<attempt>.pdf`."""

import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from app.core.errors import AppError, Conflict, NotFound

_KEY = re.compile(r"[0-9a-f-]{36}/[0-9a-f-]{36}\.[0-9]{1,5}\.pdf")
_PART = ".part"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StorageFull(AppError):
    """No room for a file; what was begun has been removed."""

    status, code = 507, "storage_full"


@dataclass(frozen=True)
class StoredFile:
    """A file that is whole and on the disk."""

    key: str
    bytes: int
    sha256: str


class Storage:
    """The folder of an installation's reports; `use` is called once when the application is made."""

    root: Path

    def use(self, root: Path) -> None:
        """Keeps files under `root`, which is made when the first one is written."""
        self.root = root

    def write(self, key: str, content: bytes) -> StoredFile:
        """Writes beside the place, flushes to the disk, reads back, then moves into place at once.

        Raises StorageFull; whatever goes wrong, no part of the file stays.
        """
        path = self._path(key)
        part = path.with_name(path.name + _PART)
        digest = sha256(content).hexdigest()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_through(part, content)
            if _digest(part) != digest:
                raise OSError(errno.EIO, "the file does not read back as it was written")
            part.rename(path)
            _sync_folder(path.parent)
        except OSError as error:
            part.unlink(missing_ok=True)
            if error.errno in _FULL:
                raise StorageFull(
                    "There is no space left for the report's file. Run it again when there is."
                ) from error
            raise
        return StoredFile(key, len(content), digest)

    def read(self, key: str, expected_sha256: str) -> bytes:
        """The content of a file; NotFound when it is gone, Conflict when it is not what was written."""
        try:
            content = self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound("The report's file is no longer there.") from None
        if sha256(content).hexdigest() != expected_sha256:
            raise Conflict("The report's file was changed after it was made. Run the report again.")
        return content

    def delete(self, key: str) -> None:
        """Removes a file if it is there."""
        self._path(key).unlink(missing_ok=True)

    def older_than(self, organization_id: UUID, seconds: float, now: float) -> Iterator[str]:
        """Keys of an organization's files, begun ones too, that were last written so long ago."""
        folder = self.root / str(organization_id)
        for path in sorted(folder.glob("*.pdf*")) if folder.is_dir() else ():
            try:
                if now - path.stat().st_mtime > seconds:
                    yield f"{organization_id}/{path.name}"
            except FileNotFoundError:
                continue

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key.removesuffix(_PART)):
            raise NotFound("There is no such file.")
        return self.root / key


def file_key(organization_id: UUID, run_id: UUID, attempt: int) -> str:
    """The place of what one attempt at a run makes; two attempts never write the same file."""
    return f"{organization_id}/{run_id}.{attempt}.pdf"


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


storage = Storage()
