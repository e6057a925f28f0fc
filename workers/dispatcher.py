"""The dispatcher: sends what the outbox holds. A message goes out at least once, always under the same key.

Each kind has dispatchers of its own, and destinations that fail have others than those that work: a message waits for
its own destination only.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, cast

from flask import Flask, current_app

from app.core import news
from app.core.actor import INSTALLATION
from app.core.errors import AppError, Unavailable
from app.core.news import Subject
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.services.background import outbox
from app.services.background.outbox import Message, Postponed
from app.services.delivery import letters, mailing, notifications, webhook_calls
from app.services.reports import deliveries
from app.services.reports.deliveries import Trouble
from workers.loops import Loop
from workers.renewal import kept

SENDERS: Mapping[str, Callable[[Message], None]] = {
    "notification": notifications.deliver,
    "mail": mailing.deliver,
    "letter": letters.deliver,
    "webhook": webhook_calls.deliver,
}
# So many destinations of a kind are served side by side: of those that work, and of those that fail. A slow webhook
# counts among the first until its first call has taken too long.
_AT_ONCE = {"notification": (1, 1), "mail": (2, 1), "letter": (1, 1), "webhook": (12, 4)}

log = logging.getLogger(__name__)


def dispatch(kind: str, failing: bool | None = None) -> bool:
    """Sends one message of a kind, to a destination that fails or works where that is said; True when there was one."""
    message = outbox.claim(kind, failing)
    if message is None:
        return False
    _send(message)
    return True


def _send(message: Message) -> None:
    try:
        with _scope_of(message):
            with kept(partial(outbox.renew, message), outbox.LEASE, threading.Event()):
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


def _scope_of(message: Message) -> AbstractContextManager[None]:
    """Opens the rows of the message's organization; none for what the installation itself sends."""
    return nullcontext() if message.organization_id == INSTALLATION else tenant_scope(message.organization_id)


def _note(message: Message, change: Callable[[], None]) -> None:
    with _scope_of(message):
        change()
        db.session.commit()


def _postponed(message: Message, wait: Postponed) -> None:
    outbox.postpone(message, wait.reason, wait.seconds)
    deliveries.waits(message, wait.reason)


def _failed(message: Message, error: Exception) -> None:
    """An AppError says what no further try would change, unless a part of the installation is away."""
    away = isinstance(error, Unavailable)
    reason = str(error) if isinstance(error, AppError | Trouble) else type(error).__name__
    of_lane = away or (isinstance(error, Trouble) and error.of_destination)
    if outbox.failed(message, reason, final=isinstance(error, AppError) and not away, of_lane=of_lane):
        deliveries.failed(message, reason)
    else:
        deliveries.waits(message, f"Try {message.attempt}: {reason.rstrip('.')}. It is tried again.")


class _Senders:
    """Threads that send messages of one kind, at most so many; each goes on until there is nothing more for it. None
    wait idle: whoever looks into the outbox starts them."""

    def __init__(self, kind: str, failing: bool, at_once: int) -> None:
        self.kind, self.failing = kind, failing
        self._free = threading.BoundedSemaphore(at_once)

    def look(self) -> None:
        """Starts a sender for each message that waits, as far as there are free ones."""
        app: Flask = cast(Any, current_app)._get_current_object()
        while self._free.acquire(blocking=False):
            message = None
            try:
                message = outbox.claim(self.kind, self.failing)
                if message is not None:
                    name = f"sender of {self.kind}"
                    threading.Thread(target=self._serve, args=(app, message), name=name, daemon=True).start()
            finally:
                if message is None:
                    self._free.release()
            if message is None:
                return

    def _serve(self, app: Flask, message: Message | None) -> None:
        try:
            while message is not None:
                with app.app_context():
                    _send(message)
                    message = outbox.claim(self.kind, self.failing)
        except Exception as error:  # the database may be away: the message's lease runs out, and it is sent then
            log.warning("sender of %s: %s", self.kind, type(error).__name__)
        finally:
            self._free.release()


_SENDERS = {
    kind: tuple(_Senders(kind, failing, at_once) for failing, at_once in zip((False, True), counts, strict=True))
    for kind, counts in _AT_ONCE.items()
}


def look() -> None:
    """Starts senders for what waits: one question twice a second, however many kinds there are."""
    for kind in outbox.kinds_due():
        for senders in _SENDERS[kind]:
            senders.look()


LOOPS = (Loop("dispatcher", look, 0.5),)
