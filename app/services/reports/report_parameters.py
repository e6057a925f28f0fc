"""What was asked of a report against what there is and whose it is: refused here, before a run begins, with a message
for each field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.core.actor import Actor, system_actor
from app.core.clock import local_day, now
from app.core.errors import NotFound
from app.core.period import Period
from app.core.permissions import Permission
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.scope import names_others
from app.models import Appointment, AppointmentType, Claim, Clinic, Department, Invoice, Organization, Payment, Source
from app.reports import contexts
from app.reports.definition import Definition
from app.reports.parameters import Parameters
from app.services import access
from app.services.reports.report_asked import Asked, id_of
from app.services.reports.report_errors import Faults, NoData, NotYours, ReportInvalid, TooOld
from app.services.reports.report_types import readable, type_of


def parameters_for(actor: Actor, kind: str, asked: Asked, period: Period | None = None) -> Parameters:
    """What a report is made by: asked for by the actor now, or for a period that is reckoned already.

    Raises NotYours for figures, clinics and doctors that are not the actor's, ReportInvalid for what the report does
    not take.
    """
    definition = type_of(kind)
    if not actor.can(Permission.REPORTS_RUN) or not readable(actor, kind):
        raise NotYours("Your role does not include these figures.", permission=definition.permission.value)
    faults = Faults()
    clinics = faults.of([], _clinics, actor, asked.filters.get("clinics", ()))
    found: dict[str, Any] = dict(asked.filters) | {"clinics": [clinic.id for clinic in clinics]}
    for name, find in _FINDERS.items():
        found[name] = faults.of([], find, actor, asked.filters.get(name, ()))
    if period is None:
        period = asked.period(now(), zone_for(actor, clinics), week_start(actor.organization_id))
    more = {"by": asked.by, "step": asked.step, "size": asked.size}
    given = {name: value for name, value in (found | more).items() if value}
    parameters = faults.of(Parameters(period), Parameters.of, period, given)
    faults.of(parameters, contexts.check, definition, parameters)
    faults.settle()
    parameters = faults.of(parameters, _narrowed, actor, definition, parameters, asked)
    faults.settle()
    return parameters


def clinic_id_of(parameters: Parameters) -> UUID | None:
    """The one clinic that a report is about; None where it covers several."""
    return parameters.clinics[0] if len(parameters.clinics) == 1 else None


def _narrowed(actor: Actor, definition: Definition, parameters: Parameters, asked: Asked) -> Parameters:
    """The parameters with the figures asked for; refuses words of which the report has no figure, and figures by name
    that the actor may not see. Of a topic what they may not see is left out."""
    narrowed = replace(parameters, metrics=asked.keys)
    if asked.metrics and not definition.is_open:
        every = contexts.figures_of(definition, parameters, system_actor(actor.organization_id))
        if lacking := [word for word, keys in asked.metrics.items() if every.isdisjoint(keys)]:
            message = f"This report does not have {', '.join(lacking[:5])}."
            raise ReportInvalid(message, field="metrics", unknown=lacking[:5], known=sorted(every))
        theirs = contexts.figures_of(definition, parameters, actor)
        hidden = [word for word in asked.metrics if word in METRICS and word not in theirs]
        if hidden or theirs.isdisjoint(asked.keys):
            raise NotYours("Your role does not include these figures.", field="metrics", metrics=hidden[:5])
    contexts.figures_of(definition, narrowed, actor)
    return narrowed


def _clinics(actor: Actor, given: Sequence[str]) -> list[Clinic]:
    """The clinics asked for; whoever has only one means that one."""
    if not given:
        own = access.clinics_for(actor)
        return own if len(own) == 1 else []
    try:
        return [access.clinic_for(actor, id_of(each, "clinic_id")) for each in given]
    except NotFound:
        raise NotYours("This is none of your clinics.", field="clinic_id") from None


def zone_for(actor: Actor, clinics: Sequence[Clinic]) -> str:
    """The IANA zone whose calendar a report follows: that of its only clinic, else the organization's."""
    if len(clinics) == 1:
        return clinics[0].zone
    return db.session.scalars(select(Organization.zone).where(Organization.id == actor.organization_id)).one()


