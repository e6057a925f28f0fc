"""Cuts JSON documents of any size into records: entries of a Bundle, items of an array, or the document itself.

Only brackets outside of strings are looked at, so memory holds one entry and one block, however large the file is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.ingest.reject import FileRefused
from app.ingest.sources.files import Stream
from app.ingest.sources.strict_json import told_by_its_start

BLOCK = 1 << 18
MAX_RECORD = 16 << 20
MAX_NESTING = 1000
_TEXT = rb'[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+"'
_LEVELS = 6


def _whole_values(levels: int) -> bytes:
    """A pattern for text and strings, and for objects and arrays that are whole and nested at most so deep."""
    if levels == 0:
        return rb"(?:" + _TEXT + rb")*+"
    inner = _whole_values(levels - 1)
    return rb"(?:" + _TEXT + rb"|\{" + inner + rb"\}|\[" + inner + rb"\])*+"


# The next bracket that is not part of a small whole value: few steps for most records, one bracket a step for the rest.
_TO_BRACKET = re.compile(_whole_values(_LEVELS) + rb"([{}\[\]])", re.DOTALL)
_FIRST_BRACKET = re.compile(_whole_values(0) + rb"([{}\[\]])", re.DOTALL)
_ENTRIES = re.compile(rb'"entry"\s*:\s*\Z')
_TYPE = re.compile(rb'"resourceType"\s*:\s*"(\w+)"')
_CLOSES = {ord("}"): ord("{"), ord("]"): ord("[")}


@dataclass(slots=True)
class Piece:
    """One record of a document: its bytes, the line it begins on, and its place in a Bundle (None: the document)."""

    data: bytes
    line: int
    entry: int | None


class Splitter:
    """Reads documents, one after the other, from a stream."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.buffer = bytearray()
        self.line = 1
        self.ended = False

    def pieces(self) -> Iterator[Piece]:
        """Every record of every document in the stream; raises FileRefused where the text cannot be followed."""
        while self._skip_space():
            opening = self.buffer[0]
            if opening == ord("{"):
                yield from self._object()
            elif opening == ord("["):
                self._drop(1)
                yield from self._items(in_bundle=False)
            else:
                told = told_by_its_start(self.buffer) if self.line == 1 else None
                raise FileRefused("not_json", told or "a JSON object or array was expected here", self.line)

    def _object(self) -> Iterator[Piece]:
        """A single resource, or the entries of a Bundle followed by what is left of it."""
        line, head, stack, at = self.line, bytearray(), bytearray(), 0
        while True:
            end = self._next_bracket(at, _TO_BRACKET if len(stack) > 1 else _FIRST_BRACKET)
            bracket = self.buffer[end - 1]
            if bracket in _CLOSES:
                self._close(stack, bracket)
                if not stack:
                    break
            else:
                if bracket == ord("[") and len(stack) == 1 and self._opens_entries(head, end):
                    head += self.buffer[: end - 1] + b'"-"'
                    self._drop(end)
                    yield from self._items(in_bundle=True)
                    at = 0
                    continue
                self._open(stack, bracket)
            at = end
        head += self.buffer[: at if stack else end]
        self._drop(end)
        yield Piece(bytes(head), line, None)

    def _opens_entries(self, head: bytearray, end: int) -> bool:
        if not _ENTRIES.search(self.buffer[max(0, end - 65) : end - 1]):
            return False
        named = _TYPE.search(head + self.buffer[: end - 1])
        return named is None or named[1] == b"Bundle"

    def _items(self, in_bundle: bool) -> Iterator[Piece]:
        """The objects of an array whose opening bracket was read."""
        index = 0
        while True:
            if not self._skip_space(b" \t\r\n,"):
                raise FileRefused("cut_off", "the file ends before its brackets are closed", self.line)
            if self.buffer[0] == ord("]"):
                self._drop(1)
                return
            if self.buffer[0] != ord("{"):
                raise FileRefused("not_json", "an object was expected in the array", self.line)
            line, end = self.line, self._end_of_object()
            piece = bytes(self.buffer[:end])
            self._drop(end)
            yield Piece(piece, line, index)
            index += 1

    def _end_of_object(self) -> int:
        stack, at = bytearray(b"{"), 1
        while True:
            at = self._next_bracket(at, _TO_BRACKET)
            bracket = self.buffer[at - 1]
            if bracket in _CLOSES:
                self._close(stack, bracket)
                if not stack:
                    return at
            else:
                self._open(stack, bracket)

    def _open(self, stack: bytearray, bracket: int) -> None:
        stack.append(bracket)
        if len(stack) > MAX_NESTING:
            raise FileRefused("too_deep", f"nested more than {MAX_NESTING} levels deep", self.line)

    def _close(self, stack: bytearray, bracket: int) -> None:
        if not stack or stack.pop() != _CLOSES[bracket]:
            raise FileRefused("not_json", "a bracket closes what was not opened", self.line)

    def _next_bracket(self, start: int, pattern: re.Pattern[bytes]) -> int:
        """The position after the next bracket that the pattern stops at."""
        while True:
            found = pattern.match(self.buffer, start)
            if found:
                return found.end()
            if not self._more():
                raise FileRefused("cut_off", "the file ends before its brackets are closed", self.line)

    def _skip_space(self, space: bytes = b" \t\r\n") -> bool:
        """Drops white space; says whether anything follows."""
        while True:
            rest = len(self.buffer) - len(self.buffer.lstrip(space))
            if rest:
                self._drop(rest)
            if self.buffer:
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        if len(self.buffer) > MAX_RECORD:
            raise FileRefused("too_large", f"a record is larger than {MAX_RECORD >> 20} MiB", self.line)
        block = self.stream.read(BLOCK)
        self.buffer += block
        return bool(block)

    def _drop(self, count: int) -> None:
        self.line += self.buffer.count(b"\n", 0, count)
        del self.buffer[:count]
