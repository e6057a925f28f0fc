"""Reports: what can be asked for, what was asked for, how far it is, and the file."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.errors import Invalid
from app.core.format import date as day_words
from app.core.format import moment, plural
from app.core.ids import parse_id
from app.core.period import Period, Span, add_months, period_of
from app.core.permissions import Permission
from app.models import Clinic
from app.reports.catalogue import REPORTS
from app.reports.types import ReportType
from app.services import access, deliveries, notifications, report_files, reports
from app.services.places import places_of
from app.services.report_types import SIZES, label_of
from app.web import files
from app.web.fragments import page_or_block
from app.web.guard import requires
from app.web.report_pages import sections
from app.web.report_runs import run_page, state_words, version_of
from app.web.shell import shell
from app.web.view_models import Cell, Column, FormField, FormView, Link, ReportsPage, Row, TableView
from app.web.view_models import ReportType as ReportCard

bp = Blueprint("reports", __name__, url_prefix="/reports")


@bp.get("")
@requires(Permission.REPORTS_READ)
def index() -> ResponseReturnValue:
    """What can be asked for, and the latest runs."""
    return _index(_library())


@bp.post("")
@requires(Permission.REPORTS_RUN)
def create() -> ResponseReturnValue:
    """Asks for a report and goes to its page; a wrong field is shown at its place."""
    form = request.form
    try:
        clinic_id = parse_id(form.get("clinic", ""))
        if clinic_id is None:
            raise Invalid("Choose a clinic.", field="clinic")
        period = _month(form.get("month", ""))
        parameters = {"size": form.get("size", "A4")}
        run = reports.request_report(g.actor, form.get("type", ""), clinic_id, period, parameters)
    except Invalid as error:
        return _index(_library(error)), error.status
    return redirect(url_for(".show", run_id=run.id), 303)


def _index(page: ReportsPage) -> str:
    return render_template("reports/list.html", page=page, shell=shell(g.actor, places_of(g.actor)))


def _month(text: str) -> Period:
    try:
        return period_of(Span.MONTH, date.fromisoformat(f"{text}-01"))
    except ValueError:
        raise Invalid("Give the month as year and month, such as 2026-10.", field="month") from None


@bp.get("/<uuid:run_id>")
@requires(Permission.REPORTS_READ)
def show(run_id: UUID) -> ResponseReturnValue:
    """One run: live while it lasts, then its file or why there is none."""
    run = reports.report_for(g.actor, run_id)
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
    reports.cancel(g.actor, run_id)
    return redirect(url_for(".show", run_id=run_id), 303)


@bp.post("/<uuid:run_id>/again")
@requires(Permission.REPORTS_RUN)
def again(run_id: UUID) -> ResponseReturnValue:
    """Asks for the same report once more."""
    run = reports.run_again(g.actor, run_id)
    return redirect(url_for(".show", run_id=run.id), 303)


@bp.get("/<uuid:run_id>/files/<format_>")
@requires(Permission.REPORTS_READ)
def fetch(run_id: UUID, format_: str) -> ResponseReturnValue:
    """A file, checked against what was written; noted in the access log."""
    return files.answer(report_files.fetch(g.actor, reports.report_for(g.actor, run_id), format_))


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


def _library(error: Invalid | None = None) -> ReportsPage:
    clinics = access.clinics_for(g.actor)
    types = [report for report in REPORTS.values() if g.actor.can(report.permission)]
    may_ask = g.actor.can(Permission.REPORTS_RUN) and bool(clinics) and bool(types)
    return ReportsPage(
        types=tuple(
            ReportCard(each.key, each.label, each.description, "PDF on A4 or Letter", Link("New report", "#new"))
            for each in types
        ),
        runs=_runs(clinics),
        form=_form(types, clinics, error) if may_ask else None,
        words=f"{plural(len(types), 'type')} of report, {plural(len(clinics), 'clinic')}.",
        links=sections(),
    )


def _form(types: list[ReportType[Any]], clinics: list[Clinic], error: Invalid | None) -> FormView:
    given = request.form if error else {}
    wrong = {error.details.get("field", ""): error.message} if error else {}
    last_month = add_months(clock.today(clinics[0].zone).replace(day=1), -1)

    def select(name: str, label: str, options: tuple[tuple[str, str], ...]) -> FormField:
        value = given.get(name, options[0][0])
        return FormField(name, label, "select", value, options=options, error=wrong.get(name, ""))

    month = given.get("month", f"{last_month:%Y-%m}")
    fields = (
        select("type", "Report", tuple((each.key, each.label) for each in types)),
        select("clinic", "Clinic", tuple((str(each.id), each.name) for each in clinics)),
        FormField("month", "Month", "month", month, error=wrong.get("month", "")),
        select("size", "Paper", tuple((size, size) for size in SIZES)),
    )
    return FormView(url_for(".create"), "Make report", fields, error=wrong.get("", ""), row=True)


def _runs(clinics: list[Clinic]) -> TableView:
    names = {clinic.id: clinic for clinic in clinics}
    heads = ("Report", "Clinic", "Period", "Asked for", "By", "State")
    rows = []
    for run in reports.list_runs(g.actor):
        clinic = names.get(run.clinic_id) if run.clinic_id else None
        cells = (
            Cell(label_of(run.kind), url=url_for(".show", run_id=run.id)),
            Cell(clinic.name if clinic else ""),
            Cell(day_words(run.period_start, "month")),
            Cell(moment(run.created_at, clinic.zone if clinic else "UTC")),
            Cell(run.requested_name),
            Cell(state_words(run)),
        )
        rows.append(Row(cells))
    columns = tuple(Column(head, spare=head in {"By", "Asked for"}) for head in heads)
    return TableView("Latest runs", columns, tuple(rows), empty="No report has been made yet.")
