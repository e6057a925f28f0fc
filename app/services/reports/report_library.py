"""Saved reports and templates: made, changed, shared, run, dropped. A template is a pattern for further reports."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, any_, or_, select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models import Clinic, Report, ReportRun, ReportSchedule, ScheduleClock, User
from app.services import access, audit
from app.services.readers import actors_of
from app.services.reports import report_runs
from app.services.reports.report_asked import Asked
from app.services.reports.report_errors import NotYours, ReportInvalid
from app.services.reports.report_parameters import (
    clinic_id_of,
    parameters_for,
    require_begun,
    require_data,
    require_fresh,
)
from app.services.reports.report_runs import Cause
from app.services.reports.report_types import formats_of, type_of

_ADMINS = frozenset({Role.ADMIN})
_OF_CLINICS = frozenset({Role.CLINIC_STAFF})


@dataclass(frozen=True)
class Draft:
    """A report as somebody describes it."""

    title: str
    kind: str
    parameters: Mapping[str, Any]
    description: str = ""
    formats: Sequence[str] = ("pdf",)
    is_template: bool = False
    shared_user_ids: Sequence[UUID] = field(default_factory=tuple)
    shared_roles: Sequence[str] = field(default_factory=tuple)
    retention_days: int | None = None


def save(actor: Actor, draft: Draft) -> Report:
    """A new report in the library; commits. Raises ReportInvalid, NotYours, FormatUnknown."""
    report = _new(actor, draft)
    db.session.commit()
    return report


def save_and_run(actor: Actor, draft: Draft) -> tuple[Report, ReportRun]:
    """A new report, and its first run, in one transaction; commits. Raises NoData and TooOld as well."""
    report = _new(actor, draft)
    run = _started(actor, report)
    db.session.commit()
    return report, run


def change(actor: Actor, report_id: UUID, **values: Any) -> Report:
    """Changes what is named: title, description, parameters, formats, shared_user_ids, shared_roles, retention_days,
    is_template; commits. Raises Forbidden for a report that the actor may only read."""
    report = report_for(actor, report_id)
    _require_change(actor, report)
    draft = Draft(
        title=values.get("title", report.title),
        kind=report.kind,
        parameters=values.get("parameters", report.parameters),
        description=values.get("description", report.description),
        formats=values.get("formats", report.formats),
        is_template=values.get("is_template", report.is_template),
        shared_user_ids=values.get("shared_user_ids", report.shared_user_ids),
        shared_roles=values.get("shared_roles", report.shared_roles),
        retention_days=values.get("retention_days", report.retention_days),
    )
    _fill(actor, report, draft)
    audit.record(actor, "report.change", "report", report.id, fields=sorted(values))
    db.session.commit()
    return report


def drop(actor: Actor, report_id: UUID) -> None:
    """Takes a report out of the library and ends its schedules; its runs stay until their time; commits."""
    report = report_for(actor, report_id)
    _require_change(actor, report)
    report.deleted_at = now()
    for schedule in db.session.scalars(
        select(ReportSchedule).where(
            ReportSchedule.organization_id == actor.organization_id,
            ReportSchedule.report_id == report.id,
            ReportSchedule.state != "ended",
        )
    ):
        schedule.state, schedule.updated_at = "ended", now()
        if clock := db.session.get(ScheduleClock, schedule.id):
            db.session.delete(clock)
    audit.record(actor, "report.delete", "report", report.id)
    db.session.commit()


def execute(actor: Actor, report_id: UUID, formats: Sequence[str] | None = None) -> ReportRun:
    """Runs a saved report now; commits. Raises NoData, TooOld, NotYours; ReportInvalid for a template."""
    report = report_for(actor, report_id)
    run = _started(actor, report, formats)
    db.session.commit()
    return run


def ask(actor: Actor, kind: str, given: Mapping[str, Any], formats: Sequence[str]) -> ReportRun:
    """Runs a report now without saving it; `given` as in `report_asked`. Commits. Raises ReportInvalid, NotYours,
    NoData for a period that has not begun, TooOld."""
    asked = Asked.of(given)
    parameters = parameters_for(actor, kind, asked)
    require_begun(actor, parameters)
    require_fresh(actor.organization_id, asked.max_age_hours)
    run = report_runs.start(actor, kind, parameters, formats, of_the_run=asked.of_the_run())
    db.session.commit()
    return run


def report_for(actor: Actor, report_id: UUID) -> Report:
    """A report that the actor may see: an own one, one shared with them or their role, as staff one of their clinics,
    as administrator every one, as anybody a template. Raises NotFound."""
    actor.require(Permission.REPORTS_READ)
    found = db.session.scalars(visible(actor).where(Report.id == report_id)).one_or_none()
    if found is None:
        raise NotFound("There is no such report.")
    return found


def may_change(actor: Actor, report: Report) -> bool:
    """Is the report the actor's own, or theirs to look after?"""
    if report.owner_id == actor.user_id or actor.roles & _ADMINS:
        return True
    of_clinic = actor.clinic_ids is None or (report.clinic_id is not None and actor.sees_clinic(report.clinic_id))
    return bool(actor.roles & _OF_CLINICS) and of_clinic


