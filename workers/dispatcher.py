"""The dispatcher: sends what the outbox holds. A message goes out at least once, always under the same key.

Each kind has dispatchers of its own, so that none waits for a mail server or a webhook of another kind.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial

from app.core import news
from app.core.errors import AppError
from app.core.news import Subject
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.services import deliveries, mailing, notifications, outbox, webhook_calls
from app.services.outbox import Message, Postponed
from workers.loops import Loop

SENDERS: Mapping[str, Callable[[Message], None]] = {
    "notification": notifications.deliver,
    "mail": mailing.deliver,
    "webhook": webhook_calls.deliver,
}
_AT_ONCE = {"notification": 1, "mail": 2, "webhook": 4}  # so many destinations of a kind are served side by side

log = logging.getLogger(__name__)


def dispatch(kind: str) -> bool:
    """Sends one message of a kind; True when there was one."""
    message = outbox.claim(kind)
    if message is None:
        return False
    try:
        with tenant_scope(message.organization_id):
            SENDERS[message.kind](message)
            deliveries.sent(message)
            outbox.sent(message)
            db.session.commit()
        if message.kind == "notification":
            user, kind, about = (message.payload[name] for name in ("user", "kind", "subject"))
            news.tell(Subject.NOTICE, message.organization_id, user=user, kind=kind, about=about)
    except Postponed as wait:
        db.session.rollback()
        _note(message, partial(_postponed, message, wait))
    except Exception as error:  # whatever a receiver does must not stop the messages after it
        db.session.rollback()
        log.warning("outbox %s attempt %d: %s", message.id, message.attempt, type(error).__name__)
        _note(message, partial(_failed, message, error))
    return True


def _note(message: Message, change: Callable[[], None]) -> None:
    with tenant_scope(message.organization_id):
        change()
        db.session.commit()


def _postponed(message: Message, wait: Postponed) -> None:
    outbox.postpone(message, wait.reason, wait.seconds)
    deliveries.waits(message, wait.reason)


def _failed(message: Message, error: Exception) -> None:
    """An AppError says what no further try would change."""
    reason = str(error) if isinstance(error, AppError | deliveries.Trouble) else type(error).__name__
    if outbox.failed(message, reason, final=isinstance(error, AppError)):
        deliveries.failed(message, reason)
    else:
        deliveries.waits(message, f"Try {message.attempt}: {reason.rstrip('.')}. It is tried again.")


LOOPS = tuple(
    Loop(f"dispatcher of {kind} {number}", partial(dispatch, kind), 0.5)
    for kind, count in _AT_ONCE.items()
    for number in range(1, count + 1)
)
