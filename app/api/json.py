"""Strict JSON: what two parsers could read in two ways is refused before anything looks at it."""

import json
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

_DEEPEST = 64


class StrictJSON(DefaultJSONProvider):
    """Refuses NaN and infinities, keys that stand twice, NUL, lone surrogates, and nesting deeper than 64."""

    sort_keys = False
    ensure_ascii = False

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """The value of a JSON text; raises ValueError."""
        try:
            text = s.decode("utf-8") if isinstance(s, bytes) else s
            value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_float)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        _check(value)
        return value


def install(app: Flask) -> None:
    """Makes it the JSON of the application."""
    app.json = StrictJSON(app)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value


def _check(value: Any) -> None:
    """Walks the value level by level, so that depth costs no stack."""
    level, depth = [value], 0
    while level:
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        following: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                following += part.keys()
                following += part.values()
            elif isinstance(part, list):
                following += part
            elif isinstance(part, str):
                _check_text(part)
        level, depth = following, depth + 1


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise ValueError("NUL stands in a text")
    if not text.isascii():
        text.encode("utf-8")  # a lone surrogate has no UTF-8: UnicodeEncodeError is a ValueError
