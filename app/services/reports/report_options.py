"""What a report may be limited to: the choices of its form, as the actor may see them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from app.core.actor import Actor
from app.core.errors import Invalid
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.scope import may_ask, names_others
from app.models import Affiliation, AppointmentType, Claim, Department, Practitioner
from app.reports.definition import Definition
from app.reports.questions.custom import dimensions_of
from app.rollups.people import AGES
from app.services import access

Choices = tuple[tuple[str, str], ...]
SEXES: Choices = (("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Not recorded"))
_MOST = 500


@dataclass(frozen=True)
class Options:
    """Choices by the name of the parameter; a report that does not take one has none of it."""

    choices: dict[str, Choices]
    metrics: tuple[tuple[str, Choices], ...] = ()
    dimensions: Choices = ()


def options_of(actor: Actor, definition: Definition) -> Options:
    """The choices of a report's form."""
    makers = {
        "clinics": _clinics,
        "departments": _departments,
        "practitioners": _practitioners,
        "types": _types,
        "age_bands": lambda _: tuple((band, band) for band in AGES),
        "sexes": lambda _: SEXES,
        "payers": _payers,
    }
    found = {name: make(actor) for name, make in makers.items() if name in definition.filters}
    choices = {name: values for name, values in found.items() if len(values) > 1}
    if not definition.is_open:
        return Options(choices)
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, metric in METRICS.items():
        if may_ask(metric, actor):
            groups.setdefault(metric.domain.capitalize(), []).append((key, metric.label))
    keys = tuple(key for key, metric in METRICS.items() if may_ask(metric, actor))
    return Options(choices, tuple((name, tuple(values)) for name, values in groups.items()), dimensions_of(keys))


def require_own(actor: Actor, practitioners: tuple[object, ...]) -> None:
    """Invalid for doctors that the actor may not choose."""
    known = {value for value, _ in _practitioners(actor)}
    if any(str(one) not in known for one in practitioners):
        raise Invalid("There is no such choice.", field="practitioners")


def _clinics(actor: Actor) -> Choices:
    return tuple((str(clinic.id), clinic.name) for clinic in access.clinics_for(actor))


def _departments(actor: Actor) -> Choices:
    """The departments of the actor's clinics, with the clinic's name where there are several clinics."""
    clinics = dict(_clinics(actor))
    query = select(Department.id, Department.name, Department.clinic_id).where(
        Department.organization_id == actor.organization_id, Department.clinic_id.in_(map(UUID, clinics))
    )
    found = [(str(id_), name, clinics[str(clinic_id)]) for id_, name, clinic_id in db.session.execute(query)]
    several = len({clinic for *_, clinic in found}) > 1
    named = ((id_, f"{clinic}: {name}" if several else name) for id_, name, clinic in found)
    return tuple(sorted(named, key=lambda one: one[1])[:_MOST])


def _practitioners(actor: Actor) -> Choices:
    """The doctors of the actor's clinics; who may not know of others' work chooses none but themselves."""
    query = select(Practitioner.id, Practitioner.spoken).where(Practitioner.organization_id == actor.organization_id)
    if not names_others(actor):
        query = query.where(Practitioner.id == actor.practitioner_id)
    if actor.clinic_ids is not None:
        query = query.where(
            exists().where(
                Affiliation.organization_id == Practitioner.organization_id,
                Affiliation.practitioner_id == Practitioner.id,
                Affiliation.clinic_id.in_(actor.clinic_ids),
            )
        )
    rows = db.session.execute(query.order_by(Practitioner.spoken, Practitioner.id).limit(_MOST))
    return tuple((str(id_), name) for id_, name in rows)


def _types(actor: Actor) -> Choices:
    query = select(AppointmentType.id, AppointmentType.name).where(
        AppointmentType.organization_id == actor.organization_id
    )
    rows = db.session.execute(query.order_by(AppointmentType.name, AppointmentType.id).limit(_MOST))
    return tuple((str(id_), name) for id_, name in rows)


def _payers(actor: Actor) -> Choices:
    query = select(Claim.payer).where(Claim.organization_id == actor.organization_id, Claim.payer.is_not(None))
    found = db.session.scalars(query.distinct().order_by(Claim.payer).limit(_MOST))
    return tuple((payer, payer) for payer in found if payer)
