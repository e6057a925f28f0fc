"""One worker at a time holds a job, and only the holder publishes."""

import time

import pytest
from sqlalchemy import text

from app.extensions import db
from app.services.background import jobs, leases
from app.services.background.leases import LeaseLost
from tests.workers.conftest import load


def test_the_second_to_claim_gets_nothing(job_for):
    job = job_for("test.kind")
    first = leases.claim(job.id)
    assert first is not None
    assert first.attempt == 1
    assert leases.claim(job.id) is None


def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_is_fenced_out(job_for):
    job = job_for("test.kind")
    slow = leases.claim(job.id, seconds=0.05)
    time.sleep(0.1)
    quick = leases.claim(job.id)
    assert (quick.attempt, quick.crashes) == (2, 1)
    with pytest.raises(LeaseLost):
        leases.finish(slow)
    db.session.rollback()
    assert leases.renew(slow) is False
    leases.finish(quick)
    db.session.commit()
    assert load(job.id).state == "done"


def test_a_renewed_lease_is_not_taken_over(job_for):
    job = job_for("test.kind")
    lease = leases.claim(job.id, seconds=0.1)
    assert leases.renew(lease, seconds=5)
    time.sleep(0.2)
    assert leases.claim(job.id) is None


def test_a_cancelled_job_takes_the_lease_away(job_for):
    job = job_for("test.kind")
    lease = leases.claim(job.id)
    assert jobs.cancel(db.session, "test.kind", job.subject_id)
    db.session.commit()
    assert leases.renew(lease) is False
    with pytest.raises(LeaseLost):
        leases.finish(lease)


def test_a_job_put_off_is_not_claimed_before_it_is_due(job_for):
    job = job_for("test.kind")
    lease = leases.claim(job.id)
    leases.retry_later(lease, 0.2, "later")
    db.session.commit()
    assert leases.claim(job.id) is None
    time.sleep(0.25)
    assert leases.claim(job.id).attempt == 2


def test_an_open_job_is_asked_for_once_and_a_finished_one_starts_again(job_for):
    job = job_for("test.kind")
    assert job_for("test.kind", job.subject_id).id == job.id
    leases.finish(leases.claim(job.id))
    db.session.commit()
    again = job_for("test.kind", job.subject_id)
    assert (again.id, again.state, again.attempt) == (job.id, "pending", 0)


def test_the_reconciler_finds_what_nobody_heard_and_what_was_left(job_for):
    heard, unheard, left = job_for("test.kind"), job_for("test.kind"), job_for("test.kind")
    db.session.execute(text("UPDATE jobs SET rung_at = now() - interval '5 s' WHERE id = :id"), {"id": unheard.id})
    db.session.commit()
    leases.claim(left.id, seconds=0.01)
    time.sleep(0.05)
    assert set(leases.to_ring()) == {(unheard.id, 0, "test.kind"), (left.id, 1, "test.kind")}
    assert leases.to_ring() == []
    assert load(heard.id).rung_at is not None


def test_a_job_is_asked_for_again_only_after_its_interval(committed):
    for _ in range(2):
        jobs.enqueue_every(db.session, "test.tick", committed.id, committed.id, seconds=60)
        db.session.commit()
    (job_id,) = db.session.execute(text("SELECT id FROM jobs WHERE kind = 'test.tick'")).scalars().all()
    leases.finish(leases.claim(job_id))
    db.session.execute(text("UPDATE jobs SET created_at = created_at - interval '61 s'"))
    jobs.enqueue_every(db.session, "test.tick", committed.id, committed.id, seconds=60)
    db.session.commit()
    assert load(job_id).state == "pending"
