"""The doorbell: tells a worker over Redis that a job waits. PostgreSQL keeps the job; a ring may be lost or come twice.

What lies in Redis is never trusted: a payload counts only when it is signed with the installation's key and names a
registered function. Everything else in a queue's record (callbacks, webhooks, dependencies) is dropped.
"""

import hmac
import json
import logging
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job as QueuedJob
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.extensions import store

QUEUE = "mediconnect"
BACKGROUND_QUEUE = "mediconnect-background"
# Kinds that may take minutes and that nobody waits for before a screen: they have workers of their own.
BACKGROUND = frozenset(
    {"access.sample", "demo.past", "forecasts.make", "import.run", "platform.count", "population.count"}
)
REFUSED = "mc:refused"  # ids of the last refused payloads, newest first
TASK = "workers.runtime.perform"
REGISTERED = frozenset({TASK})
_KEPT_FAILED = 300  # seconds that RQ keeps what it failed to run
_WAITING = "rings_after_commit"

log = logging.getLogger(__name__)


class Bell(NamedTuple):
    """A job to be rung for, and the attempt that was its last one by then."""

    job_id: UUID
    attempt: int
    kind: str


class SignedJson:
    """RQ's serializer: `hex(HMAC-SHA-256) "." JSON`. Loading anything without a valid signature raises ValueError."""

    key: ClassVar[bytes] = b""

    @classmethod
    def use_key(cls, key: bytes) -> None:
        """The installation's key for the doorbell; a payload signed with another one is refused."""
        cls.key = key

    @classmethod
    def _sign(cls, text: bytes) -> bytes:
        if not cls.key:
            raise RuntimeError("the doorbell has no key")
        return hmac.new(cls.key, text, sha256).hexdigest().encode()

    @classmethod
    def dumps(cls, value: Any) -> bytes:
        """The signed bytes of a JSON value."""
        text = json.dumps(value).encode()
        return cls._sign(text) + b"." + text

    @classmethod
    def loads(cls, data: bytes) -> Any:
        """The value again; ValueError for bytes that were not signed here."""
        signature, _, text = bytes(data).partition(b".")
        if not hmac.compare_digest(signature, cls._sign(text)):
            raise ValueError("the payload was not signed by this installation")
        return json.loads(text)


class _Executions(ExecutionRegistry):
    """The executions of a job by their ids, which is all that RQ wants of them.

    It would read their records too, and stumble: a heartbeat writes one field of a record even where the rest is gone,
    since it expired under load, the job has ended meanwhile or Redis was emptied.
    """

    def get_executions(self, start: int = 0, end: int = -1) -> list[Execution]:
        """Those of a part of the registry, in its order."""
        return [Execution(id_, self.job_id, self.connection) for id_ in self.get_execution_ids(start, end)]


class Ring(QueuedJob):
    """A job of RQ that can only be a ring: registered function, one id as its argument, nothing else attached."""

    @property
    def execution_registry(self) -> ExecutionRegistry:
        return _Executions(self.id, self.connection)

    def restore(self, raw_data: Any) -> Any:
        """Reads the record of Redis; one that is not ours counts as missing, so that no worker runs it."""
        try:
            super().restore(raw_data)
            function, instance, arguments, named = self.serializer.loads(self.data)
            acceptable = function in REGISTERED and instance is None and len(arguments) == 1 and not named
        except NoSuchJobError:
            raise
        except Exception:
            acceptable = False
        if not acceptable:
            self._refuse()
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks, self._dependency_ids, self.retries_left, self.repeats_left = [], [], None, None

    def _refuse(self) -> None:
        log.error("refused a job of the queue that this installation did not put there: %.64s", self.id)
        pipe = self.connection.pipeline()
        pipe.lpush(REFUSED, self.id)
        pipe.ltrim(REFUSED, 0, 99)
        pipe.delete(self.key)
        pipe.execute()
        raise NoSuchJobError(f"refused {self.id}")


def ring(bells: Sequence[Bell]) -> None:
    """Rings for jobs, best effort: without Redis the reconciler rings later. A bell that hangs is not hung twice."""
    try:
        for job_id, attempt, kind in bells:
            queue, name = _queue(BACKGROUND_QUEUE if kind in BACKGROUND else QUEUE), f"{job_id}_{attempt}"
            if store.client.lpos(queue.key, name) is None:
                queue.enqueue_call(
                    TASK,
                    args=(str(job_id),),
                    job_id=name,
                    description="job",
                    timeout=-1,
                    result_ttl=0,
                    failure_ttl=_KEPT_FAILED,
                )
    except RedisError as error:
        log.warning("could not ring for %d jobs: %s", len(bells), type(error).__name__)


def _queue(name: str) -> Queue:
    return Queue(name, connection=store.client, serializer=SignedJson, job_class=Ring)


def ring_after_commit(session: Session, bell: Bell) -> None:
    """Rings once the session's outermost transaction has been committed, and never if it is not."""
    session.info.setdefault(_WAITING, []).append(bell)


@event.listens_for(Session, "after_commit")
def _committed(session: Session) -> None:
    # Also heard when a savepoint is released, which makes nothing visible to a worker.
    if not session.in_nested_transaction() and (bells := session.info.pop(_WAITING, None)):
        ring(bells)


@event.listens_for(Session, "after_rollback")
def _rolled_back(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_WAITING, None)
