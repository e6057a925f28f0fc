"""Whatever is killed while reports are built: each one asked for is there once, and says so once."""

import random
import time

import pytest

from app.services.reports import schedule_search
from tests.faults.harness import account, shoot
from tests.faults.tiny import EveryTwoSeconds


@pytest.mark.slow
def test_kills_at_every_step_two_schedulers_and_an_emptied_redis_lose_and_double_nothing(installation, asked):
    installation.start("worker-1", "worker-2", "scheduler-1", "scheduler-2")
    installation.arm("die-in-write")
    for _ in range(6):
        asked.ask()
    installation.flush()
    for part in ("job", "member", "member and job", "all"):
        _wait_for(lambda: installation.jobs("worker-1"))
        installation.kill("worker-1", part)
        installation.keep_alive()
    installation.arm("die-before-publish")
    asked.ask()
    assert asked.wait_for_quiet(120, installation.keep_alive)
    result = account(asked)
    assert (result.asked, result.completed, result.unfinished, result.broken_files) == (7, 7, 0, 0)
    assert (result.messages, result.unsent, result.doubled) == (7, 0, 0)
    assert result.attempts > 7


@pytest.mark.slow
def test_a_schedule_every_two_seconds_under_fire_runs_each_time_once(installation, asked, monkeypatch):
    monkeypatch.setattr(schedule_search, "rule_of", lambda _schedule: EveryTwoSeconds())
    installation.start("worker-1", "worker-2", "scheduler-1", "scheduler-2")
    asked.ask()
    _wait_for(lambda: "completed" in asked.states(), seconds=90)  # until every process has started
    schedule_id, dice = asked.schedule(), random.Random(7)
    for _ in range(10):
        time.sleep(1.5)
        shoot(installation, dice)
        installation.keep_alive()
    installation.flush()
    installation.kill("scheduler-1", "all")
    installation.keep_alive()
    time.sleep(3)
    asked.end_schedule(schedule_id)
    assert asked.wait_for_quiet(120, installation.keep_alive)
    result = account(asked)
    assert result.due >= 8
    assert (result.dues_lost, result.unfinished, result.doubled, result.broken_files) == (0, 0, 0, 0)
    assert result.completed == result.due + 1 == result.messages
    assert result.claimed[-1] < 60  # the long run says what it is on a machine of its own


def _wait_for(condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
