"""The supervisor: starts everything, keeps it running, and leaves nothing behind however it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.config import REPOSITORY
from app.embedded.postgres import Cluster
from app.embedded.redis import Server
from app.supervise import running_at
from app.supervise.children import end_leftovers
from app.supervise.port import PortError, require_free
from tests.embedded.supervised import SLOW

PATIENCE = 40.0
STARTER = "import subprocess, sys; subprocess.run(sys.argv[1:])"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Installation:
    """A supervisor started in a process of its own, for one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, through: tuple[str, ...] = (), port: int | None = None) -> subprocess.Popen[str]:
        environ = os.environ | {"MEDICONNECT_HOME": str(self.home), "PORT": str(port or self.port), "HOST": "127.0.0.1"}
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "MEDICONNECT_MODE"):
            environ.pop(name, None)
        command = [*through, sys.executable, "-m", "tests.embedded.supervised", *(arguments or ("ready",))]
        process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.processes.append(process)
        return process

    def serves(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=1) as answer:
                return bool(answer.read() == b"ok")
        except OSError:
            return False

    def children(self) -> list[psutil.Process]:
        """Return the processes the supervisor has written down, with their own children."""
        direct = [psutil.Process(pid) for pid, _ in json.loads((self.home / "children.json").read_text())]
        return [process for child in direct for process in (child, *child.children(recursive=True))]

    def servers_run(self) -> bool:
        return Cluster(self.home).is_running() and Server(self.home).is_running()

    def left_running(self, processes: list[psutil.Process]) -> list[psutil.Process]:
        _, alive = psutil.wait_procs(processes, timeout=15)
        return alive


@pytest.fixture
def installation(home: Path) -> Iterator[Installation]:
    installation = Installation(home)
    yield installation
    for process in installation.processes:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)
    end_leftovers(home)


def test_it_serves_and_prints_the_address_and_the_demo_logins(installation: Installation) -> None:
    installation.home.mkdir(parents=True)
    (installation.home / "demo-password").write_text("a-made-up-one\n")
    process = installation.start()
    assert eventually(installation.serves)
    assert eventually(lambda: running_at(installation.home) == f"http://127.0.0.1:{installation.port}")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=PATIENCE)
    assert running_at(installation.home) is None
    assert f"http://127.0.0.1:{installation.port}" in output
    assert "a-made-up-one" in output
    assert "admin@demo.mediconnect.example" in output
    assert str(Cluster(installation.home).data) in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_leave_nothing_running(installation: Installation, number: signal.Signals) -> None:
    process = installation.start()
    assert eventually(installation.serves)
    assert eventually(lambda: len(installation.children()) >= 4)
    children = installation.children()
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert installation.left_running(children) == []
    assert not Cluster(installation.home).is_running()
    assert not Server(installation.home).is_running()


def test_a_stop_takes_five_seconds_whatever_a_worker_and_its_job_do(installation: Installation) -> None:
    process = installation.start("stubborn")
    assert eventually(installation.serves)
    assert eventually(lambda: len(installation.children()) >= 5)
    children = installation.children()
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    print(f"stop: {time.monotonic() - begun:.2f} s")
    assert time.monotonic() - begun < 8.0  # on a machine that does other things besides
    assert installation.left_running(children) == []


def test_a_prepared_home_is_served_before_it_is_prepared_again(installation: Installation) -> None:
    first = installation.start()
    assert eventually(installation.serves)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=PATIENCE)
    second = installation.start("slow")
    assert eventually(installation.serves)
    assert second.poll() is None
    assert eventually(lambda: SLOW in {process.cmdline()[-1] for process in installation.children()})


def test_killing_it_ends_its_children_keeps_the_servers_and_a_second_start_works(installation: Installation) -> None:
    process = installation.start()
    assert eventually(installation.serves)
    children = installation.children()
    process.kill()
    process.wait()
    assert installation.left_running(children) == []
    assert installation.servers_run()
    before = time.monotonic()
    installation.start()
    assert eventually(installation.serves)
    print(f"second start after kill -9: {time.monotonic() - before:.2f} s")


