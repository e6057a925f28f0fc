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
from contextvars import ContextVar
from functools import partial
from types import FrameType
from uuid import UUID

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from app.core.errors import AppError, Invalid, Unavailable
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.services.background import leases
from app.services.background.leases import Lease, LeaseLost
from workers.jobs import JOBS
from workers.jobs.types import JobKind
from workers.renewal import kept

STOP_PATIENCE = 1.0  # seconds that a job may go on for after its worker was told to stop
AWAY_TRIES = 150  # a day of tries for a job that only needs a part of the installation to come back

HOLDER: ContextVar[UUID | None] = ContextVar(
    "holder", default=None
)  # under which this process claims; its worker knows

log = logging.getLogger(__name__)


def _not_known(_lease: Lease) -> None:
    raise Invalid("This kind of job is not known here.")


UNKNOWN = JobKind("unknown", _not_known)


class TookTooLong(Exception):
    """A job that worked longer than its kind may."""


class ToldToStop(BaseException):
    """The worker ends before its job does. No error of the job, so nothing within it may catch it as one."""


class BrokeOff(Exception):
    """A job whose process died of its own doing: out of memory, or of a fault in the machine's code."""


def perform(job_id: str) -> None:
    """What a ring calls, in an application context: claims the job and sees it to an end, or finds it taken."""
    lease = leases.claim(UUID(job_id), owner=HOLDER.get())
    if lease is None:
        return
    with tenant_scope(lease.organization_id):
        kind = _kind_of(lease)
        if lease.crashes >= leases.MAX_CRASHES:
            _give_up(kind, lease, f"Stopped: the worker died {lease.crashes} times on it.")
        else:
            _work(kind, lease)


def bury(job_id: str, holder: UUID, own_doing: bool) -> None:
    """Settles at once what a process left that died at work, so that nobody waits for its lease to run out: a death of
    its own doing is an error of the job, any other one a crash. What it had not claimed yet is rung for again."""
    lease = leases.held_by(holder)
    if lease is None:
        leases.unheard(UUID(job_id))
        return
    with tenant_scope(lease.organization_id):
        if own_doing:
            _after_error(_kind_of(lease), lease, BrokeOff())
            return
        with _if_still_held(lease):
            leases.abandon(lease)
            db.session.commit()


def _kind_of(lease: Lease) -> JobKind:
    return JOBS.get(lease.kind) or UNKNOWN


def _work(kind: JobKind, lease: Lease) -> None:
    try:
        with (
            kept(partial(leases.renew, lease, leases.SECONDS), leases.SECONDS, lease.lost),
            _interruptible(kind.seconds),
        ):
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
    if _is_cut_off(error):
        with _if_still_held(lease):
            leases.abandon(lease)
            db.session.commit()
        return
    reason, away = safe_reason(error), isinstance(error, Unavailable)
    final = isinstance(error, AppError) and error.code not in kind.passing and not away
    if final or lease.errors >= (AWAY_TRIES if away else len(leases.RETRY_AFTER)):
        _give_up(kind, lease, reason, error.code if isinstance(error, AppError) else "")
        return
    pause = leases.RETRY_AFTER[min(lease.errors, len(leases.RETRY_AFTER) - 1)]
    seconds = pause * random.uniform(1, 1.25)  # noqa: S311 - spreads load, guards nothing
    with _if_still_held(lease):
        leases.retry_later(lease, seconds, reason)
        kind.waits(lease, reason)
        db.session.commit()


def _give_up(kind: JobKind, lease: Lease, reason: str, code: str = "") -> None:
    with _if_still_held(lease):
        leases.fail(lease, reason)
        kind.failed(lease, reason, code)
        db.session.commit()


def _is_cut_off(error: Exception) -> bool:
    """Did the database go away in the middle? Nothing is wrong with the job then: it starts anew as soon as possible.

    PostgreSQL tells of its own stop by classes 08 and 57P; a server that is not there tells nothing."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state.startswith(("08", "57P"))


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
