"""The scheduler process: any number of them may run, since every round takes rows with SKIP LOCKED, a lock or a key."""

import logging
import signal
import threading
from time import monotonic
from types import FrameType

from flask import Flask

from app.core.queue import ring
from app.services.background import leases
from app.services.platform import platform_health
from app.services.reports import report_files, schedule_ticks
from workers import dispatcher, refresher, ticks
from workers.jobs import imports
from workers.loops import Loop, start

STOP_PATIENCE = 2.0  # seconds; what a round leaves unfinished is undone by the database and found again

log = logging.getLogger(__name__)


def reconcile() -> None:
    """Rings again for jobs that nobody heard of, and for those whose worker is gone."""
    if bells := leases.to_ring():
        ring(bells)


LOOPS = (
    Loop("reconciler", reconcile, 0.5),
    Loop("refresher", refresher.refresh_rung, 0.0),
    Loop("sweep of marked days", refresher.sweep, 5.0),
    *dispatcher.LOOPS,
    Loop("schedules", schedule_ticks.tick, 0.5),
    Loop("watch of schedules", schedule_ticks.watch, 30.0),
    Loop("ticks", ticks.tick, 5.0),
    Loop("own measures", ticks.measure, 10.0, after=30.0),  # what starts beside it is not down
    Loop("backups", ticks.back_up, 300.0),
    Loop("sweep of measures", platform_health.tidy, 3600.0),
    Loop("sweep of files", report_files.sweep, 600.0),
    Loop("sweep of uploads", imports.sweep, 3600.0),
)


def run(app: Flask) -> None:
    """Turns all loops until SIGTERM or SIGINT."""
    stop = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    threads = start(app, LOOPS, stop)
    stop.wait()
    deadline = monotonic() + STOP_PATIENCE
    for thread in threads:
        thread.join(timeout=max(0.0, deadline - monotonic()))
