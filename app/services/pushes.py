"""Pushes as programs send them: stored by `app.ingest`, with one audit line a request in the same transaction."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from app.core.actor import Actor
from app.core.permissions import Permission
from app.ingest import push
from app.ingest.mapping.fhir.elements import Resource
from app.ingest.push import Pushed
from app.services import audit


def store(actor: Actor, resource: Resource) -> Pushed:
    """Stores one resource, audited; commits. Its answer."""
    actor.require(Permission.DATA_PUSH)
    (answer,) = push.store(actor, [resource], note=partial(_note, actor))
    return answer


def store_bundle(actor: Actor, bundle: Resource) -> list[Pushed]:
    """Stores a Bundle's entries, audited; commits. Raises Reject where the Bundle itself cannot be used."""
    actor.require(Permission.DATA_PUSH)
    return push.store_bundle(actor, bundle, note=partial(_note, actor))


def _note(actor: Actor, source_key: str, answers: Sequence[Pushed]) -> None:
    """How many of which outcome came from where; never what they said."""
    counted: dict[str, Any] = Counter(str(answer.outcome) for answer in answers)
    audit.record(actor, "push", "source", source_key, source=source_key, read=len(answers), **counted)
