"""One run of a report as a page: how far it is, its files, to whom it went, who fetched it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import g, url_for

from app.core.format import moment, number, plural
from app.core.permissions import Permission, Role
from app.models import Clinic, Delivery, ReportFile, ReportRun
from app.reports import words
from app.services import access
from app.services.places import places_of
from app.services.reports import deliveries, report_files
from app.services.reports.report_types import FORMATS, label_of
from app.web.view_models import (
    Action,
    Cell,
    Column,
    FormField,
    FormView,
    Link,
    Poll,
    Progress,
    Row,
    RunPage,
    RunState,
    RunStep,
    TableView,
)

POLL_SECONDS = 2
STATES: dict[str, tuple[RunState, str]] = {
    "pending": ("queued", "Queued"),
    "running": ("running", "Running"),
    "completed": ("completed", "Completed"),
    "failed": ("failed", "Failed"),
    "cancelled": ("cancelled", "Taken back"),
}
STEPS = ("Figures", "Pages", "Store")
DELIVERY_WORDS = {
    "waiting": "Waits",
    "sent": "Sent",
    "opened": "Opened",
    "failed": "Failed",
    "refused": "Not sent",
}
CHANNEL_WORDS = {"mail": "Mail", "notice": "Notice", "webhook": "Webhook"}


def state_words(run: ReportRun) -> str:
    """The state, and how long a finished run took from being asked for."""
    said = STATES[run.state][1]
    if run.state == "completed" and run.finished_at:
        return f"{said} in {_took(run.finished_at, run)}"
    return said


def clinics_words(clinic: Clinic | None, chosen: Sequence[object]) -> str:
    """The one clinic, else how many were chosen; without a choice a report is of all that its reader may see."""
    return clinic.name if clinic else plural(len(chosen), "clinic") if chosen else "All clinics"


def period_words(run: ReportRun) -> str:
    """The dates of a run as a title."""
    return words.period_words(run.period_start, run.period_end - timedelta(days=1))


def version_of(run: ReportRun) -> str:
    """What changes whenever the page does."""
    return f"{run.state}-{run.attempt}-{run.progress}"


def run_page(run: ReportRun) -> RunPage:
    """Everything about a run that the viewer may see."""
    clinic = access.clinic_for(g.actor, run.clinic_id) if run.clinic_id and g.actor.sees_clinic(run.clinic_id) else None
    state, _ = STATES[run.state]
    is_open = run.state in ("pending", "running")
    files = report_files.files_of(g.actor, run) if run.state == "completed" else []
    return RunPage(
        title=f"{run.title or label_of(run.kind)}, {period_words(run)}",
        under=clinics_words(clinic, run.parameters.get("clinics", ())),
        crumbs=(Link("Reports", url_for("reports.index")),),
        state=state,
        state_words=state_words(run),
        progress=_progress(run) if is_open else None,
        steps=_steps(run, files),
        counts=(),
        facts=_facts(run, files, _zone(clinic)),
        downloads=tuple(_file_link(run, file) for file in files),
        actions=_actions(run, is_open) if g.actor.can(Permission.REPORTS_RUN) else (),
        failure=_failure(run, files),
        poll=Poll(url_for("reports.show", run_id=run.id), POLL_SECONDS, version_of(run)) if is_open else None,
        tables=_tables(run, clinic),
        hold=_hold_form(run),
    )


def _zone(clinic: Clinic | None) -> str:
    return clinic.zone if clinic else places_of(g.actor).organization.zone


def _took(finished_at: datetime, run: ReportRun) -> str:
    return f"{number(max(1, round((finished_at - run.created_at).total_seconds())))} s"


def _failure(run: ReportRun, files: list[ReportFile]) -> str:
    if run.state == "failed":
        return run.error or "It came to nothing."
    if run.state == "completed" and not files:
        return "The files of this run are no longer kept, or not for you to read. Make it again to have it."
    return ""


def _progress(run: ReportRun) -> Progress:
    if run.state == "running":
        return Progress(f"{run.step or 'Working'}, {run.progress}%", run.progress / 100)
    if run.error:
        return Progress(f"Attempt {run.attempt} stopped: {run.error} It is tried again within minutes.")
    return Progress("Waits for a worker.")


def _steps(run: ReportRun, files: list[ReportFile]) -> tuple[RunStep, ...]:
    if run.state in ("cancelled", "failed"):
        return ()
    at = len(STEPS) if run.state == "completed" else STEPS.index(run.step) if run.step in STEPS else -1
    pages = next((file.pages for file in files if file.pages), None)
    notes = {"Pages": plural(pages, "page") if pages else ""}
    return tuple(
        RunStep(name, "over" if index < at else "now" if index == at else "ahead", notes.get(name, ""))
        for index, name in enumerate(STEPS)
    )


def _facts(run: ReportRun, files: list[ReportFile], zone: str) -> tuple[tuple[str, str], ...]:
    facts = [
        ("Type", label_of(run.kind)),
        ("Asked for", moment(run.created_at, zone)),
        ("By", run.requested_name),
        ("Paper", run.parameters.get("size", "A4")),
    ]
    if run.due_at:
        facts.append(("Was due", moment(run.due_at, zone)))
    if run.attempt > 1:
        facts.append(("Attempts", number(run.attempt)))
    if run.started_at and run.finished_at:
        facts.append(("Work took", f"{(run.finished_at - run.started_at).total_seconds():.1f} s"))
    if run.as_of:
        facts.append(("Figures as of", moment(run.as_of, zone)))
    if run.definitions:
        facts.append(("Definitions", f"{plural(len(run.definitions), 'metric')}, each in the version of that day"))
    facts += [
        (f"Checksum, {FORMATS[file.format][0]}", f"sha256 {file.sha256[:12]}…{file.sha256[-4:]}") for file in files
    ]
    if run.held_at:
        facts.append(("Held", f"{moment(run.held_at, zone)} by {run.held_name}: {run.held_reason}"))
    elif run.expires_at:
        facts.append(("Kept until", moment(run.expires_at, zone)))
    return tuple(facts)


def _file_link(run: ReportRun, file: ReportFile) -> Link:
    size = number(max(1, file.bytes // 1024))
    return Link(f"{FORMATS[file.format][0]}, {size} kB", url_for("reports.fetch", run_id=run.id, format_=file.format))


def _actions(run: ReportRun, is_open: bool) -> tuple[Action, ...]:
    if is_open:
        return (Action("Take back", url_for("reports.cancel", run_id=run.id)),)
    again = Action("Make it again", url_for("reports.again", run_id=run.id), "refresh-cw")
    if run.held_at and _is_admin():
        return again, Action("End the hold", url_for("reports.release", run_id=run.id))
    return (again,)


def _is_admin() -> bool:
    return Role.ADMIN in g.actor.roles


def _hold_form(run: ReportRun) -> FormView | None:
    if not _is_admin() or run.state != "completed" or run.held_at:
        return None
    reason = FormField("reason", "Reason", hint="Its files are then kept until somebody ends the hold")
    return FormView(url_for("reports.hold", run_id=run.id), "Hold these files", (reason,), row=True)


def _tables(run: ReportRun, clinic: Clinic | None) -> tuple[TableView, ...]:
    """To whoever answers for the run: its receipts and its downloads."""
    if run.state != "completed" or not (_is_admin() or run.requested_by == g.actor.user_id):
        return ()
    zone = _zone(clinic)
    receipts = deliveries.of_run(run.organization_id, run.id)
    fetched = report_files.downloads_of(run)
    rows = tuple(
        Row((Cell(each.name), Cell(FORMATS.get(each.format, (each.format,))[0]), Cell(moment(each.at, zone))))
        for each in fetched
    )
    columns = (Column("Who"), Column("Format"), Column("When"))
    return (
        receipt_table("Deliveries", receipts, zone),
        TableView("Downloads", columns, rows, "Nobody has fetched a file yet."),
    )


def receipt_table(caption: str, found: Sequence[Delivery], zone: str) -> TableView:
    """Deliveries as rows: to whom, how, how far."""
    heads = ("To", "By", "State", "Sent", "Opened")
    rows = tuple(_receipt(each, zone) for each in found)
    return TableView(
        caption, tuple(Column(head, spare=head == "Opened") for head in heads), rows, "Sent to nobody.", stacked=True
    )


def _receipt(delivery: Delivery, zone: str) -> Row:
    return Row(
        (
            Cell(delivery.name),
            Cell(CHANNEL_WORDS[delivery.channel]),
            Cell(DELIVERY_WORDS[delivery.state], note=delivery.reason or ""),
            Cell(moment(delivery.sent_at, zone) if delivery.sent_at else ""),
            Cell(moment(delivery.opened_at, zone) if delivery.opened_at else ""),
        )
    )
