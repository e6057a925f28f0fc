"""A file is whole or not there, sealed, and cannot be put in another one's place: in a folder, bucket, container."""

import errno
import os
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.config import FileStore
from app.core.crypto import KeyRing
from app.core.errors import Conflict, NoSpace, NotFound, Unavailable
from app.core.ids import new_id
from app.reports import storage as module
from app.reports.storage import Storage, file_key

ORGANIZATION = UUID("01890000-0000-7000-8000-000000000000")
RING = KeyRing(ORGANIZATION, {1: bytes(range(32))})
LONG = bytes(range(256)) * 1000  # 250 KiB: four chunks


@pytest.fixture(params=["folder", "bucket", "container"])
def store(request, tmp_path) -> Storage:
    storage = Storage()
    storage.use(FileStore(tmp_path.as_uri()) if request.param == "folder" else request.getfixturevalue(request.param))
    return storage


@pytest.fixture
def folder(tmp_path) -> Storage:
    storage = Storage()
    storage.use(FileStore(tmp_path.as_uri()))
    return storage


def key() -> str:
    return file_key(ORGANIZATION, new_id(), 1, 0, "pdf")


def files(storage: Storage) -> list[str]:
    return [path.name for path in storage.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 text", LONG], ids=["empty", "short", "long"])
def test_what_was_written_is_read_back(store, content):
    file = store.write(key(), [content], RING)
    assert b"".join(store.read(file.key, file.sha256, RING)) == content
    assert file.bytes == len(content)


def test_a_file_that_was_never_written_or_has_been_removed_is_not_there(store):
    file = store.write(key(), [b"text"], RING)
    store.delete(file.key)
    store.delete(file.key)
    with pytest.raises(NotFound):
        store.read(file.key, file.sha256, RING)


def test_old_files_are_listed_with_their_organization(store):
    file = store.write(key(), [b"text"], RING)
    assert file.key in set(store.older_than(ORGANIZATION, datetime.now(UTC) + timedelta(minutes=1)))
    assert list(store.older_than(new_id(), datetime.now(UTC) + timedelta(minutes=1))) == []
    assert list(store.older_than(ORGANIZATION, datetime.now(UTC) - timedelta(hours=1))) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw[: 21 + 65552],
        lambda raw: raw[:21] + raw[21 + 65552 : 21 + 2 * 65552] + raw[21 : 21 + 65552] + raw[21 + 2 * 65552 :],
        lambda raw: raw[:4] + b"\\x02" + raw[5:],
        lambda raw: b"",
        lambda raw: b"%PDF-1.7",
    ],
    ids=["last bit", "cut after a chunk", "chunks swapped", "another key", "emptied", "not sealed"],
)
def test_a_changed_file_is_refused(folder, damage):
    file = folder.write(key(), [LONG], RING)
    path = folder.root / file.key
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Conflict):
        folder.read(file.key, file.sha256, RING)


def test_a_file_put_in_another_ones_place_is_refused(folder):
    one, other = folder.write(key(), [b"one"], RING), folder.write(key(), [b"two"], RING)
    (folder.root / other.key).write_bytes((folder.root / one.key).read_bytes())
    with pytest.raises(Conflict):
        folder.read(other.key, one.sha256, RING)


def test_a_full_disk_leaves_nothing_behind_and_says_so(folder, monkeypatch):
    def full(_path: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "_force", full)
    with pytest.raises(NoSpace):
        folder.write(key(), [b"%PDF-1.7 text"], RING)
    assert files(folder) == []


def test_a_disk_that_takes_no_more_bytes_is_a_full_one(tmp_path):
    """In a process of its own, whose files may hold 100 kB: the limit is the system's, as a full disk is."""
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "from tests.reports.test_storage import *;"
        "s = Storage(); s.use(FileStore(sys.argv[1]));\n"
        "try: s.write(key(), [LONG], RING)\n"
        "except NoSpace: print('full', files(s))"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path.as_uri()], capture_output=True, text=True)
    assert done.stdout.strip() == "full []", done.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000


def test_a_store_that_is_away_is_said_to_be_and_nothing_else(monkeypatch):
    storage = Storage()
    monkeypatch.setattr(module, "_RETRIES", {"max_retries": 0})
    storage.use(FileStore("s3://reports", "key-id", "secret", "http://127.0.0.1:9", "us-east-1"))
    with pytest.raises(Unavailable):
        storage.write(key(), [b"text"], RING)
    with pytest.raises(Unavailable):
        storage.read(key(), "", RING)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/b.1.pdf", "x\\x00y", f"{ORGANIZATION}/../x.1.0.pdf"]
)
def test_a_key_cannot_leave_the_folder(folder, name):
    with pytest.raises(NotFound):
        folder.read(name, "", RING)
