"""Quality measures for people and programs: FHIR MeasureReports, and the value sets that an organization loads."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.period import Period
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import LoadedValueSet, Organization
from app.models.settings import rules_of
from app.quality import measure_report, scope, stored
from app.quality.catalogue import MEASURES
from app.quality.measure import Measure, Outcome
from app.quality.record import History
from app.quality.run import run
from app.quality.valuesets import ValueSet
from app.services import audit


def measure_of(name: str) -> Measure:
    """The measure by its CMS number, in any case; NotFound for one that is not kept."""
    found = MEASURES.get(name.upper())
    if found is None:
        raise NotFound("There is no such measure.")
    return found


def report(actor: Actor, measure: Measure, period: Period, patient: UUID | None = None) -> dict[str, Any]:
    """The MeasureReport of all patients that the actor's measures are about, or of one of them.

    Forbidden without the right to figures of patients (for one: to patients one by one), NotFound for a patient that is
    not among them. Writes an audit line; commits.
    """
    if not actor.can(Permission.METRICS_PATIENTS) or (patient is not None and not scope.may_trace(actor)):
        raise Forbidden("Your role does not include this.")
    with tenant_scope(actor.organization_id):
        zone = db.session.scalars(select(Organization.zone).where(Organization.id == actor.organization_id)).one()
        source = scope.source_for(actor, ZoneInfo(zone), period)
        source.only = patient
        window, sets = scope.window_of(period), stored.value_sets(actor.organization_id)
        told: list[tuple[History, tuple[Outcome, ...]]] = []
        heard = (lambda history, _, outcomes: told.append((history, outcomes))) if patient else None
        summaries = run((measure,), source, window, sets, heard)[measure.id]
        if patient is not None and not told:
            raise NotFound("There is no such patient.")
        if told:
            made = measure_report.individual(measure, told[0][1], told[0][0].id, window, clock.now())
        else:
            small = rules_of(actor.organization_id).small_cell
            shown = [scope.shown(actor, each, small) for each in summaries]
            made = measure_report.summary(measure, summaries, shown, window, clock.now())
        audit.record(actor, "measure.report", "measure", patient_id=patient, measure=measure.id)
        db.session.commit()
    return made


def load(actor: Actor, found: Iterable[ValueSet]) -> int:
    """Puts value sets in the place of those of the same OID; returns how many. Forbidden without the right; commits."""
    if not actor.can(Permission.DATA_IMPORT):
        raise Forbidden("Your role does not include this.")
    with tenant_scope(actor.organization_id):
        rows = [
            LoadedValueSet(
                organization_id=actor.organization_id,
                oid=each.oid,
                title=each.title,
                codes={system: sorted(codes) for system, codes in each.codes.items()},
                loaded_at=clock.now(),
                loaded_by=actor.user_id,
            )
            for each in {each.oid: each for each in found}.values()
        ]
        mine = LoadedValueSet.organization_id == actor.organization_id
        db.session.execute(delete(LoadedValueSet).where(mine, LoadedValueSet.oid.in_([row.oid for row in rows])))
        db.session.add_all(rows)
        audit.record(actor, "value_sets.load", "value_set", count=len(rows))
        db.session.commit()
    return len(rows)
