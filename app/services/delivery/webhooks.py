"""Webhooks: registered by a person, with a secret shown once; tested, given a new secret, paused, removed."""

import base64
import os
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id
from app.core.outbound import outbound
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models import Webhook, WebhookCall
from app.services import audit
from app.services.background import outbox

OVERLAP = timedelta(hours=24)  # so long an old secret signs beside the new one


def register(actor: Actor, name: str, url: str) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is shown only this once; commits. Blocked for an address that the product
    does not call."""
    actor.require(Permission.REPORTS_RUN)
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise Invalid("A webhook has a name of 1 to 80 characters.", field="name")
    target = outbound.check(url.strip())
    hook, secret = Webhook(organization_id=actor.organization_id, id=new_id()), _new_secret()
    hook.name, hook.host, hook.url, hook.secret = name, target.host, url.strip(), secret
    hook.owner_id, hook.owner_name, hook.created_at, hook.state = actor.user_id, actor.name, now(), "active"
    db.session.add(hook)
    audit.record(actor, "webhook.register", "webhook", hook.id, host=target.host)
    db.session.commit()
    return hook, secret


def new_secret(actor: Actor, webhook_id: UUID) -> tuple[Webhook, str]:
    """Another secret, shown only this once; the old one signs too for a day; commits."""
    hook, secret = webhook_for(actor, webhook_id), _new_secret()
    hook.old_secret, hook.old_secret_until = hook.secret, now() + OVERLAP
    hook.secret = secret
    audit.record(actor, "webhook.secret", "webhook", hook.id)
    db.session.commit()
    return hook, secret


def set_state(actor: Actor, webhook_id: UUID, state: str) -> Webhook:
    """Pauses a webhook (what is sent to it waits) or lets it go on; commits."""
    hook = webhook_for(actor, webhook_id)
    if state not in ("active", "paused"):
        raise Invalid("A webhook is active or paused.", field="state")
    hook.state = state
    if state == "active":
        outbox.wake(f"webhook:{hook.id}")
    audit.record(actor, f"webhook.{state}", "webhook", hook.id)
    db.session.commit()
    return hook


def remove(actor: Actor, webhook_id: UUID) -> None:
    """Takes a webhook away; commits. What waits for it is given up."""
    hook = webhook_for(actor, webhook_id)
    hook.deleted_at = now()
    audit.record(actor, "webhook.remove", "webhook", hook.id)
    db.session.commit()


def test(actor: Actor, webhook_id: UUID) -> None:
    """Sends a message that says nothing, so that the other side can be tried; commits."""
    hook = webhook_for(actor, webhook_id)
    key = f"test:{hook.id}:{new_id()}"
    outbox.put("webhook", key, hook.organization_id, {"webhook": str(hook.id)}, f"webhook:{hook.id}")
    audit.record(actor, "webhook.test", "webhook", hook.id)
    db.session.commit()


def webhook_for(actor: Actor, webhook_id: UUID) -> Webhook:
    """An own webhook, as administrator every one; raises NotFound."""
    actor.require(Permission.REPORTS_RUN)
    found = next((hook for hook in list_webhooks(actor) if hook.id == webhook_id), None)
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def list_webhooks(actor: Actor) -> Sequence[Webhook]:
    """The actor's own webhooks, as administrator every one, by name."""
    query = select(Webhook).where(Webhook.organization_id == actor.organization_id, Webhook.deleted_at.is_(None))
    if Role.ADMIN not in actor.roles:
        query = query.where(Webhook.owner_id == actor.user_id)
    return db.session.scalars(query.order_by(Webhook.name, Webhook.id)).all()


def calls_of(hook: Webhook, limit: int = 50) -> Sequence[WebhookCall]:
    """The latest calls of a webhook, newest first."""
    query = select(WebhookCall).where(
        WebhookCall.organization_id == hook.organization_id, WebhookCall.webhook_id == hook.id
    )
    return db.session.scalars(query.order_by(WebhookCall.at.desc()).limit(limit)).all()


def _new_secret() -> str:
    """32 random bytes, in the form that Standard Webhooks names."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()
