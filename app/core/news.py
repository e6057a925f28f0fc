"""News between processes over Redis: something moved or ended. Ids and versions only; any of it may be lost.

Who listens looks for itself after a silence, so that a lost line delays and never misleads.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from redis.client import Pipeline
from redis.exceptions import RedisError

from app.core.ids import parse_id
from app.extensions import store

CHANNEL = "mc:news"


class Subject(StrEnum):
    """What a line is about."""

    VERSIONS = "versions"  # data versions of an organization moved: `versions` by clinic, "*" for its own
    ALERTS = "alerts"  # episodes of an organization opened, closed or were taken
    NOTICE = "notice"  # somebody got a notice: `user`, `kind`, and the id that it is `about`
    ENDED = "ended"  # a credential ended: `holder`, its key in Redis


@dataclass(frozen=True)
class Line:
    """One piece of news; `organization_id` is None for credentials."""

    subject: Subject
    organization_id: UUID | None
    more: dict[str, Any]


def tell(subject: Subject, organization_id: UUID | None = None, **more: Any) -> None:
    """Says it to every process, best effort; call it after the commit that made it true."""
    with suppress(RedisError):
        store.client.publish(CHANNEL, written(subject, organization_id, **more))


def tell_in(pipe: Pipeline, subject: Subject, organization_id: UUID | None = None, **more: Any) -> None:
    """The same as one command of a pipeline."""
    pipe.publish(CHANNEL, written(subject, organization_id, **more))


def written(subject: Subject, organization_id: UUID | None, **more: Any) -> str:
    """The line as it travels."""
    return json.dumps({"subject": subject, "organization": str(organization_id or ""), **more})


def read(data: bytes) -> Line | None:
    """The line, or None for anything that is not one."""
    try:
        found = json.loads(data)
        subject, organization = Subject(found.pop("subject")), found.pop("organization")
        return Line(subject, parse_id(organization) if organization else None, found)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
