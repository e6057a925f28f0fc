"""Schedules of reports: listed with how they have done, made, changed, paused, run at once."""

from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import now
from app.core.errors import AppError
from app.core.format import moment, number, percent, plural
from app.core.ids import parse_id
from app.core.permissions import Permission
from app.core.recurrence import until_words
from app.models import Report, ReportSchedule
from app.services.delivery import notifications
from app.services.reports import deliveries, report_library, schedule_plans, schedule_search, schedules
from app.services.reports.report_types import FORMATS, RELATIVE
from app.services.reports.schedule_ticks import GRACE
from app.web.guard import requires
from app.web.reports.report_pages import home, sections, show, zone
from app.web.reports.report_runs import receipt_table, state_words
from app.web.reports.schedule_form import form, plan
from app.web.view_models import Action, Cell, Column, Link, Row, TableView, WorkCard, WorkPage

bp = Blueprint("schedules", __name__, url_prefix="/reports/schedules")

STATES = {"active": "Active", "paused": "Paused", "ended": "Ended"}


@bp.get("")
@requires(Permission.REPORTS_READ)
def index() -> str:
    """Every schedule that the viewer may see."""
    found = schedule_search.list_schedules(g.actor)
    due = schedule_search.next_due([schedule for schedule, _ in found])
    rows = tuple(_line(schedule, report, due.get(schedule.id)) for schedule, report in found)
    columns = (
        Column("Schedule"),
        Column("When"),
        Column("Next"),
        Column("State"),
        Column("Success", "figures"),
        Column("", "actions"),
    )
    table = TableView(
        "Schedules", columns, rows, "No report is made by itself yet. Open a saved report to schedule it.", stacked=True
    )
    late = [schedule.name for schedule, _ in found if _is_late(due.get(schedule.id))]
    notice = f"Should have run and did not: {', '.join(late)}. See that scheduler and workers run." if late else ""
    cards = (WorkCard("schedules", "Schedules", table=table),)
    return show(WorkPage("Schedules", plural(len(found), "schedule"), (home(),), sections(), cards, notice))


@bp.get("/new")
@requires(Permission.REPORTS_RUN)
def new() -> str:
    """The form for a schedule of a saved report."""
    report_id = parse_id(request.args.get("report", ""))
    if report_id is None:
        return _choose()
    return _form_page(report_library.report_for(g.actor, report_id), None)


@bp.post("/new")
@requires(Permission.REPORTS_RUN)
def create() -> ResponseReturnValue:
    """Makes a schedule and goes to its page; a wrong field is shown at its place."""
    report_id = parse_id(request.form.get("report", ""))
    if report_id is None:
        return _choose(), 422
    report = report_library.report_for(g.actor, report_id)
    try:
        schedule = schedules.save(g.actor, report.id, plan(request.form))
    except AppError as error:
        return _form_page(report, None, error), error.status
    return redirect(url_for(".detail", schedule_id=schedule.id), 303)


@bp.get("/<uuid:schedule_id>")
@requires(Permission.REPORTS_READ)
def detail(schedule_id: UUID) -> str:
    """One schedule: its next three runs, its last 30, to whom they went."""
    schedule = schedule_search.schedule_for(g.actor, schedule_id)
    notifications.mark_read(g.actor, schedule.id)
    receipts = deliveries.list_deliveries(g.actor, schedule_id=schedule.id)
    cards = (
        WorkCard("when", "When", facts=_facts(schedule), actions=_actions(schedule), half=True),
        WorkCard("next", "Next runs", table=_next(schedule), half=True),
        WorkCard("runs", "Last 30 runs", words=_record_words(schedule), table=_runs(schedule)),
        WorkCard("deliveries", "Deliveries", table=receipt_table("Deliveries", receipts, schedule.zone)),
    )
    words = schedule_search.rule_of(schedule).words()
    return show(WorkPage(schedule.name, words, (home(), Link("Schedules", url_for(".index"))), (), cards))


@bp.get("/<uuid:schedule_id>/edit")
@requires(Permission.REPORTS_RUN)
def edit(schedule_id: UUID) -> str:
    """The form of a schedule."""
    schedule = schedules.schedule_to_change(g.actor, schedule_id)
    return _form_page(schedule_search.report_of(schedule), schedule)


@bp.post("/<uuid:schedule_id>/edit")
@requires(Permission.REPORTS_RUN)
def change(schedule_id: UUID) -> ResponseReturnValue:
    """Changes a schedule."""
    schedule = schedules.schedule_to_change(g.actor, schedule_id)
    try:
        schedules.change(g.actor, schedule_id, vars(plan(request.form)))
    except AppError as error:
        return _form_page(schedule_search.report_of(schedule), schedule, error), error.status
    return redirect(url_for(".detail", schedule_id=schedule_id), 303)


@bp.post("/<uuid:schedule_id>/state")
@requires(Permission.REPORTS_RUN)
def set_state(schedule_id: UUID) -> ResponseReturnValue:
    """Pauses a schedule, lets it go on, or ends it."""
    wanted = request.form.get("state", "")
    schedules.set_state(g.actor, schedule_id, wanted)
    if wanted == "ended":
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".detail", schedule_id=schedule_id), 303)


@bp.post("/<uuid:schedule_id>/run")
@requires(Permission.REPORTS_RUN)
def run_now(schedule_id: UUID) -> ResponseReturnValue:
    """Makes and sends the report now."""
    run = schedules.run_now(g.actor, schedule_id)
    return redirect(url_for("reports.show", run_id=run.id), 303)


