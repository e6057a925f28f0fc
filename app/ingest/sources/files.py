"""Files of an import: which ones, in which order, unpacked within limits."""

import gzip
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol
from zlib import error as ZlibError

from app.ingest.reject import FileRefused

MAX_RATIO = 100  # unpacked to packed
MAX_ZIP = 200 << 20  # unpacked bytes of all members of a zip
MAX_ZIP_MEMBERS = 10_000
_FREE = 32 << 20  # a small gzip may unpack to this whatever its ratio: text of one record repeated packs that well


@dataclass(frozen=True)
class Entry:
    """One file to read: where it lies (in a zip: the member) and what it is called in reports. `refused`: why it is
    none that can be read."""

    path: Path
    called: str
    member: str | None = None
    refused: FileRefused | None = None

    @property
    def plain_name(self) -> str:
        """Its name without folder and packing, in lower case."""
        name = (self.member or self.path.name).rpartition("/")[2].lower()
        return name.removesuffix(".gz")

    @property
    def packed(self) -> bool:
        """Is it a gzip?"""
        return (self.member or self.path.name).lower().endswith(".gz")


def entries(path: Path, endings: tuple[str, ...]) -> list[Entry]:
    """The files of a path that end on one of `endings` (packed or not); a file named itself always counts."""
    if path.is_dir():
        within = path.resolve()
        files = sorted(file for file in path.rglob("*") if _is_readable(file, within))
        found = [each for file in files for each in _of_one_file(file, _printable(file.relative_to(path)))]
        return [entry for entry in found if entry.refused or entry.plain_name.endswith(endings)]
    if path.is_file():
        return _of_file(path, _printable(Path(path.name)))
    raise FileRefused("not_found", "there is no such file or folder")


def _is_readable(file: Path, within: Path) -> bool:
    """A plain file of the folder that is not hidden; a link counts as long as it does not lead out of the folder."""
    try:
        return file.is_file() and not file.name.startswith(".") and file.resolve().is_relative_to(within)
    except OSError:  # in a folder that nobody may look into
        return False


def _printable(relative: Path) -> str:
    """The name for reports: bytes that are no UTF-8 are written out."""
    return relative.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _of_one_file(file: Path, called: str) -> list[Entry]:
    """The same for one of a folder's files: that it is refused does not keep the others from being read."""
    try:
        return _of_file(file, called)
    except FileRefused as refused:
        return [Entry(file, called, refused=refused)]


def _of_file(file: Path, called: str) -> list[Entry]:
    if not file.name.lower().endswith(".zip"):
        return [Entry(file, called)]
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if _is_meant(member)]
    except zipfile.BadZipFile:
        raise FileRefused("bad_zip", f"{called} is not a zip file") from None
    except OSError:
        raise FileRefused("not_readable", f"{called} may not be read") from None
    _check_zip(members, called)
    return [Entry(file, f"{called}/{member.filename}", member.filename) for member in members]


def _is_meant(member: zipfile.ZipInfo) -> bool:
    """A file of a zip that is not hidden, nor what a Mac packs beside each."""
    folder, _, name = member.filename.rpartition("/")
    return not member.is_dir() and not name.startswith(".") and not folder.startswith("__MACOSX")


def _check_zip(members: list[zipfile.ZipInfo], called: str) -> None:
    packed, unpacked = (sum(getattr(m, size) for m in members) for size in ("compress_size", "file_size"))
    if len(members) > MAX_ZIP_MEMBERS:
        raise FileRefused("bomb", f"{called} holds more than {MAX_ZIP_MEMBERS} files")
    if unpacked > MAX_ZIP or unpacked > max(packed, 1) * MAX_RATIO:
        raise FileRefused("bomb", f"{called} unpacks to more than {MAX_RATIO} times its size or {MAX_ZIP >> 20} MiB")
    if any(member.filename.lower().endswith(".zip") for member in members):
        raise FileRefused("bomb", f"{called} holds another zip file")


class Stream(Protocol):
    """Bytes that are read piece by piece."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""

    def readline(self, size: int, /) -> bytes:
        """A line, or its first `size` bytes."""


@contextmanager
def opened(entry: Entry) -> Iterator[tuple[Stream, Callable[[], int]]]:
    """The file's bytes, unpacked, and how many packed ones were read; reading raises FileRefused past the limits."""
    if entry.refused:
        raise entry.refused
    with _file(entry.path) as file:
        if entry.member is None:
            packed = Limited(gzip.GzipFile(fileobj=file), entry.path.stat().st_size)
            yield packed if entry.packed else file, file.tell
            return
        with zipfile.ZipFile(file) as archive, _member(archive, entry.member) as member:
            size = archive.getinfo(entry.member).compress_size
            yield Limited(gzip.GzipFile(fileobj=member) if entry.packed else member, size), file.tell


def _file(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except PermissionError:
        raise FileRefused("not_readable", "the file may not be read") from None


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(name)
    except (RuntimeError, NotImplementedError):
        raise FileRefused("bad_packing", "the zip is encrypted or packed in a way that is not read here") from None
    except (zipfile.BadZipFile, KeyError):
        raise FileRefused("bad_packing", "the packed data is broken or cut off") from None


class Limited:
    """A stream of unpacked bytes that stops at a bomb."""

    def __init__(self, stream: Stream, packed: int) -> None:
        self.stream = stream
        self.left = max(_FREE, packed * MAX_RATIO)

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes."""
        return self._count(self.stream.read, size)

    def readline(self, size: int, /) -> bytes:
        """A line, or its first `size` bytes."""
        return self._count(self.stream.readline, size)

    def _count(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            data = read(size)
        except (OSError, EOFError, ZlibError, zipfile.BadZipFile):
            raise FileRefused("bad_packing", "the packed data is broken or cut off") from None
        self.left -= len(data)
        if self.left < 0:
            raise FileRefused("bomb", f"unpacks to more than {MAX_RATIO} times its size")
        return data
