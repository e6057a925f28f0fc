"""Reports: what can be asked for, what was asked for, how far it is, and the file."""

from uuid import UUID

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.format import moment, plural
from app.core.permissions import Permission
from app.models import Clinic
from app.services import access
from app.services.delivery import notifications
from app.services.places import places_of
from app.services.reports import deliveries, report_files, report_runs
from app.services.reports.report_types import FORMATS, label_of, types_for
from app.web.fragments import page_or_block
from app.web.guard import requires
from app.web.reports import files
from app.web.reports.report_pages import sections
from app.web.reports.report_runs import clinics_words, period_words, run_page, state_words, version_of
from app.web.shell import shell
from app.web.view_models import Cell, Column, Link, ReportsPage, Row, TableView
from app.web.view_models import ReportType as ReportCard

bp = Blueprint("reports", __name__, url_prefix="/reports")

_FORMATS = ", ".join(label for label, _ in FORMATS.values())


@bp.get("")
@requires(Permission.REPORTS_READ)
def index() -> ResponseReturnValue:
    """What can be asked for, and the latest runs."""
    frame = shell(g.actor, places_of(g.actor))
    return render_template("reports/list.html", page=_library(), shell=frame)


@bp.get("/<uuid:run_id>")
@requires(Permission.REPORTS_READ)
def show(run_id: UUID) -> ResponseReturnValue:
    """One run: live while it lasts, then its file or why there is none."""
    run = report_runs.report_for(g.actor, run_id)
    version = version_of(run)
    if request.headers.get("HX-PTag") == version:
        return Response(status=304)
    if run.state == "completed":
        deliveries.opened(g.actor, run.id)
    if run.state in ("completed", "failed"):
        notifications.mark_read(g.actor, run.id)
    frame = shell(g.actor, places_of(g.actor))
    response = make_response(page_or_block("reports/run.html", "run", page=run_page(run), shell=frame))
    response.headers["HX-PTag"] = version
    return response


@bp.post("/<uuid:run_id>/cancel")
@requires(Permission.REPORTS_RUN)
def cancel(run_id: UUID) -> ResponseReturnValue:
    """Takes an open run back."""
    report_runs.cancel(g.actor, run_id)
    return redirect(url_for(".show", run_id=run_id), 303)


@bp.post("/<uuid:run_id>/again")
@requires(Permission.REPORTS_RUN)
def again(run_id: UUID) -> ResponseReturnValue:
    """Asks for the same report once more."""
    run = report_runs.run_again(g.actor, run_id)
    return redirect(url_for(".show", run_id=run.id), 303)


@bp.get("/<uuid:run_id>/files/<format_>")
@requires(Permission.REPORTS_READ)
def fetch(run_id: UUID, format_: str) -> ResponseReturnValue:
    """A file, checked against what was written; noted in the access log."""
    return files.answer(report_files.fetch(g.actor, report_runs.report_for(g.actor, run_id), format_))


@bp.post("/<uuid:run_id>/hold")
@requires(Permission.AUDIT_READ)
def hold(run_id: UUID) -> ResponseReturnValue:
    """Keeps the files beyond their time."""
    report_files.hold(g.actor, run_id, request.form.get("reason", ""))
    return redirect(url_for(".show", run_id=run_id), 303)


@bp.post("/<uuid:run_id>/release")
@requires(Permission.AUDIT_READ)
def release(run_id: UUID) -> ResponseReturnValue:
    """Lets the files go at their time again."""
    report_files.release(g.actor, run_id)
    return redirect(url_for(".show", run_id=run_id), 303)


def _library() -> ReportsPage:
    clinics = access.clinics_for(g.actor)
    types = types_for(g.actor)
    may_ask = g.actor.can(Permission.REPORTS_RUN) and bool(clinics)
    groups: dict[str, list[ReportCard]] = {}
    for each in types:
        link = Link("New report", url_for("report_requests.new", type=each.key)) if may_ask else None
        groups.setdefault(each.readers, []).append(ReportCard(each.key, each.label, each.description, _FORMATS, link))
    return ReportsPage(
        groups=tuple((readers, tuple(cards)) for readers, cards in groups.items()),
        runs=_runs(clinics),
        words=f"{plural(len(types), 'type')} of report, {plural(len(clinics), 'clinic')}.",
        links=sections(),
    )


def _runs(clinics: list[Clinic]) -> TableView:
    names, places = {clinic.id: clinic for clinic in clinics}, places_of(g.actor)
    heads = ("Report", "Clinic", "Period", "Asked for", "By", "State")
    rows = []
    for run in report_runs.list_runs(g.actor):
        clinic = names.get(run.clinic_id) if run.clinic_id else None
        cells = (
            Cell(
                run.title or label_of(run.kind),
                note=label_of(run.kind) if run.title else "",
                url=url_for(".show", run_id=run.id),
            ),
            Cell(clinics_words(clinic, run.parameters.get("clinics", ()))),
            Cell(period_words(run)),
            Cell(moment(run.created_at, clinic.zone if clinic else places.organization.zone)),
            Cell(run.requested_name),
            Cell(state_words(run)),
        )
        rows.append(Row(cells))
    columns = tuple(Column(head, spare=head in {"By", "Asked for"}) for head in heads)
    return TableView("Latest runs", columns, tuple(rows), empty="No report has been made yet.")
