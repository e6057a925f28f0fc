"""The workers: each waits for rings on one queue and runs each job in a process of its own.

One queue each: with two, a worker killed between taking a job and starting it would lose the ring for ever. The process
outlives its Redis: it tries again until told to stop.
"""

import gc
import logging
import os
import signal
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from time import sleep
from types import FrameType
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from app.core.queue import BACKGROUND_QUEUE, QUEUE, Ring, SignedJson
from app.extensions import db
from app.reports import writing
from app.supervise.children import follow_parent
from workers import crew, runtime

_PAUSE = 1.0  # seconds between two tries to reach Redis
_NEEDED = (
    "xlsxwriter",
    *(f"app.services.{name}" for name in ("alerts", "imports")),
    *(f"app.services.dashboards.{name}" for name in ("forecasts", "population_count")),
    *(f"app.services.platform.{name}" for name in ("access_samples", "platform_counts")),
    "app.services.reports.report_building",
)
_HEARD = 75  # seconds after which a silent worker counts as gone; it waits 15 s less for a ring

log = logging.getLogger(__name__)


class _RingWorker(Worker):
    """RQ's forking worker with an application; a child never uses a connection that its parent opened.

    The parent outlives a child that is killed: it says at once that the child's lease is nobody's."""

    max_connection_wait_time = 4.0  # seconds between two tries to reach a Redis that is away for long

    def __init__(self, app: Flask, queue_name: str, connection: Redis) -> None:
        queue = Queue(queue_name, connection=connection, serializer=SignedJson, job_class=Ring)
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
        self.holder: UUID = uuid4()
        self.ended_with: int | None = None

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        with self.app.app_context():
            db.engine.dispose(close=False)
            runtime.HOLDER.set(self.holder)
            return super().perform_job(*args, **kwargs)

    def fork_work_horse(self, *args: Any) -> None:
        self.holder, self.ended_with, self.killed_for_memory = uuid4(), None, _killed_for_memory()
        super().fork_work_horse(*args)

    def wait_for_horse(self) -> Any:
        found = super().wait_for_horse()
        self.ended_with = found[1]
        return found

    def monitor_work_horse(self, job: Any, queue: Queue) -> None:
        try:
            super().monitor_work_horse(job, queue)
        finally:
            if self.ended_with:
                self._bury(job, self.ended_with)

    def _bury(self, job: Any, status: int) -> None:
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        out_of_memory = number == signal.SIGKILL and _killed_for_memory() != self.killed_for_memory
        own_doing = out_of_memory or number not in (0, signal.SIGKILL, signal.SIGTERM)
        try:
            with self.app.app_context():
                runtime.bury(job.args[0], self.holder, own_doing)
                db.session.remove()
                db.engine.dispose()  # a child that is forked later must not find its connections
        except SQLAlchemyError as error:  # then the lease runs out by itself
            log.warning("a job's death could not be noted: %s", type(error).__name__)

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
    """Works until SIGTERM or SIGINT, in as many processes as the installation has workers and one for the background;
    a job that is not finished within a moment is left to the next worker.

    What jobs need is imported once, before there are workers: one that is killed is replaced in no time.
    """
    _warm_up()
    queues = [BACKGROUND_QUEUE] + [QUEUE] * app.extensions["mediconnect"].workers
    crew.keep([partial(_work, app, queue) for queue in queues])


def _work(app: Flask, queue: str) -> None:
    redis_url = app.extensions["mediconnect"].redis_url
    while True:
        _leave_on_signals()
        try:
            worker = _RingWorker(app, queue, Redis.from_url(redis_url))
            worker.work(logging_level="WARNING")
        except (RedisError, InvalidJobOperation, NoSuchJobError) as error:  # away, or emptied under the worker
            log.warning("starting anew without what Redis held: %s", type(error).__name__)
        else:
            if worker.told_to_stop:
                return
        finally:
            _leave_on_signals()
        sleep(_PAUSE)


def _warm_up() -> None:
    """Loads what jobs need, once, before there are children."""
    for name in _NEEDED:
        import_module(name)
    configure_mappers()
    writing.warm_up()
    gc.freeze()  # a collection in a child would copy every page of what all share


def _killed_for_memory() -> int:
    """How often the kernel has killed a process because memory ran out."""
    try:
        counts = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in counts if line.startswith("oom_kill ")), 0)


def _leave_on_signals() -> None:
    """While RQ does not listen to signals itself, they end the process."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
