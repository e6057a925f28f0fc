"""A worker that dies, or a database that goes away under it, costs its job seconds and nothing else."""

import os
import signal
from uuid import uuid4

import pytest
from rq import Queue
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.errors import Unavailable
from app.core.queue import QUEUE, Ring, SignedJson
from app.extensions import db, store
from app.services.background import leases
from tests.workers.conftest import load
from workers import runtime, worker


def test_a_job_whose_process_was_killed_is_free_at_once_and_counts_a_crash(register, job_for):
    register("test.kind", lambda _lease: None)
    job_id, holder = job_for("test.kind").id, uuid4()
    leases.claim(job_id, owner=holder)
    runtime.bury(str(job_id), holder, own_doing=False)
    assert leases.to_ring() == [(job_id, 1, "test.kind")]
    again = leases.claim(job_id)
    assert (again.attempt, again.crashes, again.errors) == (2, 1, 0)


def test_a_process_that_broke_off_of_its_own_doing_is_an_error_of_the_job_and_waits_as_one(register, job_for):
    register("test.kind", lambda _lease: None)
    job_id, holder = job_for("test.kind").id, uuid4()
    leases.claim(job_id, owner=holder)
    runtime.bury(str(job_id), holder, own_doing=True)
    after = load(job_id)
    assert (after.state, after.attempt, after.crashes) == ("pending", 1, 0)
    assert after.error == "Stopped by an error (BrokeOff)."
    assert leases.to_ring() == []


def test_a_ring_whose_process_died_before_it_claimed_is_rung_for_again_at_once(job_for):
    job_id = job_for("test.kind").id
    assert leases.to_ring() == []
    runtime.bury(str(job_id), uuid4(), own_doing=False)
    assert leases.to_ring() == [(job_id, 0, "test.kind")]


def test_somebody_elses_lease_is_left_alone(register, job_for):
    register("test.kind", lambda _lease: None)
    job_id = job_for("test.kind").id
    lease = leases.claim(job_id)
    runtime.bury(str(job_id), uuid4(), own_doing=False)
    assert leases.renew(lease)


def test_a_database_that_goes_away_under_a_job_makes_it_start_anew_at_once(register, job_for):
    def cut(_lease):
        own = db.session.execute(text("SELECT pg_backend_pid()")).scalar()
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        db.session.execute(text("SELECT 1"))

    register("test.kind", cut)
    job_id = job_for("test.kind").id
    runtime.perform(str(job_id))
    assert leases.to_ring() == [(job_id, 1, "test.kind")]
    assert leases.claim(job_id).errors == 0


def test_a_statement_that_takes_too_long_is_an_error_and_no_lost_connection(register, job_for):
    def dawdle(_lease):
        db.session.execute(text("SET LOCAL statement_timeout = 50"))
        db.session.execute(text("SELECT pg_sleep(2)"))

    register("test.kind", dawdle)
    job_id = job_for("test.kind").id
    runtime.perform(str(job_id))
    assert load(job_id).error == "Stopped by an error (OperationalError)."


def test_what_only_waits_for_a_part_to_come_back_is_not_given_up_after_three_retries(register, job_for):
    def away(_lease):
        raise Unavailable("The store of files is away.")

    register("test.kind", away)
    job_id = job_for("test.kind").id
    for _ in range(6):
        db.session.execute(text("UPDATE jobs SET due_at = now()"))
        db.session.commit()
        runtime.perform(str(job_id))
    assert (load(job_id).state, load(job_id).attempt) == ("pending", 6)


@pytest.mark.parametrize(("number", "errors", "crashes"), [(signal.SIGKILL, 0, 1), (signal.SIGTRAP, 1, 0)])
def test_a_workers_parent_tells_of_its_childs_death(register, job_for, app, number, errors, crashes):
    """A real child, forked as for every job, that kills itself at work, with an hour left of its lease."""

    def die(_lease) -> None:
        db.session.execute(text("UPDATE jobs SET lease_until = now() + interval '1 hour'"))
        db.session.commit()
        os.kill(os.getpid(), number)

    register("test.kind", die)
    job_id = job_for("test.kind").id
    db.session.remove()
    own = worker._RingWorker(app, QUEUE, store.client)
    queue = Queue(QUEUE, connection=store.client, serializer=SignedJson, job_class=Ring)
    own.work(burst=True, logging_level="CRITICAL")
    assert queue.count == 0
    db.session.execute(text("UPDATE jobs SET due_at = now()"))
    db.session.commit()
    after = leases.claim(job_id)
    assert (after.errors, after.crashes) == (errors, crashes)


def test_a_death_that_cannot_be_noted_leaves_the_lease_to_run_out(app, monkeypatch):
    def away(*_arguments, **_named):
        raise DBAPIError("", None, Exception())

    monkeypatch.setattr(runtime, "bury", away)
    own = worker._RingWorker(app, QUEUE, store.client)
    own.killed_for_memory = 0
    own._bury(Ring.create("workers.runtime.perform", args=("x",), connection=store.client), 9)
