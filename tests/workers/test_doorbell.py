"""The doorbell rings after the commit, survives Redis being away, and runs nothing that others put there."""

import json
import pickle
import zlib
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.executions import Execution

from app.core.queue import BACKGROUND_QUEUE, QUEUE, REFUSED, Bell, Ring, SignedJson, ring
from app.extensions import db, store
from app.services.background import jobs
from tests.workers.conftest import load


def bells(queue: str = QUEUE) -> list[str]:
    return [name.decode() for name in store.client.lrange(f"rq:queue:{queue}", 0, -1)]


def drain(app) -> None:
    """Runs what hangs in the queue, in this process."""
    queue = Queue(QUEUE, connection=store.client, serializer=SignedJson, job_class=Ring)
    own = Redis(connection_pool=store.client.connection_pool)
    SimpleWorker([queue], connection=own, serializer=SignedJson, job_class=Ring).work(burst=True, logging_level="ERROR")


def test_it_rings_only_when_the_outermost_transaction_is_committed(committed):
    with db.session.begin_nested():
        job_id = jobs.enqueue(db.session, "test.kind", committed.id, committed.id)
    assert bells() == []
    db.session.commit()
    assert bells() == [f"{job_id}_0"]


def test_it_does_not_ring_for_what_was_rolled_back(committed):
    jobs.enqueue(db.session, "test.kind", committed.id, committed.id)
    db.session.rollback()
    db.session.commit()
    assert bells() == []


def test_a_bell_that_hangs_is_not_hung_twice(job_for):
    job = job_for("test.kind")
    ring([Bell(job.id, 0, "test.kind")])
    assert bells() == [f"{job.id}_0"]


def test_what_nobody_waits_for_hangs_apart_so_that_it_keeps_no_report_waiting(job_for):
    background, report = job_for("import.run"), job_for("report.build")
    assert bells() == [f"{report.id}_0"]
    assert bells(BACKGROUND_QUEUE) == [f"{background.id}_0"]


def test_without_redis_the_job_is_stored_all_the_same(committed, job_for, monkeypatch, tmp_path):
    monkeypatch.setattr(store, "client", Redis(unix_socket_path=str(tmp_path / "nothing.sock")))
    assert load(job_for("test.kind").id).state == "pending"


def test_redis_holds_ids_only(job_for):
    job = job_for("test.kind")
    record = store.client.hgetall(f"rq:job:{job.id}_0")
    assert SignedJson.loads(zlib.decompress(record[b"data"])) == ["workers.runtime.perform", None, [str(job.id)], {}]
    assert record[b"description"] == b"job"


def test_a_job_ends_although_the_record_of_its_run_was_lost(job_for):
    job = job_for("test.kind")
    record = Ring.fetch(f"{job.id}_0", connection=store.client, serializer=SignedJson)
    with store.client.pipeline() as pipe:
        execution = Execution.create(record, 60, pipe)
        pipe.execute()
        store.client.delete(execution.key)  # it expired, or Redis was emptied
        execution.heartbeat(record.started_job_registry, 60, pipe)  # makes one that has nothing but this beat
        pipe.execute()
    assert store.client.hkeys(execution.key) == [b"last_heartbeat"]
    record.delete()  # as RQ does at the end of each ring
    assert store.client.keys("rq:execution*") == []


def touch(path: Path) -> None:
    path.touch()


class Harmful:
    """Runs a command when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return touch, (self.path,)


def payloads(path: Path) -> dict[str, bytes]:
    call = ["os.system", None, [f"touch {path}"], {}]
    return {
        "pickle": pickle.dumps(Harmful(path)),
        "plain json": json.dumps(call).encode(),
        "wrong signature": b"0" * 64 + b"." + json.dumps(call).encode(),
        "signed, but not registered": SignedJson.dumps(call),
        "signed, with more arguments": SignedJson.dumps(["workers.runtime.perform", None, ["a", "b"], {}]),
        "not even compressed": b"\xff\xfe",
    }


FOREIGN = (
    "pickle",
    "plain json",
    "wrong signature",
    "signed, but not registered",
    "signed, with more arguments",
    "not even compressed",
)


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("packed", [True, False])
def test_a_raw_write_into_the_queue_is_refused_and_noted(app, committed, tmp_path, kind, packed):
    sentinel = tmp_path / "harm"
    data = payloads(sentinel)[kind]
    record = {"data": zlib.compress(data) if packed else data, "origin": QUEUE, "status": "queued"}
    store.client.hset("rq:job:evil", mapping=record)
    store.client.rpush(f"rq:queue:{QUEUE}", "evil")
    drain(app)
    assert not sentinel.exists()
    assert store.client.lrange(REFUSED, 0, -1) == [b"evil"]
    assert not store.client.exists("rq:job:evil")


def test_a_callback_hung_onto_a_true_ring_is_not_called(app, job_for, register):
    performed = []
    register("test.kind", lambda lease: performed.append(lease.subject_id))
    job = job_for("test.kind")
    for which in ("success", "failure", "stopped"):
        store.client.hset(f"rq:job:{job.id}_0", f"{which}_callback_name", "tests.workers.test_doorbell.callback")
    drain(app)
    assert performed == [job.subject_id]
    assert called == []


called: list[str] = []


def callback(*_arguments) -> None:
    called.append("called")
