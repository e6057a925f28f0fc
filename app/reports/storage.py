"""Files of reports: sealed, and complete or not there. A key is `<organization>/<run>.<attempt>.<number>.<format>`.

They lie in a folder, in an S3 bucket or in an Azure container; obstore speaks to each of them.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, LocalStore, S3Store

from app.config import FileStore
from app.core.crypto import KeyRing, SealBroken
from app.core.errors import Conflict, NoSpace, NotFound, Unavailable, is_full
from app.core.sealed_stream import CHUNK, seal, unseal

_KEY = re.compile(r"[0-9a-f-]{36}/[0-9a-f-]{36}\.[0-9]{1,5}\.[0-9]{1,4}\.[a-z]{3,5}")
_PATIENCE = {"timeout": "20s", "connect_timeout": "3s"}
_RETRIES: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}

Store = LocalStore | S3Store | AzureStore


@dataclass(frozen=True)
class StoredFile:
    """A file that is whole and stored; size and digest are of its content."""

    key: str
    bytes: int
    sha256: str


class Storage:
    """The store of an installation's reports; `use` is called once when a process is bound to it."""

    store: Store
    root: Path | None

    def use(self, place: FileStore) -> None:
        """Keeps files at a place; a folder is made when the first file is written. Raises ValueError."""
        parts = urlsplit(place.url)
        self.root = Path(parts.path) if parts.scheme == "file" else None
        self.store = _opened(place, parts.scheme, parts.netloc, parts.path.strip("/"))

    def write(self, key: str, content: Iterable[bytes], ring: KeyRing) -> StoredFile:
        """Seals and stores a content, forces it to the disk, reads it back. Raises NoSpace, Unavailable.

        A key is never written twice with success: whatever goes wrong, no part of the file stays.
        """
        self._check(key)
        measured = _Measured(content)
        try:
            if self.root is not None:
                (self.root / key).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            obstore.put(self.store, key, seal(ring, key, measured))
            if self.root is not None:
                _force(self.root / key)
            if self._digest(key, ring) != measured.digest:
                raise OSError("the file does not read back as it was written")
        except (BaseError, OSError) as error:
            self._drop(key)
            raise _explained(error) from error
        return StoredFile(key, measured.bytes, measured.digest)

    def read(self, key: str, expected_sha256: str, ring: KeyRing) -> Iterator[bytes]:
        """The content in chunks, checked against its digest before the first one is given.

        NotFound when it is gone, Conflict when it is not what was written, Unavailable when the store is away.
        """
        try:
            digest = self._digest(key, ring)
        except (SealBroken, FileNotFoundError, BaseError, OSError) as error:
            raise _explained(error) from error
        if digest != expected_sha256:
            raise _changed()
        return self._content(key, ring)

    def delete(self, key: str) -> None:
        """Removes a file if it is there. Raises Unavailable."""
        self._check(key)
        self.remove(key)

    def remove(self, path: str) -> None:
        """Removes whatever `older_than` named, whole files and begun ones. Raises Unavailable."""
        try:
            if self.root is not None:
                (self.root / path).unlink(missing_ok=True)
                return
            obstore.delete(self.store, path)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _explained(error) from error

    def older_than(self, organization_id: UUID, before: datetime) -> Iterator[str]:
        """Keys of an organization's files, begun ones too, that were last written before an instant."""
        if self.root is not None:
            yield from _older_files(self.root, str(organization_id), before.timestamp())
            return
        for page in obstore.list(self.store, f"{organization_id}/"):
            yield from (each["path"] for each in page if each["last_modified"] < before)

    def _content(self, key: str, ring: KeyRing) -> Iterator[bytes]:
        self._check(key)
        found = obstore.get(self.store, key)
        return unseal(ring, key, (bytes(part) for part in found.stream(min_chunk_size=CHUNK)))

    def _digest(self, key: str, ring: KeyRing) -> str:
        digest = sha256()
        for chunk in self._content(key, ring):
            digest.update(chunk)
        return digest.hexdigest()

    def _drop(self, key: str) -> None:
        try:
            obstore.delete(self.store, key)
        except (BaseError, OSError):
            return  # the sweeper finds it

    @staticmethod
    def _check(key: str) -> None:
        if not _KEY.fullmatch(key):
            raise NotFound("There is no such file.")


class _Measured:
    """A content that is counted and digested while it passes."""

    def __init__(self, content: Iterable[bytes]) -> None:
        self._content, self._sha256, self.bytes = content, sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._content:
            self._sha256.update(piece)
            self.bytes += len(piece)
            yield piece

    @property
    def digest(self) -> str:
        return self._sha256.hexdigest()


def file_key(organization_id: UUID, run_id: UUID, attempt: int, number: int, format_: str) -> str:
    """The place of what one attempt at a run makes; two attempts never write the same file."""
    return f"{organization_id}/{run_id}.{attempt}.{number}.{format_}"


def _opened(place: FileStore, scheme: str, bucket: str, prefix: str) -> Store:
    client: Any = {**_PATIENCE, "allow_http": place.endpoint.startswith("http://")}
    if scheme == "file":
        return LocalStore("/" + prefix, mkdir=True)
    own: Any = {"prefix": prefix or None, "client_options": client, "retry_config": _RETRIES}
    if place.endpoint:
        own["endpoint"] = place.endpoint
    if scheme == "s3":
        region = place.region or "us-east-1"
        return S3Store(bucket, access_key_id=place.account, secret_access_key=place.secret, region=region, **own)
    if scheme == "az":
        return AzureStore(bucket, account_name=place.account, account_key=place.secret, **own)
    raise ValueError("files lie at file://, s3:// or az://")


def _explained(error: Exception) -> Exception:
    if isinstance(error, FileNotFoundError):
        return NotFound("The report's file is no longer there.")
    if isinstance(error, SealBroken):
        return _changed()
    if is_full(error):
        return NoSpace("There is no space left for the report's file. It is tried again.")
    return Unavailable("The store of files is away. It is tried again.")


def _changed() -> Conflict:
    return Conflict("The report's file was changed after it was made. Run the report again.")


def _older_files(root: Path, folder: str, before: float) -> Iterator[str]:
    """In a folder a writer that died leaves a part that the store's own listing hides."""
    for path in sorted((root / folder).glob("*")):
        try:
            if path.stat().st_mtime < before:
                yield f"{folder}/{path.name}"
        except FileNotFoundError:
            continue


def _force(path: Path) -> None:
    """To the disk: the file, then the folder that names it."""
    for each, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY)):
        handle = os.open(each, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


storage = Storage()
