"""Webhooks: registered with a secret shown once, tried, paused, removed; the log of calls, and replay."""

from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError
from app.core.format import moment, number, plural
from app.core.permissions import Permission
from app.models import Webhook, WebhookCall
from app.services.delivery import webhooks
from app.web.guard import requires
from app.web.reports.report_pages import home, sections, show, zone
from app.web.view_models import Action, Cell, Column, FormField, FormView, Link, Row, TableView, WorkCard, WorkPage

bp = Blueprint("webhooks", __name__, url_prefix="/reports/webhooks")

OUTCOMES = {"delivered": "Delivered", "failed": "Failed", "blocked": "Not called"}
SIGNED = "Calls are signed as Standard Webhooks says: webhook-id, webhook-timestamp and webhook-signature."


@bp.get("")
@requires(Permission.REPORTS_RUN)
def index() -> str:
    """The viewer's webhooks, and the form for another one."""
    return _index()


@bp.post("")
@requires(Permission.REPORTS_RUN)
def register() -> ResponseReturnValue:
    """Registers a webhook and shows its secret, this once."""
    try:
        hook, secret = webhooks.register(g.actor, request.form.get("name", ""), request.form.get("url", ""))
    except AppError as error:
        return _index(error), error.status
    return _detail(hook, secret), 201


@bp.get("/<uuid:webhook_id>")
@requires(Permission.REPORTS_RUN)
def detail(webhook_id: UUID) -> str:
    """One webhook and its latest calls."""
    return _detail(webhooks.webhook_for(g.actor, webhook_id))


@bp.post("/<uuid:webhook_id>/secret")
@requires(Permission.REPORTS_RUN)
def new_secret(webhook_id: UUID) -> str:
    """Another secret, shown this once; the old one signs too for a day."""
    return _detail(*webhooks.new_secret(g.actor, webhook_id))


@bp.post("/<uuid:webhook_id>/test")
@requires(Permission.REPORTS_RUN)
def test(webhook_id: UUID) -> ResponseReturnValue:
    """Sends a message that says nothing."""
    webhooks.test(g.actor, webhook_id)
    return redirect(url_for(".detail", webhook_id=webhook_id), 303)


@bp.post("/<uuid:webhook_id>/state")
@requires(Permission.REPORTS_RUN)
def set_state(webhook_id: UUID) -> ResponseReturnValue:
    """Pauses a webhook or lets it go on."""
    webhooks.set_state(g.actor, webhook_id, request.form.get("state", ""))
    return redirect(url_for(".detail", webhook_id=webhook_id), 303)


@bp.post("/<uuid:webhook_id>/remove")
@requires(Permission.REPORTS_RUN)
def remove(webhook_id: UUID) -> ResponseReturnValue:
    """Takes a webhook away."""
    webhooks.remove(g.actor, webhook_id)
    return redirect(url_for(".index"), 303)


def _index(error: AppError | None = None) -> str:
    found = webhooks.list_webhooks(g.actor)
    rows = tuple(
        Row(
            (
                Cell(hook.name, url=url_for(".detail", webhook_id=hook.id)),
                Cell(hook.host),
                Cell(hook.state.capitalize()),
                Cell(hook.owner_name),
                Cell(moment(hook.created_at, zone())),
            )
        )
        for hook in found
    )
    heads = ("Webhook", "Server", "State", "Owner", "Since")
    table = TableView(
        "Webhooks", tuple(Column(head, spare=head in {"Owner", "Since"}) for head in heads), rows, "None yet."
    )
    given, wrong = (request.form, {error.details.get("field", "url"): error.message}) if error else ({}, {})
    fields = (
        FormField("name", "Name", value=given.get("name", ""), error=wrong.get("name", "")),
        FormField(
            "url", "Address", "url", given.get("url", ""), hint="https://, a public server", error=wrong.get("url", "")
        ),
    )
    cards = (
        WorkCard("webhooks", "Webhooks", table=table),
        WorkCard("new", "New webhook", words=SIGNED, form=FormView(url_for(".register"), "Register", fields)),
    )
    words = f"{plural(len(found), 'webhook')}. A webhook gets what its owner may see."
    return show(WorkPage("Webhooks", words, (home(),), sections(), cards))


def _detail(hook: Webhook, secret: str = "") -> str:
    facts = (
        ("Server", hook.host),
        ("State", hook.state.capitalize()),
        ("Owner", hook.owner_name),
        ("Since", moment(hook.created_at, zone())),
    )
    to, label = ("paused", "Pause") if hook.state == "active" else ("active", "Go on")
    actions = (
        Action("Send a test", url_for(".test", webhook_id=hook.id), "play"),
        Action("New secret", url_for(".new_secret", webhook_id=hook.id), "key-round"),
        Action(label, url_for(".set_state", webhook_id=hook.id), fields=(("state", to),)),
        Action("Remove", url_for(".remove", webhook_id=hook.id), tone="danger", about=hook.name),
    )
    cards = (
        WorkCard("about", "About", facts=facts, actions=actions),
        WorkCard("log", "Latest calls", table=_log(hook)),
    )
    crumbs = (home(), Link("Webhooks", url_for(".index")))
    return show(WorkPage(hook.name, hook.host, crumbs, (), cards, secret=secret))


def _log(hook: Webhook) -> TableView:
    rows = tuple(_call(call) for call in webhooks.calls_of(hook))
    columns = (
        Column("When"),
        Column("What"),
        Column("Try", "figures", spare=True),
        Column("Outcome"),
        Column("Status", "figures"),
        Column("Took", "figures", spare=True),
        Column("", "actions"),
    )
    return TableView("Latest calls", columns, rows, "It has not been called yet.")


def _call(call: WebhookCall) -> Row:
    replay: tuple[Action, ...] = ()
    if call.delivery_id is not None:
        url = url_for("deliveries.again", delivery_id=call.delivery_id)
        replay = (Action("Replay", url, "refresh-cw", fields=(("back", "webhook"),)),)
    return Row(
        (
            Cell(moment(call.at, zone())),
            Cell("Report" if call.delivery_id else "Test"),
            Cell(number(call.attempt)),
            Cell(OUTCOMES[call.outcome], note=call.error or ""),
            Cell("" if call.status is None else str(call.status)),
            Cell(f"{number(call.millis)} ms"),
            Cell(actions=replay),
        )
    )
