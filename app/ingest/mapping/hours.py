"""The opening hours of a clinic: by weekday ("0" = Monday) the times from which and until which it is open."""

import re
from typing import Any

from app.ingest.reject import Reject

_DAYS = frozenset("0123456")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


def check_hours(hours: Any, path: str) -> None:
    """Raises Reject for what is not of the form {"0": [["08:00", "17:00"], ...], ...}."""
    if hours is None:
        return
    if not isinstance(hours, dict) or not hours.keys() <= _DAYS:
        raise Reject(path, "bad_hours", "opening hours are an object of the days 0 (Monday) to 6")
    for spans in hours.values():
        if not isinstance(spans, list) or not all(map(_is_span, spans)):
            raise Reject(path, "bad_hours", 'a day holds pairs of times such as ["08:00", "17:00"], the later one last')


def _is_span(span: Any) -> bool:
    return (
        isinstance(span, list)
        and len(span) == 2
        and all(isinstance(at, str) and _TIME.fullmatch(at) for at in span)
        and span[0] < span[1]
    )
