"""What becomes of a job: done, tried again, given up, or left to the one who holds it now."""

import os
import signal
import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import tenancy
from app.core.clock import now
from app.core.errors import Invalid, Unavailable
from app.extensions import db
from app.services.background import jobs, leases
from tests.workers.conftest import load
from workers import runtime


def test_a_job_runs_in_its_organizations_scope_and_is_done(register, job_for, committed):
    seen = []
    register("test.kind", lambda lease: seen.append((lease.subject_id, tenancy.scope_of(db.session()))))
    job = job_for("test.kind")
    runtime.perform(str(job.id))
    assert seen == [(job.subject_id, committed.id)]
    assert load(job.id).state == "done"


def test_a_second_delivery_does_nothing(register, job_for):
    seen = []
    register("test.kind", lambda lease: seen.append(lease.attempt))
    job = job_for("test.kind")
    runtime.perform(str(job.id))
    runtime.perform(str(job.id))
    assert seen == [1]


def test_an_error_is_tried_again_after_half_a_minute_and_stored_without_its_text(register, job_for):
    def fall(_lease):
        raise RuntimeError("Pat Test, born 1970")

    told = []
    register("test.kind", fall, waits=lambda _lease, reason: told.append(reason))
    job = job_for("test.kind")
    runtime.perform(str(job.id))
    after = load(job.id)
    assert (after.state, after.attempt, after.crashes) == ("pending", 1, 0)
    assert timedelta(seconds=28) < after.due_at - now() < timedelta(seconds=38)
    assert told == [after.error] == ["Stopped by an error (RuntimeError)."]


def test_after_three_retries_it_fails(register, job_for):
    told = []
    register("test.kind", lambda _lease: 1 / 0, failed=lambda _lease, reason, _code: told.append(reason))
    job = job_for("test.kind")
    for _ in range(4):
        db.session.execute(text("UPDATE jobs SET due_at = now()"))
        db.session.commit()
        runtime.perform(str(job.id))
    after = load(job.id)
    assert (after.state, after.attempt) == ("failed", 4)
    assert told == ["Stopped by an error (ZeroDivisionError)."]


@pytest.mark.parametrize(("error", "state"), [(Invalid("No such month."), "failed"), (Unavailable("Away."), "pending")])
def test_an_error_made_for_people_ends_the_job_unless_it_may_pass(register, job_for, error, state):
    def fall(_lease):
        raise error

    register("test.kind", fall)
    job = job_for("test.kind")
    runtime.perform(str(job.id))
    after = load(job.id)
    assert (after.state, after.error) == (state, error.message)


def test_a_job_on_which_ten_workers_died_is_given_up(register, job_for):
    told = []
    register("test.kind", pytest.fail, failed=lambda _lease, reason, _code: told.append(reason))
    job = job_for("test.kind")
    for _ in range(10):
        leases.claim(job.id, seconds=0.01)
        time.sleep(0.03)
    runtime.perform(str(job.id))
    assert load(job.id).state == "failed"
    assert told == ["Stopped: the worker died 10 times on it."]


def test_the_lease_is_kept_while_the_work_goes_on(register, job_for, monkeypatch):
    claims = []

    def work(lease):
        db.session.execute(text("UPDATE jobs SET lease_until = now() + interval '0.4 s'"))
        db.session.commit()
        time.sleep(1)
        claims.append(leases.claim(lease.job_id))

    register("test.kind", work)
    monkeypatch.setattr(leases, "SECONDS", 0.6)
    job = job_for("test.kind")
    runtime.perform(str(job.id))
    assert claims == [None]
    assert load(job.id).state == "done"


def test_a_cancelled_job_stops_between_two_steps_and_publishes_nothing(register, job_for, app, monkeypatch):
    monkeypatch.setattr(leases, "SECONDS", 0.3)
    steps = []

    def work(lease):
        for step in range(50):
            lease.check()
            steps.append(step)
            time.sleep(0.05)

    register("test.kind", work)
    job = job_for("test.kind")

    def cancel():
        time.sleep(0.3)
        with app.app_context():
            jobs.cancel(db.session, "test.kind", job.subject_id)
            db.session.commit()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    runtime.perform(str(job.id))
    canceller.join()
    assert len(steps) < 30
    assert load(job.id).state == "cancelled"


def test_a_job_that_takes_too_long_is_stopped(register, job_for):
    register("test.kind", lambda _lease: time.sleep(5), seconds=1)
    job = job_for("test.kind")
    started = time.monotonic()
    runtime.perform(str(job.id))
    assert time.monotonic() - started < 3
    assert load(job.id).error == "Stopped by an error (TookTooLong)."


def test_a_job_whose_worker_is_stopped_goes_back_as_if_never_claimed(register, job_for, monkeypatch):
    monkeypatch.setattr(runtime, "STOP_PATIENCE", 0.2)
    done = []

    def work(_lease):
        db.session.execute(text("UPDATE organizations SET name = 'half done'"))
        os.kill(os.getpid(), signal.SIGTERM)
        with suppress(Exception):
            time.sleep(5)
        done.append(True)

    register("test.kind", work)
    job = job_for("test.kind")
    started = time.monotonic()
    runtime.perform(str(job.id))
    assert time.monotonic() - started < 3
    after = load(job.id)
    assert (done, after.state, after.attempt, after.crashes, after.rung_at) == ([], "pending", 0, 0, None)
    assert db.session.scalar(text("SELECT count(*) FROM organizations WHERE name = 'half done'")) == 0


def test_a_job_that_is_nearly_over_when_its_worker_is_stopped_is_done(register, job_for):
    register("test.kind", lambda _lease: os.kill(os.getpid(), signal.SIGTERM))
    job = job_for("test.kind")
    runtime.perform(str(job.id))
    assert load(job.id).state == "done"
