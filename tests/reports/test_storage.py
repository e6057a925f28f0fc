"""A file is whole or not there."""

import errno
import os

import pytest

from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.reports import storage as module
from app.reports.storage import Storage, StorageFull, file_key


@pytest.fixture
def folder(tmp_path) -> Storage:
    storage = Storage()
    storage.use(tmp_path)
    return storage


def files(storage: Storage) -> list[str]:
    return [path.name for path in storage.root.rglob("*") if path.is_file()]


def test_what_was_written_is_read_back(folder):
    file = folder.write(file_key(new_id(), new_id(), 1), b"%PDF-1.7 text")
    assert folder.read(file.key, file.sha256) == b"%PDF-1.7 text"
    assert file.bytes == 13


def test_a_changed_file_is_refused(folder):
    file = folder.write(file_key(new_id(), new_id(), 1), b"%PDF-1.7 text")
    (folder.root / file.key).write_bytes(b"%PDF-1.7 tent")
    with pytest.raises(Conflict):
        folder.read(file.key, file.sha256)


def test_a_full_disk_leaves_nothing_behind_and_says_so(folder, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(StorageFull):
        folder.write(file_key(new_id(), new_id(), 1), b"%PDF-1.7 text")
    assert files(folder) == []


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "/etc/passwd", "a/b.1.pdf", "x\x00y", "01900000-0000-7000-8000-000000000000/../x.1.pdf"]
)
def test_a_key_cannot_leave_the_folder(folder, key):
    with pytest.raises(NotFound):
        folder.read(key, "")
