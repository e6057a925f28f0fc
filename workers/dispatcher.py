"""The dispatcher: sends what the outbox holds. A message goes out at least once, always under the same key."""

import logging
from collections.abc import Callable, Mapping

from app.core import news
from app.core.news import Subject
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.services import notifications, outbox
from app.services.outbox import Message

SENDERS: Mapping[str, Callable[[Message], None]] = {"notification": notifications.deliver}

log = logging.getLogger(__name__)


def dispatch() -> bool:
    """Sends one message; True when there was one."""
    message = outbox.claim()
    if message is None:
        return False
    try:
        with tenant_scope(message.organization_id):
            SENDERS[message.kind](message)
            outbox.sent(message)
            db.session.commit()
        news.tell(Subject.NOTICE, message.organization_id, **message.payload)
    except Exception as error:  # whatever a receiver does must not stop the messages after it
        db.session.rollback()
        log.warning("outbox %s attempt %d: %s", message.id, message.attempt, type(error).__name__)
        outbox.failed(message, type(error).__name__)
    return True
