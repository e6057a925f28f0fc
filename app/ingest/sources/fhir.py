"""FHIR files to single resources with their place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson

from app.ingest.mapping.fhir import MAPPERS
from app.ingest.reject import FileRefused, Reject, Unused
from app.ingest.sources import ndjson
from app.ingest.sources.bundles import Piece, Splitter
from app.ingest.sources.files import Entry, Stream
from app.ingest.sources.strict_json import parse, refuse_empty

ENDINGS = (".ndjson", ".jsonl", ".json")
_RANK = {kind.lower(): rank for rank, kind in enumerate(MAPPERS)}
_BUNDLE = re.compile(rb'\{\s*"resourceType"\s*:\s*"Bundle"')
_NAMED = b'"Bundle"'
_OF_AN_ENTRY = frozenset({"fullUrl", "link", "search", "request", "response"})
_OPENED = "-"  # what stands in the rest of a Bundle for the entries that were taken out of it
_WORD = re.compile(r"[a-z]+")


@dataclass(slots=True)
class Found:
    """A record of a file: its place, and the bytes of it."""

    line: int | None
    where: str  # place in a Bundle or array, "" for a record of its own
    data: bytes


def in_order(entries: list[Entry]) -> list[Entry]:
    """Files named after a type in the order of types, then the rest: most references then point backwards."""
    return sorted(entries, key=lambda entry: (_rank(entry.plain_name), entry.called))


def _rank(plain_name: str) -> int:
    words = _WORD.findall(plain_name)
    if any(word.startswith(("hospitalinformation", "practitionerinformation")) for word in words):
        return 0
    return next((_RANK[word] for word in words if word in _RANK), _RANK["patient"])


def records(entry: Entry, stream: Stream) -> Iterator[Found]:
    """Every record of a file; raises FileRefused from the point on at which it cannot be read."""
    reader = _lines(stream) if _is_lines(entry.plain_name) else Splitter(stream).pieces()
    first = True
    for piece in reader:
        if first and piece.data.startswith(b"version https://git-lfs"):
            raise FileRefused("lfs_pointer", "a Git LFS pointer stands where the data should be", piece.line)
        first = False
        yield from _found(piece)


def _found(piece: Piece, within: str = "") -> Iterator[Found]:
    """The record of a piece; where that is a Bundle within a Bundle, the records of it with their places."""
    where = ".".join(part for part in (within, "" if piece.entry is None else f"entry[{piece.entry}]") if part)
    inner = _inner_bundle(piece) if piece.entry is not None and _NAMED in piece.data else None
    if inner is None:
        yield Found(piece.line, where, piece.data)
        return
    for each in Splitter(BytesIO(orjson.dumps(inner))).pieces():
        yield from _found(Piece(each.data, piece.line, each.entry), f"{where}.resource")


def _inner_bundle(piece: Piece) -> dict[str, Any] | None:
    """The Bundle that an entry holds; None where it holds another resource, or what is to be rejected anyway."""
    try:
        value, _ = parse(piece.data)
    except Reject:
        return None
    inner = value.get("resource")
    return inner if isinstance(inner, dict) and inner.get("resourceType") == "Bundle" else None


def _lines(stream: Stream) -> Iterator[Piece]:
    """Lines; a Bundle on a line is opened."""
    for piece in ndjson.pieces(stream):
        if not _is_bundle(piece.data):
            yield piece
            continue
        try:
            for inner in Splitter(BytesIO(piece.data)).pieces():
                yield Piece(inner.data, piece.line, inner.entry)
        except FileRefused as refused:
            raise FileRefused(refused.code, refused.reason, piece.line) from None


def _is_bundle(line: bytes) -> bool:
    """Is the line a Bundle, wherever it says so? One that is cut off counts where it begins with its type."""
    if _NAMED not in line:
        return False
    if _BUNDLE.match(line):
        return True
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"


def _is_lines(plain_name: str) -> bool:
    return plain_name.endswith((".ndjson", ".jsonl"))


def resource_of(found: Found) -> tuple[dict[str, Any] | None, str | None]:
    """The resource of a record and its name in the Bundle; (None, None) for what is no record of its own.

    Raises Unused for an entry that carries no resource: a request to delete or to read, or an answer."""
    value: Any
    value, may_be_empty = parse(found.data)
    full_url = None
    if found.where and "resourceType" not in value:
        inner, full_url = value.get("resource", {}), value.get("fullUrl")
        if not isinstance(inner, dict):
            raise Reject("resource", "bad_type", "an object was expected")
        if not inner and not _OF_AN_ENTRY.isdisjoint(value):
            raise Unused
        value = inner
    if _is_manifest(value):
        return None, None
    if may_be_empty:
        refuse_empty(value, str(value.get("resourceType") or ""))
    if value.get("resourceType") != "Bundle":
        return value, full_url
    if value.get("entry", _OPENED) != _OPENED:
        raise Reject("Bundle.entry", "bad_type", "an array was expected")
    return None, None


def _is_manifest(value: dict[str, Any]) -> bool:
    """The list of files that comes with a bulk export."""
    return "resourceType" not in value and "transactionTime" in value and isinstance(value.get("output"), list)
