"""The worklist: overdue follow-ups of a clinic, with what can be done about each."""

from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core import format
from app.core.actor import Actor
from app.core.clock import now
from app.core.ids import parse_id
from app.core.permissions import Permission
from app.models import Clinic
from app.services import worklist
from app.services.places import places_of
from app.web.guard import requires
from app.web.session import is_poll
from app.web.shell import shell
from app.web.targets import local_target
from app.web.view_models import Action, Link, Picker, Widget, Worklist, WorkRow

bp = Blueprint("worklist", __name__, url_prefix="/worklist")

OUTCOMES = {"no_answer": "no answer", "message": "message left", "reached": "reached"}
_LIMIT = 100


@bp.get("/")
@requires(Permission.RECORDS_READ)
def index() -> str:
    """What patients asked one clinic for, and everybody overdue there, at most the hundred longest."""
    places = places_of(g.actor)
    wanted = request.args.get("clinic")
    clinic = places.clinic(parse_id(wanted)) if wanted else next(iter(places.clinics), None)
    widgets: tuple[Widget, ...] = ()
    if clinic is not None:
        widgets = (
            requests_card(g.actor, clinic, request.full_path),
            card(g.actor, clinic, _LIMIT, request.full_path, True),
        )
    options = tuple(
        Link(place.name, url_for(".index", clinic=place.id), current=clinic is not None and place.id == clinic.id)
        for place in places.clinics
    )
    clinics = Picker("Clinic", clinic.name if clinic else "No clinic", options)
    return render_template("worklist/list.html", widgets=widgets, clinics=clinics, shell=shell(g.actor, places, clinic))


@bp.post("/<uuid:task_id>/contact")
@requires(Permission.WORKLIST_WRITE)
def contact(task_id: UUID) -> Response:
    """Notes a try to reach the patient."""
    worklist.log_contact(g.actor, task_id, request.form.get("outcome", ""))
    return redirect(local_target(request.form.get("next")), 303)


@bp.post("/<uuid:task_id>/finish")
@requires(Permission.WORKLIST_WRITE)
def finish(task_id: UUID) -> Response:
    """The visit is booked: takes the row off the list."""
    worklist.finish(g.actor, task_id)
    return redirect(local_target(request.form.get("next")), 303)


@bp.post("/<uuid:task_id>/reopen")
@requires(Permission.WORKLIST_WRITE)
def reopen(task_id: UUID) -> Response:
    """Undoes `finish`."""
    worklist.reopen(g.actor, task_id)
    return redirect(local_target(request.form.get("next")), 303)


def card(actor: Actor, clinic: Clinic, limit: int, back: str, whole: bool = False) -> Widget:
    """The worklist as a card: `limit` rows, the longest overdue first; `back` is where its buttons lead afterwards.

    Without `whole` it leads to the page that has them all.
    """
    found = worklist.overdue_follow_ups(actor, clinic, limit, is_poll())
    writes = actor.can(Permission.WORKLIST_WRITE)
    shown = f"{len(found.rows)} of {found.total}" if found.total > len(found.rows) else str(found.total)
    body = Worklist(
        summary="Longest overdue first. A booked visit takes the row off; each name shown is in the access log.",
        rows=tuple(_row(row, clinic, writes, back) for row in found.rows),
        link=None if whole else Link("Open worklist", url_for("worklist.index", clinic=clinic.id)),
    )
    return Widget("worklist", "worklist", f"Overdue follow-up: {shown}", body)


def requests_card(actor: Actor, clinic: Clinic, back: str) -> Widget:
    """What patients asked for from their own pages, the first to be answered first."""
    found = worklist.requests_of_patients(actor, clinic, _LIMIT)
    writes = actor.can(Permission.WORKLIST_WRITE)
    body = Worklist(
        summary="Asked for by patients on their own pages. Each name shown is in the access log.",
        rows=tuple(_row(row, clinic, writes, back, "Done") for row in found.rows),
        empty="No patient waits for an answer.",
    )
    return Widget("requests", "worklist", f"Asked for by patients: {found.total}", body)


def _row(row: worklist.Overdue, clinic: Clinic, writes: bool, back: str, end: str = "Booked") -> WorkRow:
    actions = (
        _action("No answer", "contact", "phone", row, back, outcome="no_answer"),
        _action("Reached", "contact", "check", row, back, outcome="reached"),
        _action(end, "finish", "calendar-plus" if end == "Booked" else "check", row, back),
    )
    return WorkRow(
        name=row.patient or "Name not recorded",
        record=row.record_number or "",
        reason=row.title or "Follow-up",
        due=format.date(row.due_day),
        overdue=format.plural(row.days, "day") if row.days > 0 else "Not yet",
        doctor=row.doctor or "not assigned",
        contact=_contact(row, clinic),
        actions=actions if writes else (),
        finished=row.done,
    )


def _action(label: str, verb: str, icon: str, row: worklist.Overdue, back: str, **fields: str) -> Action:
    hidden = (*fields.items(), ("next", back.rstrip("?")))
    url = url_for(f"worklist.{verb}", task_id=row.task_id)
    return Action(label, url, icon, fields=hidden, about=row.record_number or "")


def _contact(row: worklist.Overdue, clinic: Clinic) -> str:
    if not row.contacts:
        return "Not tried"
    outcome = OUTCOMES.get(row.contact_outcome or "", "tried")
    calls = format.plural(row.contacts, "try", "tries")
    when = format.date((row.contacted_at or now()).date())
    return f"{calls}, {outcome} {when}"
