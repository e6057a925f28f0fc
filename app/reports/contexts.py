"""Who may have which report, and what its questions need to know, after everything that can be refused."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import exists, select

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.scope import may_ask
from app.models import Clinic, ImportRun, Organization
from app.models.settings import rules_of
from app.reports.definition import Context, Definition
from app.reports.parameters import Parameters


def readable(definition: Definition, actor: Actor) -> bool:
    """Is there anything in such a report that the actor may see?"""
    keys = definition.headline[:1] or tuple(METRICS)
    is_theirs = any(may_ask(METRICS[key], actor) for key in keys) or _is_own_work(definition, actor)
    return actor.can(Permission.REPORTS_READ) and is_theirs


def _is_own_work(definition: Definition, actor: Actor) -> bool:
    """Is such a report one of the actor's own work, and of nobody else's?"""
    if actor.practitioner_id is None or not definition.headline or "practitioners" not in definition.filters:
        return False
    first = METRICS[definition.headline[0]]
    return not may_ask(first, actor) and may_ask(first, actor, (actor.practitioner_id,))


def figures_of(definition: Definition, parameters: Parameters, actor: Actor) -> frozenset[str]:
    """The metrics that such a report would ask for; raises what `build` would raise, before any figure is read."""
    with tenant_scope(actor.organization_id):
        return asked(definition, context_of(definition, parameters, actor))


def context_of(definition: Definition, parameters: Parameters, actor: Actor) -> Context:
    """What the questions need to know, after everything that can be refused."""
    if not readable(definition, actor):
        raise Forbidden("Your role does not include this.")
    if _is_own_work(definition, actor) and actor.practitioner_id is not None:
        parameters = replace(parameters, practitioners=parameters.practitioners or (actor.practitioner_id,))
    context = _made(definition, check(definition, parameters), actor)
    if context.only and not asked(definition, context):
        raise Invalid("This report has none of these figures.", field="metrics")
    return context


def asked(definition: Definition, context: Context) -> frozenset[str]:
    """The metrics that the questions of a report ask for."""
    queries = (query for question in definition.questions for query in question.ask(context))
    return frozenset(key for query in queries for key in query.metrics)


def check(definition: Definition, parameters: Parameters) -> Parameters:
    """The parameters, if the report takes them; raises Invalid with the field."""
    for name in ("clinics", "departments", "practitioners", "types", "age_bands", "sexes", "payers"):
        if getattr(parameters, name) and name not in definition.filters:
            raise Invalid("This report cannot be limited in that way.", field=name)
    if not definition.is_open and parameters.by:
        raise Invalid("This report is not cut by dimensions of choice.", field="by")
    if unknown := [key for key in parameters.metrics if key not in METRICS]:
        raise Invalid("There is no such figure.", field="metrics", unknown=unknown[:5])
    return parameters


def _made(definition: Definition, parameters: Parameters, actor: Actor) -> Context:
    organization = db.session.scalars(select(Organization).where(Organization.id == actor.organization_id)).one()
    query = select(Clinic).where(Clinic.organization_id == actor.organization_id).order_by(Clinic.name, Clinic.id)
    clinics = [clinic for clinic in db.session.scalars(query) if actor.sees_clinic(clinic.id)]
    chosen = [clinic for clinic in clinics if clinic.id in parameters.clinics]
    if len(chosen) < len(set(parameters.clinics)):
        raise NotFound("There is no such clinic.")
    zone = chosen[0].zone if len(chosen) == 1 else organization.zone
    return Context(
        actor=actor,
        parameters=parameters,
        organization=organization.name,
        currency=organization.currency,
        zone=zone,
        week_start=organization.week_start,
        small_cell=rules_of(organization.id).small_cell,
        clinics=tuple((clinic.id, clinic.name) for clinic in clinics),
        today=clock.today(zone),
        at=clock.now(),
        headline=definition.headline if not definition.is_open else parameters.metrics[:3],
        only=frozenset() if definition.is_open else frozenset(parameters.metrics),
        loading=_is_loading(organization.id),
    )


def _is_loading(organization_id: UUID) -> bool:
    """Are records of the organization being brought in just now?"""
    under_way = exists().where(
        ImportRun.organization_id == organization_id, ImportRun.state.in_(("pending", "running"))
    )
    return bool(db.session.scalar(select(under_way)))
