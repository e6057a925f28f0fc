"""CSV files to records of text by column, in flat memory."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from app.ingest.reject import FileRefused, Reject
from app.ingest.sources.files import Stream

ENDINGS = (".csv",)
MAX_LINE = 1 << 20
csv.field_size_limit(MAX_LINE)


@dataclass(slots=True)
class Line:
    """A record: the line it begins on, its text by column, or why it cannot be read."""

    number: int
    record: dict[str, str]
    reject: Reject | None = None


class Table:
    """A file from its header on; raises FileRefused where it is no CSV in UTF-8."""

    def __init__(self, stream: Stream) -> None:
        text = _Text(stream)
        first = next(text, "")
        if not first.strip():
            raise FileRefused("bad_header", "the first line is empty, and the header belongs there", 1)
        if _is_damaged(first):
            raise FileRefused("bad_header", "the first line is no header in UTF-8", 1)
        self._reader = csv.reader(_with(first, text), delimiter=max(",;\t", key=first.count), strict=True)
        self.header = tuple(name.strip() for name in self._next() or ())
        if len(set(self.header)) < len(self.header):
            raise FileRefused("bad_header", "the header names a column twice", 1)

    def __iter__(self) -> Iterator[Line]:
        """The records below the header."""
        start = self._reader.line_num + 1
        while (values := self._next()) is not None:
            if values:
                yield _line(start, self.header, values)
            start = self._reader.line_num + 1

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise FileRefused("not_csv", _reason(error), self._reader.line_num) from None


def _reason(error: csv.Error) -> str:
    """In words of ours where the reader speaks to programmers."""
    if "new-line" in str(error):
        return "not CSV: a carriage return stands alone within a line"
    return f"not CSV: {error}"


def _line(number: int, header: tuple[str, ...], values: list[str]) -> Line:
    if len(values) != len(header):
        reason = f"{len(values)} fields, and the header has {len(header)}"
        return Line(number, {}, Reject("", "bad_fields", reason))
    record = {name: value.strip() for name, value in zip(header, values, strict=True)}
    for name, value in record.items():
        if _is_damaged(value):
            return Line(number, {}, Reject(name, "encoding", "text that is not UTF-8, or holds a NUL character"))
    return Line(number, record)


def _is_damaged(text: str) -> bool:
    return (not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)) or "\x00" in text


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


class _Text:
    """Decoded lines; bytes that are no UTF-8 become lone surrogates, which the records' check finds."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.number = stream, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        data = self.stream.readline(MAX_LINE)
        self.number += 1
        if not data:
            raise StopIteration
        if len(data) == MAX_LINE:
            raise FileRefused("too_large", f"a line is longer than {MAX_LINE >> 20} MiB", self.number)
        return data.decode("utf-8-sig" if self.number == 1 else "utf-8", errors="surrogateescape")
