"""Mail, webhooks and the store of files with everything wrong that can be, beside deliveries that must not notice."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select, text, update

from app.config import FileStore
from app.config import MailServer as MailSettings
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.mail import postbox
from app.core.outbound import outbound
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Clinic, Job, OutboxLane, OutboxMessage
from app.reports.storage import storage
from app.services.background import leases, outbox
from app.services.delivery import webhooks
from app.services.organizations import add_member, create_user
from app.services.reports import report_building, report_library, schedules
from app.services.reports.report_library import Draft
from app.services.reports.schedule_plans import Plan
from tests.services.receivers import Hook, MailServer
from workers import dispatcher, loops

PEOPLE, CALLS = 20, 40  # mails and notices of one report, and calls of each webhook
ILL = {
    **{f"never answers {number}": {"wait": 60} for number in range(14)},
    "answers 500": {"status": 500},
    "answers noise": {"noise": b"\x00" * 100},
    "answers without end": {"noise": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20000},
}


class BlackHole:
    """A server of any protocol that takes connections and says nothing, or only `words`."""

    def __init__(self, words: bytes = b"") -> None:
        self.words = words
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def _take(self) -> None:
        while True:
            try:
                taken, _ = self._socket.accept()
                self._taken.append(taken)
                taken.sendall(self.words)
            except OSError:
                return

    def close(self) -> None:
        for each in (self._socket, *self._taken):
            each.close()


@dataclass
class World:
    """An organization whose reports go to people by mail and notice, and to webhooks."""

    app: Flask
    organization_id: UUID
    folder: FileStore
    sender: Actor = field(init=False)
    people: list[UUID] = field(default_factory=list)
    hooks: dict[str, Hook] = field(default_factory=dict)

    def __post_init__(self) -> None:
        storage.use(self.folder)
        for number in range(PEOPLE + 1):
            user = create_user(f"{new_id().hex}@outages.example", f"Person {number}", None)
            add_member(self.organization_id, user.id, [Role.CLINIC_STAFF])
            self.people.append(user.id)
        self.sender = Actor(self.organization_id, self.people.pop(), "Cora", frozenset({Role.CLINIC_STAFF}))
        with tenant_scope(self.organization_id):
            clinic = Clinic(organization_id=self.organization_id, id=new_id(), name="Main", zone="UTC")
            db.session.add(clinic)
            db.session.commit()
            asked = {"period": "last_month", "filters": {"clinic_id": str(clinic.id)}}
            self.report_id = report_library.save(self.sender, Draft("Month", "tiny", asked)).id

    def call(self, name: str, **behaviour: object) -> Hook:
        """Forty messages for a webhook that behaves so."""
        hook = self.hooks[name] = Hook(**behaviour)
        outbound.use(frozenset(each.place for each in self.hooks.values()))
        with tenant_scope(self.organization_id):
            webhook, hook.secret = webhooks.register(self.sender, name, f"http://{hook.place}/")
            for _ in range(CALLS):
                key, payload = f"{name}:{new_id()}", {"webhook": str(webhook.id)}
                outbox.put("webhook", key, self.organization_id, payload, f"webhook:{webhook.id}")
            db.session.commit()
        return hook

    def send(self, **plan: object) -> None:
        """One report, made and on its way to everybody."""
        with tenant_scope(self.organization_id):
            given = {"zone": "UTC", "user_ids": self.people} | plan
            schedule = schedules.save(self.sender, self.report_id, Plan("daily", **given))
            run_id = schedules.run_now(self.sender, schedule.id).id
            lease = leases.claim(db.session.scalars(select(Job.id).where(Job.subject_id == run_id)).one())
            report_building.build(lease)

    def close(self) -> None:
        for hook in self.hooks.values():
            hook.shutdown()
            hook.server_close()


@contextmanager
def dispatching(app: Flask) -> Iterator[None]:
    """The dispatchers of a scheduler."""
    stop = threading.Event()
    threads = loops.start(app, dispatcher.LOOPS, stop)
    yield
    stop.set()
    for thread in threads:
        thread.join()


def senders_end() -> None:
    """Waits for the threads that still send what they had begun with; they claim nothing more."""
    nothing_is_due()
    for thread in threading.enumerate():
        if thread.name.startswith("sender of "):
            thread.join()


@contextmanager
def no_store() -> Iterator[None]:
    """The store of files takes connections and never answers."""
    hole, before = BlackHole(), (storage.root, storage.store)
    storage.use(FileStore("s3://reports", "key-id", "secret", f"http://127.0.0.1:{hole.port}", "us-east-1"))
    yield
    storage.root, storage.store = before
    hole.close()


@contextmanager
def mail_server(words: bytes | None = None) -> Iterator[MailServer | BlackHole]:
    """One that works, or one that says only so much."""
    server = MailServer() if words is None else BlackHole(words)
    if isinstance(server, MailServer):
        server.start()
    postbox.use(MailSettings("127.0.0.1", server.port, "none", "reports@outages.example"), "https://clinic.example")
    yield server
    server.stop() if isinstance(server, MailServer) else server.close()


def waiting(*conditions: str) -> int:
    """How many messages have not left, of those that SQL describes."""
    where = " AND ".join(("state <> 'sent'", *conditions))
    with db.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM outbox WHERE {where}")).scalar() or 0)


def seconds_until(condition: Callable[[], bool], longest: float = 120) -> float:
    """How long it takes until something holds."""
    start = time.monotonic()
    while not condition() and time.monotonic() - start < longest:
        time.sleep(0.01)
    return time.monotonic() - start


def pace(arrivals: Sequence[float]) -> float:
    """How many came a second, from the first to the last."""
    return (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])


def share_of_speed(what: str, alone: Sequence[float], beside: Sequence[float]) -> float:
    """The median pace beside something that is down, as a share of the median pace without it; printed."""
    usual, then = median(alone), median(beside)
    print(f"{what}: {then / usual:.0%} of the speed alone ({then:.1f} of {usual:.1f} a second, {len(beside)} rounds)")
    return then / usual


def nothing_is_due() -> None:
    """As if what waits had to wait for an hour more."""
    later = func.now() + text("interval '1 hour'")
    db.session.execute(update(OutboxMessage).where(OutboxMessage.state == "pending").values(due_at=later))
    db.session.commit()


def everything_is_due() -> None:
    """As if the pauses after failures were over."""
    db.session.execute(update(OutboxMessage).where(OutboxMessage.state == "pending").values(due_at=func.now()))
    db.session.execute(update(OutboxLane).values(rest_until=None))
    db.session.commit()