def _practitioners(actor: Actor, given: Sequence[str]) -> list[UUID]:
    ids = [id_of(each, "doctor_id") for each in given]
    if any(each != actor.practitioner_id for each in ids) and not names_others(actor):
        raise NotYours("This is none of your doctors.", field="doctor_id")
    try:
        return [access.practitioner_for(actor, each).id for each in ids]
    except NotFound:
        raise NotYours("This is none of your doctors.", field="doctor_id") from None


def _departments(actor: Actor, given: Sequence[str]) -> list[UUID]:
    ids = [id_of(each, "departments") for each in given]
    query = select(Department.id, Department.clinic_id).where(
        Department.organization_id == actor.organization_id, Department.id.in_(ids)
    )
    own = {row.id for row in db.session.execute(query) if actor.sees_clinic(row.clinic_id)} if ids else set()
    if set(ids) - own:
        raise NotYours("This is none of your departments.", field="departments")
    return ids


def _types(actor: Actor, given: Sequence[str]) -> list[UUID]:
    """Services by their ids or their names."""
    if not given:
        return []
    query = select(AppointmentType.id, AppointmentType.name)
    rows = db.session.execute(query.where(AppointmentType.organization_id == actor.organization_id)).all()
    found: list[UUID] = []
    for each in given:
        meant = [id_ for id_, name in rows if each in (str(id_), name) or each.casefold() == name.casefold()]
        if not meant:
            raise ReportInvalid("There is no such service.", field="service_types", unknown=[each])
        found += meant
    return list(dict.fromkeys(found))


def _payers(actor: Actor, given: Sequence[str]) -> list[str]:
    query = select(Claim.payer).where(Claim.organization_id == actor.organization_id, Claim.payer.in_(given)).distinct()
    known = set(db.session.scalars(query)) if given else set()
    if unknown := [each for each in given if each not in known]:
        raise ReportInvalid("There is no such insurer.", field="payers", unknown=unknown[:5])
    return list(given)


_FINDERS: Mapping[str, Callable[[Actor, Sequence[str]], Sequence[Any]]] = {
    "practitioners": _practitioners,
    "departments": _departments,
    "types": _types,
    "payers": _payers,
}


def week_start(organization_id: UUID) -> int:
    """The weekday on which the organization's weeks begin."""
    return db.session.scalar(select(Organization.week_start).where(Organization.id == organization_id)) or 0


def require_data(actor: Actor, parameters: Parameters) -> None:
    """Raises NoData when the clinics have no visit, invoice or payment in the period."""
    clinics, period = require_begun(actor, parameters), parameters.period
    for model, column in ((Appointment, "local_day"), (Payment, "local_day"), (Invoice, "issue_day")):
        day = getattr(model, column)
        owned: Any = model
        found = exists().where(
            owned.organization_id == actor.organization_id,
            owned.clinic_id.in_([clinic.id for clinic in clinics]),
            day >= period.start,
            day < period.end,
        )
        if db.session.scalar(select(found)):
            return
    raise NoData("Nothing is recorded in that period. Choose a longer one.", field="date_range")


def require_begun(actor: Actor, parameters: Parameters) -> list[Clinic]:
    """The clinics that a report covers; raises NoData when its period has begun in none of them."""
    clinics = [each for each in access.clinics_for(actor) if not parameters.clinics or each.id in parameters.clinics]
    if all(parameters.period.start > local_day(now(), clinic.zone) for clinic in clinics):
        raise NoData("That period has not begun.", field="date_range")
    return clinics


def require_fresh(organization_id: UUID, max_age_hours: float | None) -> None:
    """Raises TooOld when a source that says how fresh it is holds older data than a report allows."""
    if max_age_hours is None:
        return
    query = select(Source.fresh_at).where(Source.organization_id == organization_id, Source.fresh_at.is_not(None))
    oldest = min((each for each in db.session.scalars(query) if each is not None), default=None)
    if oldest is None or now() - oldest > timedelta(hours=max_age_hours):
        raise TooOld(
            "The data are older than this report allows.",
            as_of=None if oldest is None else oldest.isoformat(),
            max_data_age_hours=max_age_hours,
        )
