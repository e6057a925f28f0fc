"""Asking for a report: the form of its type, its first page as a preview, the request, and saving it for later."""

from uuid import UUID

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError
from app.core.permissions import Permission
from app.models import Report
from app.reports.build import preview
from app.reports.definition import Definition
from app.reports.formats import html_file
from app.reports.writing import TEMPLATE
from app.services.places import places_of
from app.services.reports import report_library
from app.services.reports.report_asked import Asked
from app.services.reports.report_library import Draft
from app.services.reports.report_options import options_of
from app.services.reports.report_parameters import parameters_for
from app.services.reports.report_types import type_for
from app.web.guard import requires
from app.web.reports.report_form import RequestForm, asked_of, choices_of, fill, form_of, wrong_field
from app.web.shell import shell

bp = Blueprint("report_requests", __name__, url_prefix="/reports")


@bp.get("/new")
@requires(Permission.REPORTS_RUN)
def new() -> ResponseReturnValue:
    """The form of a type of report, filled from a template where one is named."""
    pattern = _pattern()
    definition = type_for(g.actor, pattern.kind if pattern else request.args.get("type", ""))
    form = form_of(definition, options_of(g.actor, definition))
    if pattern is not None:
        fill(form, pattern)
    return _page(definition, form)


@bp.post("/new")
@requires(Permission.REPORTS_RUN)
def create() -> ResponseReturnValue:
    """Asks for the report and goes to its page; a wrong field is shown at its place."""
    definition, form = _sent()
    try:
        run = report_library.ask(g.actor, definition.key, asked_of(form), form.formats.data or ["pdf"])
    except AppError as error:
        return _refused(definition, form, error)
    return redirect(url_for("reports.show", run_id=run.id), 303)


@bp.post("/saved")
@requires(Permission.REPORTS_RUN)
def save() -> ResponseReturnValue:
    """Saves the report, or a template of it, and goes to its page or to the form of its schedule."""
    definition, form = _sent()
    try:
        report = report_library.save(g.actor, _draft(definition, form))
    except AppError as error:
        return _refused(definition, form, error)
    if request.form.get("next") == "schedule" and not report.is_template:
        return redirect(url_for("schedules.new", report=report.id), 303)
    return redirect(url_for("report_library.detail", report_id=report.id), 303)


@bp.post("/preview")
@requires(Permission.REPORTS_RUN)
def first_page() -> ResponseReturnValue:
    """The first page of the report as it would be now, without a run."""
    definition, form = _sent()
    try:
        parameters = parameters_for(g.actor, definition.key, Asked.of(asked_of(form)))
        content = preview(definition, parameters, g.actor)
    except AppError as error:
        return _refused(definition, form, error)
    response: Response = make_response(html_file.page(content, TEMPLATE))
    response.headers["Content-Security-Policy"] = f"sandbox; {html_file.policy()}"
    return response


def _pattern() -> Report | None:
    wanted = request.args.get("template", type=UUID)
    return report_library.report_for(g.actor, wanted) if wanted else None


def _sent() -> tuple[Definition, RequestForm]:
    definition = type_for(g.actor, request.form.get("type", ""))
    return definition, form_of(definition, options_of(g.actor, definition), request.form)


def _draft(definition: Definition, form: RequestForm) -> Draft:
    return Draft(
        title=form.title.data or "",
        kind=definition.key,
        parameters=asked_of(form),
        description=form.description.data or "",
        formats=form.formats.data or ["pdf"],
        is_template=bool(form.template.data),
    )


def _refused(definition: Definition, form: RequestForm, error: AppError) -> ResponseReturnValue:
    fields = error.details.get("fields") or {error.details.get("field", ""): [error.message]}
    for name, messages in fields.items():
        form[wrong_field(form, str(name))].errors = messages
    return _page(definition, form), 422 if error.status == 400 else error.status


def _page(definition: Definition, form: RequestForm) -> str:
    return render_template(
        "reports/new.html",
        definition=definition,
        first=[form[name] for name in ("period", "start", "last", "step", "size") if name in form],
        choices=choices_of(form),
        kept=[form["title"], form["description"]],
        template=form["template"],
        shell=shell(g.actor, places_of(g.actor)),
    )
