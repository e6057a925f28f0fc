"""Who saw and changed what: the organization's log for administrators, one's own for everybody."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import format
from app.core.ids import parse_id
from app.core.permissions import Permission
from app.metrics.catalogue import METRICS
from app.models.audit import AuditEvent
from app.services import access_log, audit
from app.services.access_log import PAGE, Things, Wanted
from app.services.places import places_of
from app.web.audit_words import OUTCOMES, action_words, thing_words
from app.web.guard import requires
from app.web.shell import shell
from app.web.view_models import AuditPage, Cell, Column, FormField, FormView, Row, TableView

bp = Blueprint("audit", __name__, url_prefix="/audit")

CHECKED_HERE = 5000  # entries a page may read to check the chain
SHOWN_OF_ACT = 5  # things of one act that its row names
COLUMNS = ("When", "Who", "Did what", "To what", "From", "Outcome")


@bp.get("")
@requires(Permission.AUDIT_READ, patients=True)
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
        words = "`mediconnect audit verify` tells whether one was changed or is missing."
        return f"{format.number(count)} entries. {words}", False
    count, fault = audit.verify(g.actor.organization_id)
    if fault is None:
        return f"{format.number(count)} entries, checked now: none was changed, none is missing.", False
    return f"The log is not whole at entry {format.number(fault.seq)}: {fault.reason}.", True


@bp.get("/own")
@requires(Permission.ACCOUNT_USE, patients=True)
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
    acts = [list(act) for _, act in groupby(lines, key=_act)]
    shown, more = acts[:PAGE], len(acts) > PAGE or len(lines) == access_log.MOST
    if len(acts) <= PAGE and more and len(acts) > 1:
        shown = acts[:-1]  # the last one may go on among lines that were not read
    named = access_log.things(g.actor, [line for act in shown for line in act[:SHOWN_OF_ACT]])
    zone = access_log.zone_of(g.actor)
    rows = tuple(_row(act, named, zone) for act in shown)
    kept: dict[str, Any] = {
        "who": wanted.who or None,
        "start": _iso(wanted.start) or None,
        "end": _iso(wanted.end) or None,
    }
    return TableView(
        "Access log",
        tuple(Column(name, spare=name in {"From", "Outcome"}) for name in COLUMNS),
        rows,
        empty="No entry fits.",
        earlier=url_for(endpoint, before=shown[-1][-1].seq, **kept) if more else "",
        later=url_for(endpoint, **kept) if wanted.before else "",
        page_words=format.plural(len(rows), "act") if more or wanted.before else "",
        stacked=True,
    )


def _act(line: AuditEvent) -> tuple[object, ...]:
    """What makes lines one act: a page that shows several patients leaves a line for each."""
    return (line.request_id or line.seq, line.actor_id, line.action, line.outcome)


def _row(acts: list[AuditEvent], named: Things, zone: str) -> Row:
    line, others = acts[0], len(acts) - SHOWN_OF_ACT
    about = [_thing(each, named) for each in acts[:SHOWN_OF_ACT]]
    more = f"and {format.plural(others, 'more', 'more')}" if others > 0 else ""
    return Row(
        (
            Cell(format.moment(line.at, zone)),
            Cell(line.actor_name),
            Cell(action_words(line.action)),
            Cell("; ".join(about), more),
            Cell(line.address or ""),
            Cell(OUTCOMES.get(line.outcome, line.outcome.replace("_", " "))),
        )
    )


def _thing(line: AuditEvent, named: Things) -> str:
    """A patient by name and number and a person by name where the reader may know them; a figure by its name."""
    patient_id = line.patient_id or (parse_id(line.object_id or "") if line.object_type == "patient" else None)
    if patient_id is not None and patient_id in named.patients:
        name, number = named.patients[patient_id]
        return " ".join(filter(None, (name or "Name not recorded", number)))
    if line.object_type == "user":
        return named.people.get(line.object_id or "", "somebody who belongs here no more")
    if line.object_type == "metric" and (metric := METRICS.get(line.object_id or "")):
        return metric.label
    return thing_words(line.object_type)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