def visible(actor: Actor, templates: bool | None = None) -> Select[Report]:
    """Every report that the actor may see; only templates, or none, where that is said."""
    query = select(Report).where(Report.organization_id == actor.organization_id, Report.deleted_at.is_(None))
    if templates is not None:
        query = query.where(Report.is_template.is_(templates))
    if actor.roles & _ADMINS:
        return query
    theirs = [
        Report.owner_id == actor.user_id,
        any_(Report.shared_user_ids) == actor.user_id,
        Report.shared_roles.overlap([role.value for role in actor.roles]),
        Report.is_template.is_(True),
    ]
    if actor.roles & _OF_CLINICS:
        theirs.append(
            Report.clinic_id.in_(actor.clinic_ids) if actor.clinic_ids is not None else Report.id.is_not(None)
        )
    return query.where(or_(*theirs))


def _new(actor: Actor, draft: Draft) -> Report:
    at = now()
    report = Report(
        organization_id=actor.organization_id,
        id=new_id(),
        kind=type_of(draft.kind).key,
        owner_id=actor.user_id,
        owner_name=actor.name,
        created_at=at,
    )
    _fill(actor, report, draft)
    db.session.add(report)
    db.session.flush()
    audit.record(actor, "report.save", "report", report.id, kind=report.kind, template=report.is_template)
    return report


def _fill(actor: Actor, report: Report, draft: Draft) -> None:
    title = draft.title.strip()
    if not 1 <= len(title) <= 120:
        raise ReportInvalid("A report has a title of 1 to 120 characters.", field="title")
    if len(draft.description) > 2000:
        raise ReportInvalid("A description has at most 2,000 characters.", field="description")
    if draft.retention_days is not None and not 1 <= draft.retention_days <= 3650:
        raise ReportInvalid("Files are kept for 1 to 3,650 days.", field="retention_days")
    asked = Asked.of(draft.parameters)
    parameters = parameters_for(actor, report.kind, asked)
    report.clinic_id = None if draft.is_template and not asked.filters.get("clinics") else clinic_id_of(parameters)
    report.title, report.description = title, draft.description.strip()
    report.parameters, report.formats = dict(draft.parameters), formats_of(draft.formats)
    report.is_template, report.retention_days = draft.is_template, draft.retention_days
    report.shared_user_ids, report.shared_roles = _people(actor, draft.shared_user_ids), _roles(draft.shared_roles)
    report.updated_at = now()


def _people(actor: Actor, user_ids: Sequence[UUID]) -> list[UUID]:
    wanted = list(dict.fromkeys(user_ids))
    if wanted and set(actors_of(actor.organization_id, wanted)) != set(wanted):
        raise NotYours("This is nobody of your organization.", field="shared_with")
    return wanted


def _roles(roles: Sequence[str]) -> list[str]:
    if unknown := sorted(set(roles) - {role.value for role in Role}):
        raise ReportInvalid("There is no such role.", field="shared_roles", unknown=unknown)
    return sorted(set(roles))


def _require_change(actor: Actor, report: Report) -> None:
    actor.require(Permission.REPORTS_RUN)
    if not may_change(actor, report):
        raise Forbidden("Only its owner changes this report.", code="ANALYTICS_006")


def _started(actor: Actor, report: Report, formats: Sequence[str] | None = None) -> ReportRun:
    if report.is_template:
        raise ReportInvalid("A template is not run. Save a report from it.", field="report")
    asked = Asked.of(report.parameters)
    parameters = parameters_for(actor, report.kind, asked)
    require_data(actor, parameters)
    require_fresh(actor.organization_id, asked.max_age_hours)
    kept = asked.of_the_run() | ({"retention_days": report.retention_days} if report.retention_days else {})
    return report_runs.start(actor, report.kind, parameters, formats or report.formats, Cause(report), kept)


def addresses(people: Iterable[UUID]) -> list[str]:
    """The mail addresses of people."""
    wanted = list(people)
    return list(db.session.scalars(select(User.email).where(User.id.in_(wanted)))) if wanted else []


def clinic_of(actor: Actor, report: Report) -> Clinic | None:
    """The clinic that a report is about, where it is the actor's."""
    if report.clinic_id is None or not actor.sees_clinic(report.clinic_id):
        return None
    return access.clinic_for(actor, report.clinic_id)
