"""Asking for a report: the form of its type, its first page as a preview, the request."""

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.errors import Invalid, NotFound
from app.core.permissions import Permission
from app.reports.build import check, preview, readable
from app.reports.catalogue import REPORTS
from app.reports.definition import Definition
from app.reports.formats import html_file
from app.reports.parameters import Parameters
from app.reports.writing import TEMPLATE
from app.services import reports
from app.services.places import places_of
from app.services.report_options import options_of, require_own
from app.web.guard import requires
from app.web.report_form import RequestForm, choices_of, form_of, parameters_of, wrong_field
from app.web.shell import shell

bp = Blueprint("report_requests", __name__, url_prefix="/reports")


@bp.get("/new")
@requires(Permission.REPORTS_RUN)
def new() -> ResponseReturnValue:
    """The form of a type of report."""
    definition = _definition(request.args.get("type", ""))
    return _page(definition, form_of(definition, options_of(g.actor, definition)))


@bp.post("/new")
@requires(Permission.REPORTS_RUN)
def create() -> ResponseReturnValue:
    """Asks for the report and goes to its page; a wrong field is shown at its place."""
    definition = _definition(request.form.get("type", ""))
    form = form_of(definition, options_of(g.actor, definition), request.form)
    try:
        parameters = _asked(definition, form)
        single = parameters.clinics[0] if len(parameters.clinics) == 1 else None
        run = reports.request_report(g.actor, definition.key, single, parameters.period, parameters.stored())
    except Invalid as error:
        return _refused(definition, form, error)
    return redirect(url_for("reports.show", run_id=run.id), 303)


@bp.post("/preview")
@requires(Permission.REPORTS_RUN)
def first_page() -> ResponseReturnValue:
    """The first page of the report as it would be now, without a run."""
    definition = _definition(request.form.get("type", ""))
    form = form_of(definition, options_of(g.actor, definition), request.form)
    try:
        content = preview(definition, _asked(definition, form), g.actor)
    except Invalid as error:
        return _refused(definition, form, error)
    response: Response = make_response(html_file.page(content, TEMPLATE))
    response.headers["Content-Security-Policy"] = f"sandbox; {html_file.policy()}"
    return response


def _definition(key: str) -> Definition:
    definition = REPORTS.get(key)
    if definition is None or not readable(definition, g.actor):
        raise NotFound("There is no such report.")
    return definition


def _asked(definition: Definition, form: RequestForm) -> Parameters:
    organization = places_of(g.actor).organization
    parameters = parameters_of(form, clock.today(organization.zone), organization.week_start)
    require_own(g.actor, parameters.practitioners)
    return check(definition, parameters)


def _refused(definition: Definition, form: RequestForm, error: Invalid) -> ResponseReturnValue:
    name = wrong_field(form, str(error.details.get("field", "")))
    form[name].errors = [error.message]
    return _page(definition, form), error.status


def _page(definition: Definition, form: RequestForm) -> str:
    return render_template(
        "reports/new.html",
        definition=definition,
        first=[form[name] for name in ("period", "start", "last", "step", "size") if name in form],
        choices=choices_of(form),
        shell=shell(g.actor, places_of(g.actor)),
    )
