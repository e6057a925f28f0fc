"""Whose rows an actor's question may read, and whom its answer may name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.permissions import Permission, Role
from app.metrics.types import Metric, Query

Filters = tuple[tuple[str, tuple[Any, ...]], ...]

# A doctor without these permissions still sees these figures of their own work.
_OWN_WORK = {Permission.METRICS_CLAIMS, Permission.METRICS_MONEY, Permission.METRICS_STAFF}
_NAMING = {Role.ADMIN, Role.CLINIC_STAFF}


@dataclass(frozen=True)
class Scope:
    """The filters that a question really has; `own_work` names the metrics read of the actor's own rows alone."""

    organization_id: UUID
    filters: Filters
    own: UUID | None
    own_work: frozenset[str]
    names_practitioners: bool

    @property
    def clinic_id(self) -> UUID | None:
        """The one clinic asked about, if it is one."""
        clinics = dict(self.filters).get("clinic", ())
        return clinics[0] if len(clinics) == 1 else None

    def practitioner_id(self, metric: Metric) -> UUID | None:
        """The one doctor whose work a metric is read of, if it is one."""
        doctors = dict(self.filters_of(metric)).get("practitioner", ())
        return doctors[0] if len(doctors) == 1 else None

    def filters_of(self, metric: Metric) -> Filters:
        """The filters under which one metric is read."""
        if metric.key not in self.own_work:
            return self.filters
        return tuple(sorted((dict(self.filters) | {"practitioner": (self.own,)}).items()))


def scope_of(query: Query, metrics: Mapping[str, Metric], actor: Actor) -> Scope:
    """What the actor may read of it. Forbidden for a metric without permission; NotFound for a clinic not theirs."""
    own_work = frozenset(key for key, metric in metrics.items() if _own_work_only(metric, actor))
    filters = {name: tuple(keys) for name, keys in query.filters.items()}
    if actor.clinic_ids is not None:
        if any(not actor.sees_clinic(clinic_id) for clinic_id in filters.get("clinic", ())):
            raise NotFound("There is no such clinic.")
        filters.setdefault("clinic", tuple(sorted(actor.clinic_ids)))
    names = names_others(actor)
    asked = filters.get("practitioner", ())
    if asked and not names and set(asked) != {actor.practitioner_id}:
        raise Forbidden("You may see your own figures only.", field="practitioner")
    return Scope(actor.organization_id, tuple(sorted(filters.items())), actor.practitioner_id, own_work, names)


def names_others(actor: Actor) -> bool:
    """May the actor know whose work a figure or a record is? Who may not sees their own."""
    system = not actor.roles and actor.can(Permission.RECORDS_READ)
    return system or bool(_NAMING & actor.roles)


def may_ask(metric: Metric, actor: Actor, practitioners: Collection[Any] = ()) -> bool:
    """Would the answer be what was asked for? `practitioners` are those that the question is filtered by.

    A doctor's own work is an answer only to a question about nobody else.
    """
    own = set(practitioners) == {actor.practitioner_id}
    return actor.can(metric.permission) or (own and _is_own_work(metric, actor))


def _is_own_work(metric: Metric, actor: Actor) -> bool:
    return metric.permission in _OWN_WORK and Role.DOCTOR in actor.roles and actor.practitioner_id is not None


def _own_work_only(metric: Metric, actor: Actor) -> bool:
    if actor.can(metric.permission):
        return False
    if _is_own_work(metric, actor):
        return True
    raise Forbidden("You may not see this metric.", metric=metric.key, permission=metric.permission.value)


def suppresses(actor: Actor) -> bool:
    """Do small numbers stay hidden? Not from those who treat or bill the patients; always from walls and analysts."""
    return not actor.can(Permission.RECORDS_READ) and Role.BILLING_STAFF not in actor.roles
