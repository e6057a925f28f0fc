"""Deliveries: receipts of what went to whom, and the way in for links in mails."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import local_day, now
from app.core.errors import NotFound
from app.core.format import moment, plural, time
from app.core.permissions import Permission, Role
from app.models import Delivery, ReportRun
from app.services.reports import deliveries
from app.services.reports.report_types import label_of
from app.web.guard import requires
from app.web.reports.report_pages import home, sections, show, zone
from app.web.reports.report_runs import CHANNEL_WORDS, DELIVERY_WORDS, period_words
from app.web.view_models import Action, Cell, Column, FormField, FormView, Row, TableView, WorkCard, WorkPage

bp = Blueprint("deliveries", __name__, url_prefix="/reports")


@bp.get("/deliveries")
@requires(Permission.REPORTS_READ)
def index() -> str:
    """The latest deliveries to the viewer, or of reports that they answer for."""
    state = request.args.get("state", "")
    found = deliveries.list_deliveries(g.actor, state if state in DELIVERY_WORDS else "")
    runs = deliveries.runs_of(found)
    heads = ("Report", "To", "By", "State", "Due", "Made", "Sent", "Opened")
    columns = (*(Column(head, spare=head in {"Due", "Made", "Sent"}) for head in heads), Column("", "actions"))
    rows = tuple(_line(each, runs[each.run_id]) for each in found)
    options = (("", "All"), *DELIVERY_WORDS.items())
    choice = FormField("state", "State", "select", state, options=options, optional=True)
    cards = (
        WorkCard("filter", "Filter", form=FormView(url_for(".index"), "Show", (choice,), method="get", row=True)),
        WorkCard(
            "deliveries",
            "Deliveries",
            table=TableView("Deliveries", columns, rows, "Nothing has been sent.", stacked=True),
        ),
    )
    words = f"{plural(len(found), 'delivery', 'deliveries')}, the latest first. Times are of {zone()}."
    return show(WorkPage("Deliveries", words, (home(),), sections(), cards))


@bp.get("/receipts/<uuid:delivery_id>")
@requires(Permission.REPORTS_READ)
def receipt(delivery_id: UUID) -> ResponseReturnValue:
    """Where a mail's link leads: to the run, as long as the link works."""
    delivery = deliveries.delivery_for(g.actor, delivery_id)
    if delivery.link_until is not None and delivery.link_until <= now():
        raise NotFound("This link's time is over. Ask for the report again.")
    return redirect(url_for("reports.show", run_id=delivery.run_id), 303)


@bp.post("/deliveries/<uuid:delivery_id>/again")
@requires(Permission.REPORTS_RUN)
def again(delivery_id: UUID) -> ResponseReturnValue:
    """Sends a delivery once more, under the same id."""
    deliveries.send_again(g.actor, delivery_id)
    return redirect((request.form.get("back") == "webhook" and _hook_url(delivery_id)) or url_for(".index"), 303)


def _hook_url(delivery_id: UUID) -> str:
    return url_for("webhooks.detail", webhook_id=deliveries.delivery_for(g.actor, delivery_id).webhook_id)


def _line(delivery: Delivery, run: ReportRun) -> Row:
    due = run.due_at or run.created_at
    place = zone()

    def at(instant: datetime | None) -> Cell:
        """A time, with its day where that is not the day on which the report was due."""
        if instant is None:
            return Cell("")
        is_same = local_day(instant, place) == local_day(due, place)
        return Cell(time(instant, place) if is_same else moment(instant, place))

    title = run.title or label_of(run.kind)
    link = Cell(title, note=period_words(run), url=url_for("reports.show", run_id=run.id))
    state = Cell(DELIVERY_WORDS[delivery.state], note=delivery.reason or "")
    times = (Cell(moment(due, place)), at(run.finished_at), at(delivery.sent_at), at(delivery.opened_at))
    return Row(
        (
            link,
            Cell(delivery.name),
            Cell(CHANNEL_WORDS[delivery.channel]),
            state,
            *times,
            Cell(actions=_actions(delivery, run)),
        )
    )


def _actions(delivery: Delivery, run: ReportRun) -> tuple[Action, ...]:
    own = run.requested_by == g.actor.user_id or Role.ADMIN in g.actor.roles
    if delivery.state not in ("failed", "sent") or not own or not g.actor.can(Permission.REPORTS_RUN):
        return ()
    return (Action("Send again", url_for(".again", delivery_id=delivery.id), about=f"to {delivery.name}"),)