def test_a_second_start_after_a_stop_serves_again(installation: Installation) -> None:
    for _ in range(2):
        before = time.monotonic()
        process = installation.start()
        assert eventually(installation.serves)
        print(f"start: {time.monotonic() - before:.2f} s")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0


def test_a_child_that_dies_is_started_again(installation: Installation) -> None:
    installation.start()
    assert eventually(installation.serves)
    before = {process.pid for process in installation.children()}
    for process in installation.children():
        process.kill()
    assert eventually(lambda: not psutil.pid_exists(min(before)) and installation.serves())
    assert eventually(lambda: len(json.loads((installation.home / "children.json").read_text())) == 2)
    assert before.isdisjoint(process.pid for process in installation.children())


def test_a_full_disk_ends_nothing_and_is_no_obstacle_to_a_stop(installation: Installation) -> None:
    process = installation.start()
    assert eventually(installation.serves)
    assert eventually(lambda: running_at(installation.home) is not None)
    running = psutil.Process(process.pid)

    def workers() -> list[psutil.Process]:
        return [each for each in running.children() if "signal.pause" in " ".join(each.cmdline())]

    assert eventually(workers)
    before = installation.children()
    running.rlimit(psutil.RLIMIT_FSIZE, (0, 0))  # it cannot write a byte to a file any more
    (worker,) = workers()
    worker.kill()
    worker.wait()
    assert eventually(workers)
    assert installation.serves()
    children = running.children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (0, "")
    assert installation.left_running([*before, *children]) == []
    assert not installation.servers_run()


@pytest.mark.parametrize("server", [Cluster, Server])
def test_a_database_or_redis_that_dies_is_started_again(
    installation: Installation, server: type[Cluster] | type[Server]
) -> None:
    from app.embedded import processes

    installation.start()
    assert eventually(installation.serves)
    (leader,) = processes.leaders(processes.running_in(server(installation.home).data))
    leader.kill()
    assert eventually(lambda: not leader.is_running() and installation.servers_run())


def test_a_taken_port_is_named_with_the_way_out_before_anything_is_made(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = installation.start(port=port)
        _, errors = process.communicate(timeout=5)
    assert process.returncode == 1
    assert f"port {port}" in errors
    assert f"PORT={port + 1}" in errors
    assert "Traceback" not in errors
    assert not Cluster(installation.home).data.exists()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(PortError, match=r"HOST 192\.0\.2\.1"):
        require_free("192.0.2.1", free_port())


def test_a_second_supervisor_of_the_same_home_is_refused(installation: Installation) -> None:
    installation.start()
    assert eventually(installation.serves)
    second = installation.start(port=free_port())
    _, errors = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1
    assert "already runs" in errors
    assert installation.serves()


def test_a_start_while_the_last_one_is_still_stopping_waits_for_it(installation: Installation) -> None:
    first = installation.start("unhurried")
    assert eventually(installation.serves)
    time.sleep(1.0)  # until its worker listens to signals
    first.terminate()
    second = installation.start()
    assert eventually(installation.serves)
    first.communicate(timeout=PATIENCE)
    assert eventually(lambda: second.poll() is None and installation.serves())


def test_a_preparation_that_fails_ends_the_start_with_nothing_running(installation: Installation) -> None:
    process = installation.start("unprepared")
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "could not be prepared" in errors
    assert not installation.servers_run()


def test_it_ends_with_the_program_that_started_it(installation: Installation) -> None:
    starter = installation.start("ready", "--with-parent", through=(sys.executable, "-c", STARTER))
    assert eventually(installation.serves)
    children = installation.children()
    starter.kill()
    starter.wait()
    assert installation.left_running(children) == []
    assert eventually(lambda: not Cluster(installation.home).is_running())
