"""Identifiers: UUIDv7, so that keys sort by the time they were made."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID

# Stands in a rollup's key where a record names no clinic, department or practitioner.
UNKNOWN = UUID(int=0)


def new_id() -> UUID:
    """A UUIDv7 of RFC 9562, 5.7: 48 bits of Unix milliseconds, 74 random bits."""
    random = int.from_bytes(os.urandom(10), "big")
    millis = time.time_ns() // 1_000_000
    value = (millis & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62
    return UUID(int=value | random & 0x3FFFFFFFFFFFFFFF)


def made_at(made: UUID) -> datetime:
    """When a UUIDv7 was made."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)


def parse_id(text: str) -> UUID | None:
    """The id in a URL or a body, or None when the text is no UUID."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
