"""Whose rows an actor's question may read, and whom its answer may name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.permissions import Permission, Role
from app.metrics.types import Metric, Query

# A doctor without these permissions still sees these figures of their own work.
_OWN_WORK = {Permission.METRICS_MONEY, Permission.METRICS_STAFF}
_NAMING = {Role.ADMIN, Role.CLINIC_STAFF}


@dataclass(frozen=True)
class Scope:
    """The filters a question really has. `own`: the actor's own rows, where nothing else may be named."""

    filters: tuple[tuple[str, tuple[Any, ...]], ...]
    own: UUID | None
    names_practitioners: bool

    @property
    def clinic_id(self) -> UUID | None:
        """The one clinic asked about, if it is one."""
        clinics = dict(self.filters).get("clinic", ())
        return clinics[0] if len(clinics) == 1 else None


def scope_of(query: Query, metrics: Mapping[str, Metric], actor: Actor) -> Scope:
    """What the actor may read of it. Forbidden for a metric without permission; NotFound for a clinic not theirs."""
    filters = {name: tuple(keys) for name, keys in query.filters.items()}
    if actor.clinic_ids is not None:
        if any(not actor.sees_clinic(clinic_id) for clinic_id in filters.get("clinic", ())):
            raise NotFound("There is no such clinic.")
        filters.setdefault("clinic", tuple(sorted(actor.clinic_ids)))
    names = actor.user_id is None and not actor.roles or bool(_NAMING & actor.roles)
    _check_practitioners(filters, actor, names)
    if any(_only_own_work(metric, actor) for metric in metrics.values()):
        filters["practitioner"] = (actor.practitioner_id,)
    return Scope(tuple(sorted(filters.items())), actor.practitioner_id, names)


def _only_own_work(metric: Metric, actor: Actor) -> bool:
    if actor.can(metric.permission):
        return False
    if metric.permission in _OWN_WORK and Role.DOCTOR in actor.roles and actor.practitioner_id is not None:
        return True
    raise Forbidden("You may not see this metric.", metric=metric.key, permission=metric.permission.value)


def _check_practitioners(filters: Mapping[str, tuple[Any, ...]], actor: Actor, names: bool) -> None:
    asked = filters.get("practitioner", ())
    if asked and not names and set(asked) != {actor.practitioner_id}:
        raise Forbidden("You may see your own figures only.", field="practitioner")


def suppresses(actor: Actor) -> bool:
    """Do small numbers stay hidden? Not from those who treat or bill the patients; always from walls and analysts."""
    if Role.ANALYST in actor.roles and not actor.roles & {Role.ADMIN, Role.CLINIC_STAFF, Role.DOCTOR}:
        return True
    return not actor.can(Permission.RECORDS_READ) and Role.BILLING_STAFF not in actor.roles
