"""Calls a webhook: signed by Standard Webhooks, noted in the log, under the same id at every try."""

import base64
import hmac
import json
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.clock import now
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.mail import postbox
from app.core.outbound import Blocked, Unreachable, outbound
from app.extensions import db
from app.models import Delivery, ReportFile, ReportRun, Webhook, WebhookCall
from app.services.background.outbox import Message, Postponed
from app.services.reports import deliveries, signed_links
from app.services.reports.deliveries import Trouble
from app.services.reports.report_types import DATA

_LOOK_AGAIN = 300.0  # seconds
_LINKS_LIVE = timedelta(days=7)


class Gone(AppError):
    """The webhook is there no more, on this side or on the other."""

    code = "webhook_gone"


def deliver(message: Message) -> None:
    """Calls a webhook once. Trouble or Blocked when that fails, Postponed while it is paused, Gone for good.

    Every call is noted and committed, however it ends; no row is locked while the other side answers.
    """
    delivery = deliveries.of_message(message)
    webhook_id = UUID(message.payload["webhook"]) if delivery is None else delivery.webhook_id
    hook = db.session.get(Webhook, (message.organization_id, webhook_id))
    if hook is None or hook.deleted_at is not None:
        raise Gone("The webhook was removed.")
    if hook.state != "active":
        raise Postponed("The webhook is paused.", _LOOK_AGAIN)
    url, body = hook.url or "", _body(hook, delivery)
    headers = signed_headers(hook, message.dedupe_key, body)
    db.session.rollback()
    _note(message, hook.id, delivery, _call(url, body, headers))


def signed_headers(hook: Webhook, message_id: str, body: bytes) -> dict[str, str]:
    """`webhook-id`, `webhook-timestamp`, and a `webhook-signature` for each secret in force."""
    stamp = str(int(now().timestamp()))
    secrets = [hook.secret or ""]
    if hook.old_secret and hook.old_secret_until and hook.old_secret_until > now():
        secrets.append(hook.old_secret)
    signatures = " ".join(sign(secret, message_id, stamp, body) for secret in secrets)
    return {
        "Content-Type": "application/json",
        "User-Agent": "MediConnect",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": signatures,
    }


def sign(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC-SHA-256 over id, time and body, joined by dots."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()


def _call(url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """How a call ended, as the log keeps it."""
    start = now()
    try:
        answer = outbound.post(url, body, headers)
    except Blocked as error:
        return {"outcome": "blocked", "status": None, "millis": 0, "error": error.message}
    except Unreachable as error:
        millis = round((now() - start).total_seconds() * 1000)
        return {"outcome": "failed", "status": None, "millis": millis, "error": f"The other side {error}."}
    good = 200 <= answer.status < 300
    said = None if good else f"It answered with status {answer.status}."
    outcome = "delivered" if good else "failed"
    return {"outcome": outcome, "status": answer.status, "millis": answer.millis, "error": said}


def _note(message: Message, webhook_id: UUID, delivery: Delivery | None, ended: dict[str, Any]) -> None:
    db.session.add(
        WebhookCall(
            organization_id=message.organization_id,
            id=new_id(),
            webhook_id=webhook_id,
            delivery_id=UUID(message.payload["delivery"]) if delivery is not None else None,
            message_key=message.dedupe_key,
            attempt=message.attempt,
            at=now(),
            **ended,
        )
    )
    db.session.commit()
    if ended["outcome"] == "blocked":
        raise Blocked(ended["error"])
    if ended["status"] == 410:
        raise Gone("The other side says that it is gone for good.")
    if ended["outcome"] == "failed":
        raise Trouble(ended["error"])


def _body(hook: Webhook, delivery: Delivery | None) -> bytes:
    at = now()
    if delivery is None:
        content: dict[str, Any] = {
            "type": "webhook.test",
            "timestamp": at.isoformat(),
            "data": {"webhook": str(hook.id)},
        }
        return json.dumps(content).encode()
    run = db.session.get_one(ReportRun, (delivery.organization_id, delivery.run_id))
    query = select(ReportFile).where(
        ReportFile.organization_id == run.organization_id,
        ReportFile.run_id == run.id,
        ReportFile.rights == delivery.rights,
        ReportFile.format != DATA,
    )
    data = {
        "run_id": str(run.id),
        "report_id": None if run.report_id is None else str(run.report_id),
        "schedule_id": None if run.schedule_id is None else str(run.schedule_id),
        "report_type": run.kind,
        "period": {"start": run.period_start.isoformat(), "end": run.period_end.isoformat()},
        "as_of": run.as_of.isoformat() if run.as_of else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "expires_at": (at + _LINKS_LIVE).isoformat(),
        "files": [_file(file, hook) for file in db.session.scalars(query)],
    }
    return json.dumps({"type": "report.completed", "timestamp": at.isoformat(), "data": data}).encode()


def _file(file: ReportFile, hook: Webhook) -> dict[str, Any]:
    token = signed_links.make(file.organization_id, file.id, hook.owner_id, now() + _LINKS_LIVE)
    address = f"{postbox.public_url}{signed_links.PATH}{token}"
    return {"format": file.format, "bytes": file.bytes, "sha256": file.sha256, "url": address}
