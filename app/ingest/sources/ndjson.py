"""Newline-delimited JSON: one record a line, each line on its own."""

from collections.abc import Iterator
from itertools import chain, islice

import orjson

from app.ingest.reject import FileRefused
from app.ingest.sources.bundles import MAX_RECORD, Piece
from app.ingest.sources.files import Stream

_SPREAD = "a record is spread over several lines, and here each line is one: put each on a line, or call the file .json"


def pieces(stream: Stream) -> Iterator[Piece]:
    """The lines that are not blank; raises FileRefused for one without an end in sight, and for a file whose records
    are laid out over several lines."""
    lines = _lines(stream)
    start = list(islice(lines, 2))
    if len(start) == 2 and _is_spread(*(piece.data for piece in start)):
        raise FileRefused("not_lines", _SPREAD, start[0].line)
    yield from chain(start, lines)


def _lines(stream: Stream) -> Iterator[Piece]:
    line = 0
    while data := stream.readline(MAX_RECORD + 1):
        line += 1
        if len(data) > MAX_RECORD:
            raise FileRefused("too_large", f"a line is longer than {MAX_RECORD >> 20} MiB", line)
        data = data.strip()
        if data:
            yield Piece(data, line, None)


def _is_spread(first: bytes, second: bytes) -> bool:
    """Does the first line open what the second goes on with? A line that is only cut off has a record below it."""
    if not first.startswith((b"{", b"[")) or (second.startswith(b"{") and first not in (b"{", b"[")):
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return True
    return False
