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


def lines(stream: Stream) -> Iterator[Line]:
    """The records below the header; raises FileRefused where the file is no CSV in UTF-8."""
    text = _Text(stream)
    first = next(text, "")
    if _is_damaged(first) or not first.strip():
        raise FileRefused("bad_header", "the first line is no header in UTF-8", 1)
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(_with(first, text), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        if len(set(header)) < len(header):
            raise FileRefused("bad_header", "the header names a column twice", 1)
        start = reader.line_num + 1
        for values in reader:
            if values:
                yield _line(start, header, values)
            start = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused("not_csv", f"not CSV: {error}", reader.line_num) from None


def _line(number: int, header: list[str], values: list[str]) -> Line:
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
