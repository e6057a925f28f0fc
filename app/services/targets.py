"""Targets and rules: what an organization wants its metrics to be, and the limits that open its alerts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import or_, select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.core.permissions import Permission
from app.core.registry import registry
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.scope import may_ask
from app.metrics.types import Metric, Unit
from app.models import Affiliation, OrganizationSettings, Target
from app.models.settings import Rules, rules_of
from app.rollups.refresh import restate
from app.services import audit
from app.services.access import clinics_for
from app.services.doctors import doctors_for

SHOWN = 200
_LARGEST = Decimal("9999999999")


@dataclass(frozen=True)
class Limit:
    """A rule as an organization may set it: from `low` to `high`; a `share` is a fraction."""

    key: str
    label: str
    unit: str
    low: float
    high: float
    share: bool = False


LIMITS = registry(
    (
        Limit(
            "small_cell", "Counts below this are hidden from those who do not treat the patients", "patients", 1, 100
        ),
        Limit("wait_limit_minutes", "Alert when a department's 90th percentile of waits is above", "min", 1, 240),
        Limit("wait_limit_checks", "and has been so often in a row", "checks", 1, 60),
        Limit("capacity_limit", "Alert when the booked share of a department is above", "%", 0.1, 1.0, share=True),
        Limit("visits_per_nurse", "Visits that one nurse can look after in a day", "visits", 1, 100),
        Limit("maintenance_days", "Warn of maintenance so long before", "days", 1, 365),
        Limit("overdue_limit", "Alert when more invoices are overdue by 30 days than", "invoices", 0, 100_000),
        Limit("active_days", "A patient is active with a visit within", "days", 1, 365),
        Limit("dormant_days", "and at risk without one for more than", "days", 2, 1095),
        Limit("report_days", "Keep files of reports for", "days", 1, 3650),
        Limit("invitation_days", "An invitation by mail opens an account for", "days", 1, 30),
        Limit("roster_days", "Look ahead for gaps in the roster", "days", 1, 60),
        Limit("follow_up_days", "Alert when a patient's follow-up is overdue by", "days", 1, 365),
        Limit("follow_up_high_days", "and call it high from", "days", 1, 365),
        Limit("result_hours", "A result out of range that nobody has seen is critical after", "hours", 1, 720),
        Limit("refill_days", "Alert before a patient's dispensed supply runs out by", "days", 0, 60),
        Limit("refill_high_days", "and call it high when it ran out before", "days", 1, 365),
    )
)


def lines(actor: Actor) -> Sequence[Target]:
    """The targets of metrics, clinics and doctors that the actor may see, the latest in force first, at most SHOWN."""
    actor.require(Permission.TARGETS_WRITE)
    query = select(Target).where(Target.organization_id == actor.organization_id)
    if actor.clinic_ids is not None:
        here = select(Affiliation.practitioner_id).where(
            Affiliation.organization_id == actor.organization_id, Affiliation.clinic_id.in_(actor.clinic_ids)
        )
        query = query.where(
            or_(Target.clinic_id.is_(None), Target.clinic_id.in_(actor.clinic_ids)),
            or_(Target.practitioner_id.is_(None), Target.practitioner_id.in_(here)),
        )
    found = db.session.scalars(query.order_by(Target.valid_from.desc(), Target.metric).limit(SHOWN)).all()
    shown = {metric.key for metric in metrics(actor)}
    return [line for line in found if line.metric in shown]


def metrics(actor: Actor) -> list[Metric]:
    """The metrics for which the actor may set a target, by their labels."""
    return sorted((metric for metric in METRICS.values() if may_ask(metric, actor, ())), key=lambda one: one.label)


def put(
    actor: Actor,
    metric_key: str,
    clinic_id: UUID | None,
    value: Decimal | None,
    since: date | None,
    practitioner_id: UUID | None = None,
) -> Target:
    """A target from a day on, in the place of one of the same day; audited; commits.

    `value` is in the metric's unit, a share as a fraction; with `practitioner_id` it is one of that doctor's own work.
    Raises Invalid with a message for each field.
    """
    actor.require(Permission.TARGETS_WRITE)
    _check(actor, metric_key, clinic_id, value, since, practitioner_id)
    assert value is not None  # as was just checked
    _one_at_a_time(actor)
    query = select(Target).where(
        Target.organization_id == actor.organization_id,
        Target.metric == metric_key,
        Target.valid_from == since,
        Target.clinic_id.is_not_distinct_from(clinic_id),
        Target.practitioner_id.is_not_distinct_from(practitioner_id),
    )
    target = db.session.scalars(query.limit(1)).one_or_none()
    if target is None:
        target = Target(organization_id=actor.organization_id, id=new_id(), metric=metric_key, valid_from=since)
        target.clinic_id, target.practitioner_id = clinic_id, practitioner_id
        db.session.add(target)
    target.value, target.set_by, target.set_at = value, actor.name, now()
    audit.record(
        actor,
        "target.set",
        "target",
        target.id,
        metric=metric_key,
        clinic=clinic_id,
        practitioner=practitioner_id,
        value=value,
        since=since,
    )
    _compare_anew(actor)
    return target


def _one_at_a_time(actor: Actor) -> None:
    """Two who set the same target at once shall not leave two of them."""
    settings = select(OrganizationSettings.id).where(OrganizationSettings.organization_id == actor.organization_id)
    db.session.execute(settings.with_for_update())


def _check(
    actor: Actor,
    metric_key: str,
    clinic_id: UUID | None,
    value: Decimal | None,
    since: date | None,
    practitioner_id: UUID | None,
) -> None:
    faults = {}
    metric = METRICS.get(metric_key)
    if metric is None or not may_ask(metric, actor, ()):
        faults["metric"] = "Choose one of the metrics."
    if value is None or not 0 <= value <= _LARGEST:
        faults["value"] = "Write a number that is not negative."
    elif metric is not None and metric.unit is Unit.PERCENT and value > 1:
        faults["value"] = "A share is at most 100 %."
    if since is None:
        faults["since"] = "Write the day as 2026-11-19."
    known = {clinic.id for clinic in clinics_for(actor)}
    if clinic_id not in known and not (clinic_id is None and actor.clinic_ids is None):
        faults["clinic"] = "Choose one of your clinics."
    if practitioner_id is not None and practitioner_id not in dict(doctors_for(actor)):
        faults["practitioner"] = "Choose one of your doctors."
    if faults:
        raise Invalid("Some fields cannot be used.", fields=faults)


def remove(actor: Actor, target_id: UUID) -> None:
    """Takes a target away, so that the one before it holds again; audited; commits. Raises NotFound."""
    actor.require(Permission.TARGETS_WRITE)
    target = db.session.get(Target, (actor.organization_id, target_id))
    own = target is not None and (actor.clinic_ids is None or target.clinic_id in actor.clinic_ids)
    if target is None or not own:
        raise NotFound("There is no such target.")
    audit.record(actor, "target.remove", "target", target.id, metric=target.metric, value=target.value)
    db.session.delete(target)
    _compare_anew(actor)


def set_rules(actor: Actor, wanted: Mapping[str, float | None]) -> Rules:
    """The organization's limits, all of them; what is as it comes is not stored; audited; commits. Raises Invalid."""
    actor.require(Permission.RULES_WRITE)
    faults = {key: _span(limit) for key, limit in LIMITS.items() if not _fits(wanted.get(key), limit)}
    if faults:
        raise Invalid("Some fields cannot be used.", fields=faults)
    usual, before = Rules(), rules_of(actor.organization_id)
    kinds: Mapping[str, Callable[[float], float]] = {
        field.name: float if LIMITS[field.name].share else int for field in fields(Rules)
    }
    values = {key: kinds[key](value) for key, value in wanted.items() if key in LIMITS and value is not None}
    query = select(OrganizationSettings).where(OrganizationSettings.organization_id == actor.organization_id)
    row = db.session.scalars(query).one()
    others = {key: value for key, value in row.values.items() if key not in LIMITS}
    row.values = others | {key: value for key, value in values.items() if value != getattr(usual, key)}
    row.updated_at = now()
    changed = {key: value for key, value in values.items() if value != getattr(before, key)}
    audit.record(actor, "rules.set", "rules", changed=changed)
    _compare_anew(actor)
    return rules_of(actor.organization_id)


def _fits(value: float | None, limit: Limit) -> bool:
    return value is not None and limit.low <= value <= limit.high and (limit.share or value == int(value))


def _span(limit: Limit) -> str:
    scale = 100 if limit.share else 1
    return f"Write a {'' if limit.share else 'whole '}number from {limit.low * scale:.0f} to {limit.high * scale:.0f}."


def _compare_anew(actor: Actor) -> None:
    restate(actor.organization_id, [clinic.id for clinic in clinics_for(actor)])
