"""Who saw and changed what: the organization's log for administrators, one's own for everybody."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.format import moment, number
from app.core.permissions import Permission
from app.models.audit import AuditEvent
from app.services import access_log, audit
from app.services.access_log import PAGE, Wanted
from app.services.places import places_of
from app.web.guard import requires
from app.web.shell import shell
from app.web.view_models import AuditPage, Cell, Column, FormField, FormView, Row, TableView

bp = Blueprint("audit", __name__, url_prefix="/audit")

ACTIONS = {
    "login": "logged in",
    "login.fail": "failed to log in",
    "logout": "logged out",
    "patient.read": "opened a patient",
    "patient.watch": "kept a record open",
    "chart.read": "opened a record with its health part",
    "doctor_patients.read": "saw a patient in a doctor's list",
    "invoice.chase": "saw a bill of a patient",
    "message.list": "opened the list of messages",
    "message.read": "read a message",
    "message.send": "wrote to the practice",
    "result.list": "opened the list of test results",
    "result.read": "read a test result",
    "refill.request": "asked for a refill",
    "visit.request": "asked for a visit",
    "record.looks": "opened who has looked at a record",
    "metric.explain": "opened the explanation of a figure",
    "metric.rows": "opened the records of a figure",
    "worklist.read": "saw a patient in a worklist",
    "alert.take": "took an alert",
    "task.contact": "logged a contact",
    "task.finish": "finished a task",
    "task.reopen": "reopened a task",
    "wall.make": "made a wall",
    "wall.revoke": "revoked a wall",
    "report.request": "asked for a report",
    "report.make": "began to make a report",
    "report.complete": "made a report",
    "report.fail": "failed to make a report",
    "report.cancel": "cancelled a report",
    "report.download": "downloaded a report",
    "report.export": "exported a report",
    "report.expire": "removed a report's file at its time",
    "report.hold": "put a report on hold",
    "report.release": "ended the hold of a report",
    "report.save": "saved a report",
    "report.change": "changed a saved report",
    "report.delete": "deleted a saved report",
    "schedule.save": "made a schedule",
    "schedule.change": "changed a schedule",
    "schedule.active": "let a schedule go on",
    "schedule.paused": "paused a schedule",
    "schedule.ended": "ended a schedule",
    "schedule.run": "ran a schedule at once",
    "schedule.refuse": "could not run a schedule",
    "delivery.again": "sent a report again",
    "webhook.register": "registered a webhook",
    "webhook.secret": "gave a webhook a new secret",
    "webhook.active": "let a webhook go on",
    "webhook.paused": "paused a webhook",
    "webhook.remove": "removed a webhook",
    "webhook.test": "tested a webhook",
    "account.password": "changed a password",
    "account.disable": "was disabled",
    "account.roles": "was given roles",
    "account.add": "added a person",
    "account.change": "changed the roles of a person",
    "account.enable": "let a disabled person in again",
    "account.password_given": "gave a person a new password",
    "account.second_factor": "turned an authenticator app on or off",
    "account.recovery_codes": "made new recovery codes",
    "account.passkey_add": "added a passkey",
    "account.passkey_remove": "removed a passkey",
    "account.passkey_fail": "failed to log in with a passkey",
    "account.passkey_copy": "showed a passkey that somebody has copied",
    "account.policy": "changed of whom a second factor is asked",
    "account.invite": "invited a person again",
    "provider.set": "set the organization's own login",
    "provider.remove": "took the organization's own login away",
    "target.set": "set a target",
    "target.remove": "took a target away",
    "rules.set": "changed the rules",
    "event.add": "wrote down an event",
    "event.change": "changed an event",
    "event.remove": "took an event out of the log",
    "api_token.make": "made an API token",
    "api_token.revoke": "revoked an API token",
    "import.start": "started an import",
    "import.cancel": "cancelled an import",
    "token.issue": "logged a program in",
    "token.revoke": "logged a program out",
    "token.reuse": "used a refresh token twice",
    "session.end": "ended a login",
    "session.end_others": "ended all other logins",
}
CHECKED_HERE = 5000  # entries a page may read to check the chain
COLUMNS = ("When", "Who", "Did what", "To what", "From", "Outcome")


@bp.get("")
@requires(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    """The organization's log, and whether its chain holds."""
    wanted = _wanted()
    chain, broken = _chain()
    words = "Who saw and changed what in this organization."
    return _page(".index", words, chain, broken, access_log.lines(g.actor, wanted), wanted)


def _chain() -> tuple[str, bool]:
    """What is known of the chain, and whether it is broken; a long log is checked on the command line."""
    count = access_log.length(g.actor)
    if count > CHECKED_HERE:
        return f"{number(count)} entries, each chained to the one before; `mediconnect audit verify` checks all.", False
    count, fault = audit.verify(g.actor.organization_id)
    if fault is None:
        return f"Chain of {number(count)} entries checked now: unbroken.", False
    return f"The chain breaks at entry {number(fault.seq)}: {fault.reason}.", True


@bp.get("/own")
@requires(Permission.ACCOUNT_USE)
def own() -> ResponseReturnValue:
    """What was done under one's own name, and with one's own data."""
    wanted = _wanted()
    lines = access_log.own_lines(g.actor, wanted)
    words = "What was done under your name, and by whom your own data was opened."
    chain = "A line that looks wrong means that somebody else may use your login: change your password."
    return _page(".own", words, chain, False, lines, wanted)


def _wanted() -> Wanted:
    args = request.args
    return Wanted(
        who=args.get("who", "")[:80].replace("\x00", ""),
        start=_date(args.get("start")),
        end=_date(args.get("end")),
        before=args.get("before", type=int),
    )


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _page(
    endpoint: str, words: str, chain: str, broken: bool, lines: Sequence[AuditEvent], wanted: Wanted
) -> ResponseReturnValue:
    form = FormView(
        action=url_for(endpoint),
        submit="Show",
        method="get",
        fields=(
            FormField("who", "Who", value=wanted.who, optional=True),
            FormField("start", "From", "date", _iso(wanted.start), optional=True),
            FormField("end", "To", "date", _iso(wanted.end), optional=True),
        ),
        row=True,
    )
    page = AuditPage(words, chain, broken, form, _table(endpoint, lines, wanted))
    return render_template("audit.html", page=page, shell=shell(g.actor, places_of(g.actor)))


def _table(endpoint: str, lines: Sequence[AuditEvent], wanted: Wanted) -> TableView:
    zone = access_log.zone_of(g.actor)
    rows = tuple(
        Row(
            (
                Cell(moment(line.at, zone)),
                Cell(line.actor_name),
                Cell(ACTIONS.get(line.action, line.action)),
                Cell(f"{line.object_type} {line.object_id or ''}".strip()),
                Cell(line.address or ""),
                Cell(line.outcome),
            )
        )
        for line in lines
    )
    kept: dict[str, Any] = {
        "who": wanted.who or None,
        "start": _iso(wanted.start) or None,
        "end": _iso(wanted.end) or None,
    }
    more = len(lines) == PAGE
    return TableView(
        "Access log",
        tuple(Column(name, spare=name in {"From", "To what"}) for name in COLUMNS),
        rows,
        empty="No entry fits.",
        earlier=url_for(endpoint, before=lines[-1].seq, **kept) if more else "",
        later=url_for(endpoint, **kept) if wanted.before else "",
        page_words=f"{len(lines)} entries" if more or wanted.before else "",
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
