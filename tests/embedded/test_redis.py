"""The embedded Redis: keeps what it was told, begins empty rather than not at all, and lets nobody else in."""

from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from app.embedded import processes
from app.embedded.redis import Server


def process(server: Server) -> psutil.Process:
    (found,) = processes.leaders(processes.running_in(server.data))
    return found


def test_starting_again_attaches_to_the_running_server(home: Path) -> None:
    server = Server(home)
    url = server.start()
    before = process(server).pid
    assert Server(home).start() == url
    assert process(server).pid == before


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_stored_is_there_after_the_server_ended(home: Path, end: str) -> None:
    server = Server(home)
    with Redis.from_url(server.start()) as client:
        client.set("version", 41)
        client.incr("version")
    if end == "stop":
        server.stop()
    else:
        process(server).kill()
    with Redis.from_url(server.start()) as client:
        assert client.get("version") == b"42"


def test_a_damaged_log_is_set_aside_and_the_server_starts_empty(home: Path) -> None:
    server = Server(home)
    with Redis.from_url(server.start()) as client:
        client.set("version", 42)
    server.stop()
    (server.data / "appendonly.aof").write_bytes(b"*2\r\nnonsense in the middle\r\n" * 3)
    with Redis.from_url(server.start()) as client:
        assert client.get("version") is None
    assert (server.data / "appendonly.damaged").exists()


def test_it_appends_to_a_log_and_never_evicts(home: Path) -> None:
    with Redis.from_url(Server(home).start()) as client:
        settings = client.config_get("*")
    assert (settings["appendonly"], settings["appendfsync"], settings["maxmemory-policy"]) == (
        "yes",
        "everysec",
        "noeviction",
    )


def test_a_client_without_the_password_is_refused(home: Path) -> None:
    server = Server(home, durable=False)
    server.start()
    with Redis(unix_socket_path=str(server.socket)) as client, pytest.raises(AuthenticationError):
        client.ping()


def test_the_server_listens_on_no_network_port(home: Path) -> None:
    server = Server(home, durable=False)
    server.start()
    assert process(server).net_connections("inet") == []


def test_no_file_holds_the_password(home: Path) -> None:
    server = Server(home)
    server.start()
    assert not any(
        server.secrets.redis.encode() in path.read_bytes() for path in server.data.iterdir() if path.is_file()
    )