def _is_late(due: Any) -> bool:
    return due is not None and now() - due > GRACE


def _line(schedule: ReportSchedule, report: Report, due: Any) -> Row:
    record = schedule_search.record_of(schedule)
    rate = "" if record.success_rate is None else percent(record.success_rate)
    note = "late" if _is_late(due) else until_words(due, now()) if due else ""
    return Row(
        (
            Cell(schedule.name, note=report.title, url=url_for(".detail", schedule_id=schedule.id)),
            Cell(schedule_search.rule_of(schedule).words()),
            Cell(moment(due, schedule.zone) if due else "", note=note),
            Cell(STATES[schedule.state]),
            Cell(rate, note=f"of {number(record.completed + record.failed)}" if rate else ""),
            Cell(actions=_quick(schedule, report)),
        )
    )


def _quick(schedule: ReportSchedule, report: Report) -> tuple[Action, ...]:
    if not g.actor.can(Permission.REPORTS_RUN) or not schedule_search.may_change(g.actor, schedule, report):
        return ()
    return (_pause(schedule),) if schedule.state != "ended" else ()


def _pause(schedule: ReportSchedule) -> Action:
    to, label, icon = ("paused", "Pause", "pause") if schedule.state == "active" else ("active", "Go on", "play")
    url = url_for(".set_state", schedule_id=schedule.id)
    return Action(label, url, icon, fields=(("state", to),), about=schedule.name)


def _actions(schedule: ReportSchedule) -> tuple[Action, ...]:
    if not _quick(schedule, schedule_search.report_of(schedule)):
        return ()
    end = Action(
        "End", url_for(".set_state", schedule_id=schedule.id), "ban", fields=(("state", "ended"),), tone="danger"
    )
    return (
        Action("Run now", url_for(".run_now", schedule_id=schedule.id), "play"),
        _pause(schedule),
        Action("Change", url_for(".edit", schedule_id=schedule.id), "wrench", method="get"),
        end,
    )


def _facts(schedule: ReportSchedule) -> tuple[tuple[str, str], ...]:
    report = schedule_search.report_of(schedule)
    hooks = schedule_search.webhook_names(schedule)
    nobody = "nobody by name" if schedule.roles or hooks else "nobody: the files wait in the library"
    people = ", ".join(schedule_search.addresses_of(schedule)) or nobody
    found = [
        ("Report", report.title),
        ("State", STATES[schedule.state]),
        ("Rule", schedule_search.rule_of(schedule).words()),
        ("Time zone", schedule.zone),
        ("Period", RELATIVE.get(schedule.period, schedule.period).capitalize()),
        ("Formats", ", ".join(FORMATS[each][0] if each in FORMATS else each for each in schedule.formats)),
        ("Missed runs", schedule_plans.MISSED[schedule.missed].capitalize()),
        ("To", people),
        ("To roles", ", ".join(role.replace("_", " ") for role in schedule.roles) or "none"),
        ("To webhooks", ", ".join(hooks) or "none"),
        ("By", ", ".join(schedule_plans.CHANNELS[each] for each in schedule.channels) or "webhook only"),
        ("Mail holds", "a link" if schedule.mail_as == "link" else "the file and a link"),
        ("Owner", schedule.owner_name),
    ]
    return tuple(found)


def _next(schedule: ReportSchedule) -> TableView:
    at = now()
    upcoming = schedule_search.rule_of(schedule).next_instants(at, 3) if schedule.state == "active" else []
    rows = tuple(Row((Cell(moment(each, schedule.zone)), Cell(until_words(each, at)))) for each in upcoming)
    return TableView("Next runs", (Column(f"When, {schedule.zone}"), Column("From now")), rows, "It is not active.")


def _record_words(schedule: ReportSchedule) -> str:
    record = schedule_search.record_of(schedule)
    if record.success_rate is None:
        return "No run has ended yet."
    return f"{percent(record.success_rate)} of {plural(record.completed + record.failed, 'run')} succeeded."


def _runs(schedule: ReportSchedule) -> TableView:
    rows = tuple(
        Row(
            (
                Cell(moment(run.due_at or run.created_at, schedule.zone), url=url_for("reports.show", run_id=run.id)),
                Cell("on schedule" if run.due_at else "by hand"),
                Cell(state_words(run), note=run.error or "" if run.state == "failed" else ""),
            )
        )
        for run in schedule_search.record_of(schedule).runs
    )
    skipped = tuple(
        Row((Cell(moment(each.due_at, schedule.zone)), Cell("on schedule"), Cell("Not run", note=each.reason or "")))
        for each in schedule_search.not_run(schedule)
    )
    return TableView("Last 30 runs", (Column("Due"), Column("Started"), Column("State")), rows + skipped, "None yet.")


def _choose() -> str:
    link = Link("Saved reports", url_for("report_library.index"), "file-text")
    words = "A schedule belongs to a saved report. Open one and choose Schedule."
    return show(WorkPage("New schedule", words, (home(), Link("Schedules", url_for(".index"))), (link,), ()))


def _form_page(report: Report, schedule: ReportSchedule | None, error: AppError | None = None) -> str:
    action = url_for(".change", schedule_id=schedule.id) if schedule else url_for(".create")
    view = form(action, report, schedule, zone(), error)
    title = f"Change {schedule.name}" if schedule else f"Schedule {report.title}"
    cards = (WorkCard("schedule", "When and to whom", form=view),)
    return show(WorkPage(title, report.title, (home(), Link("Schedules", url_for(".index"))), (), cards))
