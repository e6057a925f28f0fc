"""Runs one job under its lease: renewed while it works, retried after errors, given up after crashes, handed back when
the worker stops.

Delivering a job twice, late or to a worker that was thought dead is harmless: the claim lets one in, and whatever is
published is written in one transaction with a check of the lease.
"""

import logging
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any, cast
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from app.core.errors import AppError, Invalid, Unavailable
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.services import leases
from app.services.leases import Lease, LeaseLost
from workers.jobs import JOBS
from workers.jobs.types import JobKind

STOP_PATIENCE = 1.0  # seconds that a job may go on for after its worker was told to stop

log = logging.getLogger(__name__)


def _not_known(_lease: Lease) -> None:
    raise Invalid("This kind of job is not known here.")


UNKNOWN = JobKind("unknown", _not_known)


class TookTooLong(Exception):
    """A job that worked longer than its kind may."""


class ToldToStop(BaseException):
    """The worker ends before its job does. No error of the job, so nothing within it may catch it as one."""


def perform(job_id: str) -> None:
    """What a ring calls, in an application context: claims the job and sees it to an end, or finds it taken."""
    lease = leases.claim(UUID(job_id))
    if lease is None:
        return
    with tenant_scope(lease.organization_id):
        kind = JOBS.get(lease.kind) or UNKNOWN
        if lease.crashes >= leases.MAX_CRASHES:
            _give_up(kind, lease, f"Stopped: the worker died {lease.crashes} times on it.")
        else:
            _work(kind, lease)


def _work(kind: JobKind, lease: Lease) -> None:
    try:
        with _renewed(lease), _interruptible(kind.seconds):
            kind.perform(lease)
            if not lease.finished:
                leases.finish(lease)
                db.session.commit()
    except LeaseLost:
        db.session.rollback()
        log.info("job %s attempt %d of %s: the lease is another's", lease.job_id, lease.attempt, lease.kind)
    except ToldToStop:
        # Whatever was under way on the connection when the signal came: it is of no use any more.
        db.session().invalidate()
        with _if_still_held(lease):
            leases.hand_back(lease)
            db.session.commit()
    except Exception as error:  # the one place where any error ends: it becomes a state of the job
        db.session.rollback()
        log.warning("job %s attempt %d of %s: %s", lease.job_id, lease.attempt, lease.kind, type(error).__name__)
        _after_error(kind, lease, error)


def _after_error(kind: JobKind, lease: Lease, error: Exception) -> None:
    reason = safe_reason(error)
    final = isinstance(error, AppError) and error.code not in kind.passing and not isinstance(error, Unavailable)
    if final or lease.errors >= len(leases.RETRY_AFTER):
        _give_up(kind, lease, reason, error.code if isinstance(error, AppError) else "")
        return
    seconds = leases.RETRY_AFTER[lease.errors] * random.uniform(1, 1.25)  # noqa: S311 - spreads load, guards nothing
    with _if_still_held(lease):
        leases.retry_later(lease, seconds, reason)
        kind.waits(lease, reason)
        db.session.commit()


def _give_up(kind: JobKind, lease: Lease, reason: str, code: str = "") -> None:
    with _if_still_held(lease):
        leases.fail(lease, reason)
        kind.failed(lease, reason, code)
        db.session.commit()


@contextmanager
def _if_still_held(lease: Lease) -> Iterator[None]:
    try:
        yield
    except LeaseLost:
        db.session.rollback()
    except DBAPIError as error:
        # Nothing can be written now; the lease runs out and the job is taken up again.
        db.session.rollback()
        log.warning("job %s: its end could not be stored: %s", lease.job_id, type(error).__name__)


def safe_reason(error: Exception) -> str:
    """What may be stored and shown: a message written for people, else the error's class; never a driver's text."""
    return error.message if isinstance(error, AppError) else f"Stopped by an error ({type(error).__name__})."


@contextmanager
def _renewed(lease: Lease) -> Iterator[None]:
    """Keeps the lease while the block runs, from a thread of its own; sets `lease.lost` when that fails."""
    stop = threading.Event()
    app: Flask = cast(Any, current_app)._get_current_object()
    thread = threading.Thread(target=_keep, args=(app, lease, leases.SECONDS, stop), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _keep(app: Flask, lease: Lease, seconds: float, stop: threading.Event) -> None:
    good_until = monotonic() + seconds
    while not stop.wait(seconds / 3):
        try:
            with app.app_context():
                held = leases.renew(lease, seconds)
        except DBAPIError:
            held = monotonic() < good_until
        else:
            good_until = monotonic() + seconds
        if not held:
            lease.lost.set()
            return


@contextmanager
def _interruptible(seconds: int) -> Iterator[None]:
    """Raises TookTooLong in the block after so many seconds, and ToldToStop soon after SIGTERM.

    Only a main thread can be interrupted so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.set()
        signal.setitimer(signal.ITIMER_REAL, STOP_PATIENCE)

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise ToldToStop if told.is_set() else TookTooLong

    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, stop),
        signal.SIGALRM: signal.signal(signal.SIGALRM, interrupt),
    }
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
