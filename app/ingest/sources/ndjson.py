"""Newline-delimited JSON: one record a line, each line on its own."""

from collections.abc import Iterator

from app.ingest.reject import FileRefused
from app.ingest.sources.bundles import MAX_RECORD, Piece
from app.ingest.sources.files import Stream


def pieces(stream: Stream) -> Iterator[Piece]:
    """The lines that are not blank; raises FileRefused for one without an end in sight."""
    line = 0
    while data := stream.readline(MAX_RECORD + 1):
        line += 1
        if len(data) > MAX_RECORD:
            raise FileRefused("too_large", f"a line is longer than {MAX_RECORD >> 20} MiB", line)
        data = data.strip()
        if data:
            yield Piece(data, line, None)
