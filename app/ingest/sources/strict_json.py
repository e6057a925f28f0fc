"""JSON as its standard has it: no duplicate keys, no NUL, no half characters, bounded depth and numbers.

orjson refuses NaN, Infinity, numbers beyond a double, lone surrogates and bytes that are no UTF-8. A duplicate key
shows in the number of quotation marks once the value is written again; only then, and for escaped text, is the slower
reader of the standard library asked.
"""

import json
from typing import Any

import orjson

from app.ingest.reject import Reject

MAX_DEPTH = 254  # what orjson writes
_MARK, _PACKED = "the text is not plain UTF-8 (byte order mark)", "the data is packed, which its name does not say"
_STARTS = (
    (b"version https://git-lfs", "a Git LFS pointer stands where the data should be"),
    (b"\xef\xbb\xbf", _MARK),
    (b"\xff\xfe", _MARK),
    (b"\xfe\xff", _MARK),
    (b"<", "this is XML, and JSON is what is read"),
    (b"\x1f\x8b", _PACKED),
    (b"PK\x03\x04", _PACKED),
)


def parse(data: bytes) -> tuple[dict[str, Any], bool]:
    """The object that the bytes hold, and whether `refuse_empty` may find something; else raises Reject."""
    try:
        value = orjson.loads(data)
        again = orjson.dumps(value)
    except orjson.JSONDecodeError as error:
        if "depth" in error.msg:
            raise Reject("", "too_deep", f"nested more than {MAX_DEPTH} levels deep") from None
        raise Reject("", "not_json", _reason(data, error)) from None
    except TypeError:
        raise Reject("", "too_deep", f"nested more than {MAX_DEPTH} levels deep") from None
    if not isinstance(value, dict):
        raise Reject("", "not_an_object", "a record is a JSON object")
    if data.count(b'"') != again.count(b'"') or b"\\u" in data:
        _check_slowly(data)
    return value, b'""' in again or b"[]" in again or b"{}" in again or b"null" in again


def _reason(data: bytes, error: orjson.JSONDecodeError) -> str:
    """What is wrong without quoting the text: the parser's message names kind and column, never content."""
    return told_by_its_start(data) or f"not JSON: {error.msg} at column {error.colno}"


def told_by_its_start(data: bytes | bytearray) -> str | None:
    """What text that is no JSON is instead, as far as its first bytes tell."""
    return next((told for start, told in _STARTS if data.startswith(start)), None)


def _check_slowly(data: bytes) -> None:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in found}) < len(found):
            raise Reject("", "duplicate_key", "an object names the same element twice")
        return dict(found)

    try:
        json.loads(data, object_pairs_hook=pairs)
    except RecursionError:
        raise Reject("", "too_deep", f"nested more than {MAX_DEPTH} levels deep") from None
    if b"\\u0000" in data and "\x00" in json.dumps(json.loads(data), ensure_ascii=False).replace("\\u0000", "\x00"):
        raise Reject("", "nul", "text holds a NUL character")


def refuse_empty(value: Any, path: str) -> None:
    """FHIR R4, 2.6.2: no empty string, array or object; null only in an array, beside an extension of the place."""
    if isinstance(value, dict):
        for key, child in value.items():
            if child is None:
                raise Reject(f"{path}.{key}", "null", "null is no value")
            _refuse_empty_child(child, f"{path}.{key}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _refuse_empty_child(child, f"{path}[{index}]")


def _refuse_empty_child(child: Any, path: str) -> None:
    if child == "" or child == [] or child == {}:
        raise Reject(path, "empty", "an element is absent rather than empty")
    refuse_empty(child, path)
