"""The worker process: waits for rings on one queue and runs each job in a process of its own.

One queue only: with two, a worker killed between taking a job and starting it would lose the ring for ever. The process
outlives its Redis: it tries again until told to stop.
"""

import logging
import signal
import sys
from time import sleep
from types import FrameType
from typing import Any

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker

from app.core.queue import QUEUE, Ring, SignedJson
from app.extensions import db
from app.supervise.children import follow_parent

_PAUSE = 1.0  # seconds between two tries to reach Redis
_HEARD = 75  # seconds after which a silent worker counts as gone; it waits 15 s less for a ring

log = logging.getLogger(__name__)


class _RingWorker(Worker):
    """RQ's forking worker with an application; a child never uses a connection that its parent opened."""

    def __init__(self, app: Flask, connection: Redis) -> None:
        queue = Queue(QUEUE, connection=connection, serializer=SignedJson, job_class=Ring)
        super().__init__(
            [queue],
            connection=connection,
            serializer=SignedJson,
            job_class=Ring,
            worker_ttl=_HEARD,
            job_monitoring_interval=5,
            maintenance_interval=60,
            log_job_description=False,
        )
        self.app = app
        self.told_to_stop = False

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        with self.app.app_context():
            db.engine.dispose(close=False)
            return super().perform_job(*args, **kwargs)

    def main_work_horse(self, *args: Any) -> None:
        follow_parent()
        super().main_work_horse(*args)

    def handle_warm_shutdown_request(self) -> None:
        """Tells the job too: it may finish within a moment, else it hands itself back."""
        if self.horse_pid:
            self.kill_horse(signal.SIGTERM)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.told_to_stop = True
        super().request_stop(signum, frame)


def run(app: Flask) -> None:
    """Works until SIGTERM or SIGINT; a job that is not finished within a moment is left to the next worker."""
    redis_url = app.extensions["mediconnect"].redis_url
    _warm_up()
    while True:
        _leave_on_signals()
        try:
            worker = _RingWorker(app, Redis.from_url(redis_url))
            worker.work(logging_level="WARNING")
        except RedisError as error:
            log.warning("Redis is away: %s", type(error).__name__)
        else:
            if worker.told_to_stop:
                return
        finally:
            _leave_on_signals()
        sleep(_PAUSE)


def _warm_up() -> None:
    """Loads what every job needs, once, before there are children."""
    import workers.runtime
    from app.reports import pdf

    pdf.warm_up()
    log.debug("ready: %s, %s", pdf.__name__, workers.runtime.__name__)


def _leave_on_signals() -> None:
    """While RQ does not listen to signals itself, they end the process."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
