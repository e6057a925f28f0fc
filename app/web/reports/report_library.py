"""Saved reports and templates: listed, saved, shown with their runs, run, shared, dropped; statistics of all."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError
from app.core.format import moment, number, percent, plural
from app.core.permissions import Permission, Role
from app.models import Report, ReportRun
from app.services.readers import actors_of, member_by_address
from app.services.reports import report_library, report_runs, report_search, schedule_search
from app.services.reports.report_asked import Asked
from app.services.reports.report_search import Wanted
from app.services.reports.report_types import FORMATS, RELATIVE, label_of
from app.web.guard import requires
from app.web.reports.report_pages import home, sections, show, zone
from app.web.reports.report_runs import clinics_words, state_words
from app.web.view_models import Action, Cell, Column, FormField, FormView, Link, Row, TableView, WorkCard, WorkPage

bp = Blueprint("report_library", __name__, url_prefix="/reports")

SHARED_WITH = {
    Role.ADMIN: "Administrators",
    Role.DOCTOR: "Doctors",
    Role.CLINIC_STAFF: "Clinic staff",
    Role.BILLING_STAFF: "Billing staff",
    Role.ANALYST: "Analysts",
}


@bp.get("/saved")
@requires(Permission.REPORTS_READ)
def index() -> str:
    """The saved reports, with the latest run of each."""
    count, found = report_search.search(g.actor, Wanted(), size=100)
    rows = tuple(_line(report, run) for report, run in found)
    columns = (
        Column("Report"),
        Column("Type"),
        Column("Asks for", spare=True),
        Column("By", spare=True),
        Column("Latest run"),
    )
    empty = "No report has been saved yet. Choose a type in the library and save it."
    cards = (WorkCard("saved", "Saved reports", table=TableView("Saved reports", columns, rows, empty)),)
    return show(WorkPage("Saved reports", plural(count, "report"), (home(),), sections(), cards))


@bp.get("/saved/<uuid:report_id>")
@requires(Permission.REPORTS_READ)
def detail(report_id: UUID) -> str:
    """One saved report: what it asks, its runs, its schedules, with whom it is shared."""
    return _detail(report_library.report_for(g.actor, report_id))


@bp.post("/saved/<uuid:report_id>/run")
@requires(Permission.REPORTS_RUN)
def run(report_id: UUID) -> ResponseReturnValue:
    """Makes the report now and goes to the run."""
    try:
        made = report_library.execute(g.actor, report_id)
    except AppError as error:
        if error.status == 404:
            raise
        return _detail(report_library.report_for(g.actor, report_id), error), error.status
    return redirect(url_for("reports.show", run_id=made.id), 303)


@bp.post("/saved/<uuid:report_id>/share")
@requires(Permission.REPORTS_RUN)
def share(report_id: UUID) -> ResponseReturnValue:
    """Says who else sees the report."""
    report = report_library.report_for(g.actor, report_id)
    roles = [role.value for role in SHARED_WITH if request.form.get(f"role-{role.value}")]
    addresses = request.form.get("people", "").replace(",", " ").split()
    try:
        people = [member_by_address(g.actor.organization_id, address) for address in addresses]
        report_library.change(g.actor, report_id, shared_roles=roles, shared_user_ids=people)
    except AppError as error:
        return _detail(report, error), error.status
    return redirect(url_for(".detail", report_id=report_id), 303)


@bp.post("/saved/<uuid:report_id>/delete")
@requires(Permission.REPORTS_RUN)
def drop(report_id: UUID) -> ResponseReturnValue:
    """Takes the report out of the library."""
    report_library.drop(g.actor, report_id)
    return redirect(url_for(".index"), 303)


@bp.get("/templates")
@requires(Permission.REPORTS_READ)
def templates() -> str:
    """The patterns from which reports are saved."""
    _, found = report_search.search(g.actor, Wanted(templates=True), size=100)
    rows = tuple(
        Row(
            (
                Cell(report.title, note=report.description, url=url_for(".detail", report_id=report.id)),
                Cell(label_of(report.kind)),
                Cell(_asked_words(report)),
                Cell(report.owner_name),
                Cell(
                    actions=(
                        Action(
                            "Use", url_for("report_requests.new", template=report.id), method="get", about=report.title
                        ),
                    )
                ),
            )
        )
        for report, _ in found
    )
    heads = (Column("Template"), Column("Type"), Column("Asks for", spare=True), Column("By", spare=True))
    table = TableView(
        "Templates",
        (*heads, Column("", "actions")),
        rows,
        "No template has been saved yet. Fill in the form of a type and save it as one.",
    )
    cards = (WorkCard("templates", "Templates", table=table),)
    words = "A template keeps type, period and formats; reports are saved from it."
    return show(WorkPage("Templates", words, (home(),), sections(), cards))


def _use(template: Report) -> str:
    return url_for("report_requests.new", template=template.id)


_NO_TEMPLATE = "No template has been saved yet. Fill in the form of a type and save it as one."


@bp.get("/statistics")
@requires(Permission.REPORTS_READ)
def statistics() -> str:
    """How reports, schedules and deliveries have done in the last 30 days."""
    found = report_search.summary(g.actor)
    rate = "no run has ended yet" if found.success_rate is None else percent(found.success_rate)
    took = "no run has ended yet" if found.mean_seconds is None else f"{found.mean_seconds:.1f} s"
    facts = (
        ("Saved reports", number(found.reports)),
        ("Templates", number(found.templates)),
        ("Active schedules", number(found.schedules.get("active", 0))),
        ("Runs", number(sum(found.runs.values()))),
        ("Success rate", rate),
        ("Mean time to make", took),
        ("Downloads", number(found.downloads)),
        ("Size of files", f"{found.bytes / 1024 / 1024:,.1f} MB"),
        ("Latest run", moment(found.last_run_at, zone()) if found.last_run_at else "none"),
    )
    by_type = {label_of(kind): count for kind, count in found.runs_by_kind.items()}
    cards = (
        WorkCard("figures", "The last 30 days", facts=facts, half=True),
        WorkCard("runs", "Runs", table=_counts("Runs by state", found.runs), half=True),
        WorkCard("types", "Types", table=_counts("Runs by type", by_type), half=True),
        WorkCard("deliveries", "Deliveries", table=_counts("Deliveries by state", found.deliveries), half=True),
    )
    return show(WorkPage("Statistics", "Of the reports that you may see.", (home(),), sections(), cards))


def _counts(caption: str, counts: Any) -> TableView:
    rows = tuple(Row((Cell(name.capitalize()), Cell(number(count)))) for name, count in sorted(counts.items()))
    return TableView(
        caption, (Column(caption.split(" by ")[-1].capitalize()), Column("Number", "figures")), rows, "None."
    )


def _line(report: Report, run: ReportRun | None) -> Row:
    latest = Cell(state_words(run), url=url_for("reports.show", run_id=run.id)) if run else Cell("not run yet")
    return Row(
        (
            Cell(report.title, note=report.description, url=url_for(".detail", report_id=report.id)),
            Cell(label_of(report.kind)),
            Cell(_asked_words(report)),
            Cell(report.owner_name),
            latest,
        )
    )


def _asked_words(report: Report) -> str:
    dates = report.parameters.get("date_range")
    if dates:
        return f"{dates.get('start_date')} to {dates.get('end_date')}"
    return RELATIVE.get(report.parameters.get("period", ""), "").capitalize()


def _detail(report: Report, error: AppError | None = None) -> str:
    may_change = g.actor.can(Permission.REPORTS_RUN) and report_library.may_change(g.actor, report)
    cards = [WorkCard("about", "What it asks", facts=_facts(report), actions=_actions(report))]
    if not report.is_template:
        cards += [WorkCard("runs", "Latest runs", table=_runs(report)), _schedules(report)]
    if may_change:
        cards.append(WorkCard("share", "Share", words=_SHARING, form=_share_form(report)))
        away = Action("Delete", url_for(".drop", report_id=report.id), tone="danger", about=report.title)
        cards.append(WorkCard("delete", "Delete", words=_DELETING, actions=(away,)))
    crumb = Link("Templates", url_for(".templates")) if report.is_template else Link("Saved", url_for(".index"))
    under = report.description or label_of(report.kind)
    notice = error.message if error else ""
    return show(WorkPage(report.title, under, (home(), crumb), (), tuple(cards), notice))


_SHARING = "Whoever sees the report still sees only the figures and clinics that they have the right to."
_DELETING = "Its schedules end. Runs that there are stay until their time is over."


def _facts(report: Report) -> tuple[tuple[str, str], ...]:
    clinic = report_library.clinic_of(g.actor, report)
    found = [
        ("Type", label_of(report.kind)),
        ("Period", _asked_words(report)),
        ("Clinic", "those of whoever uses it" if report.is_template else clinics_words(clinic, _chosen(report))),
        ("Formats", ", ".join(FORMATS[each][0] if each in FORMATS else each for each in report.formats)),
        ("Saved by", report.owner_name),
        ("Changed", moment(report.updated_at, zone())),
    ]
    if report.retention_days:
        found.append(("Files are kept", plural(report.retention_days, "day")))
    return tuple(found)


def _chosen(report: Report) -> Sequence[object]:
    """The clinics that a saved report is limited to."""
    return Asked.of(report.parameters).filters.get("clinics", ())


def _actions(report: Report) -> tuple[Action, ...]:
    if not g.actor.can(Permission.REPORTS_RUN):
        return ()
    if report.is_template:
        return (
            Action("Save a report from it", url_for("report_requests.new", template=report.id), "plus", method="get"),
        )
    run_it = Action("Run now", url_for(".run", report_id=report.id), "play", tone="primary")
    return run_it, Action("Schedule", url_for("schedules.new", report=report.id), "calendar", method="get")


def _runs(report: Report) -> TableView:
    rows = tuple(
        Row(
            (
                Cell(moment(run.created_at, zone()), url=url_for("reports.show", run_id=run.id)),
                Cell(run.requested_name),
                Cell(state_words(run), note=run.error or "" if run.state == "failed" else ""),
            )
        )
        for run in report_runs.list_runs(g.actor, 30, report_id=report.id)
    )
    return TableView("Latest runs", (Column("When"), Column("By"), Column("State")), rows, "It has not been run yet.")


def _schedules(report: Report) -> WorkCard:
    rows = tuple(
        Row(
            (
                Cell(each.name, url=url_for("schedules.detail", schedule_id=each.id)),
                Cell(schedule_search.rule_of(each).words()),
            )
        )
        for each, _ in schedule_search.list_schedules(g.actor, report.id)
    )
    table = TableView("Schedules", (Column("Schedule"), Column("When")), rows, "It is not made by itself yet.")
    return WorkCard("schedules", "Schedules", table=table)


def _share_form(report: Report) -> FormView:
    people = actors_of(g.actor.organization_id, report.shared_user_ids)
    addresses = "\n".join(sorted(report_library.addresses(people)))
    hint = "Mail addresses of members, one on a line"
    fields = [FormField("people", "People", "textarea", addresses, hint=hint, optional=True)]
    fields += [
        FormField(f"role-{role.value}", label, "checkbox", checked=role.value in report.shared_roles)
        for role, label in SHARED_WITH.items()
    ]
    return FormView(url_for(".share", report_id=report.id), "Share", tuple(fields))
