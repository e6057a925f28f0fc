"""One connection over a real pair of sockets: its heart, the queue of a slow client, and the codes it ends with."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.live.connection import FAILED, LARGEST_MESSAGE, PATIENCE, QUEUE, TRY_LATER, Connection, Reader

PING, CLOSE, TEXT, PONG = 9, 8, 1, 10


class Client:
    """The other end: it takes frames in when it is told to, and never before."""

    def __init__(self, end: socket.socket) -> None:
        self.end, self.kept = end, b""

    def frames(self) -> list[tuple[int, bytes]]:
        """Opcode and content of every frame that has come; a server's are not masked."""
        self.end.setblocking(False)
        while True:
            try:
                self.kept += (data := self.end.recv(1 << 20))
            except BlockingIOError:
                break
            if not data:
                break
        found = []
        while len(self.kept) >= 2:
            length, start = self.kept[1] & 127, 2
            if length == 126:
                length, start = struct.unpack("!H", self.kept[2:4])[0], 4
            elif length == 127:
                length, start = struct.unpack("!Q", self.kept[2:10])[0], 10
            if len(self.kept) < start + length:
                break
            found.append((self.kept[0] & 15, self.kept[start : start + length]))
            self.kept = self.kept[start + length :]
        return found

    def send(self, opcode: int, content: bytes = b"") -> None:
        """A whole frame, masked with zeros."""
        self.end.sendall(bytes([0x80 | opcode, 0x80 | len(content)]) + bytes(4) + content)


def met(test: Callable[[Connection, Client, list[Any]], Awaitable[None]]) -> None:
    """Runs a test with a connection, its client, and what was said to the connection's owner."""

    async def run() -> None:
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        said: list[Any] = []
        owner = Reader(lambda _, message: said.append(message), lambda _: said.append("left"))
        connection = Connection(b"", None, owner)  # type: ignore[arg-type]
        ours.setblocking(False)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, ours)
        await test(connection, Client(theirs), said)
        theirs.close()

    asyncio.run(run())


def ended(frames: list[tuple[int, bytes]]) -> tuple[int, str]:
    """Code and reason of the close frame, which is the last."""
    opcode, content = frames[-1]
    assert opcode == CLOSE, frames
    return struct.unpack("!H", content[:2])[0], content[2:].decode()


async def blocked(connection: Connection) -> None:
    """Fills what lies between until the client's slowness is felt."""
    while connection.blocked_since is None:
        connection.tell(b"x" * 16_000, "filling")
        await asyncio.sleep(0)


def test_a_client_that_answers_neither_of_two_beats_is_ended_as_dash_008():
    async def test(connection, client, said):
        connection.beat(0.0)
        await asyncio.sleep(0.01)
        assert client.frames() == [(PING, b"")]
        connection.beat(20.0)
        await asyncio.sleep(0.01)
        assert ended(client.frames()) == (FAILED, "DASH_008") == (4408, "DASH_008")

    met(test)


@pytest.mark.parametrize(("opcode", "content"), [(PONG, b""), (TEXT, b'{"type": "ping"}')])
def test_whatever_a_client_says_keeps_it_alive(opcode, content):
    async def test(connection, client, said):
        for beat in range(3):
            connection.beat(20.0 * beat)
            client.send(opcode, content)
            await asyncio.sleep(0.01)
        assert [kind for kind, _ in client.frames()] == [PING, PING, PING]

    met(test)


def test_of_each_kind_the_newest_message_waits_for_a_slow_client():
    async def test(connection, client, said):
        await blocked(connection)
        for number in range(1000):
            connection.tell(f"figure {number}".encode(), "metric waiting")
        connection.tell(b"refresh", "refresh")
        assert set(connection.waiting) >= {"metric waiting", "refresh"}
        assert len(connection.waiting) <= 3
        heard: list[bytes] = []
        while b"refresh" not in heard:
            heard += [content for _, content in client.frames()]
            await asyncio.sleep(0.01)
        assert [text for text in heard if text.startswith(b"figure")] == [b"figure 999"]
        assert connection.blocked_since is None

    met(test)


def test_too_many_kinds_for_a_slow_client_end_it_with_1013():
    async def test(connection, client, said):
        await blocked(connection)
        for number in range(QUEUE + 1):
            connection.tell(b"x", f"kind {number}")
        heard: list[tuple[int, bytes]] = []
        while not heard or heard[-1][0] != CLOSE:
            heard += client.frames()
            await asyncio.sleep(0.01)
        assert ended(heard) == (TRY_LATER, "too slow") == (1013, "too slow")

    met(test)


def test_a_client_that_reads_nothing_for_twenty_seconds_is_ended_with_1013():
    async def test(connection, client, said):
        await blocked(connection)
        since = connection.blocked_since
        connection.beat(since + PATIENCE - 1)
        assert connection.protocol.state.name == "OPEN"
        connection.beat(since + PATIENCE + 1)
        heard: list[tuple[int, bytes]] = []
        while not heard or heard[-1][0] != CLOSE:
            heard += client.frames()
            await asyncio.sleep(0.01)
        assert ended(heard) == (1013, "too slow")

    met(test)


def test_what_is_too_large_for_a_client_to_say_ends_it_before_it_is_read():
    async def test(connection, client, said):
        client.end.sendall(bytes([0x81, 0xFE]) + struct.pack("!H", LARGEST_MESSAGE + 1) + bytes(4))
        await asyncio.sleep(0.01)
        assert ended(client.frames())[0] == 1009
        assert [one for one in said if one != "left"] == []

    met(test)


def test_a_client_that_leaves_is_left():
    async def test(connection, client, said):
        client.end.close()
        await asyncio.sleep(0.02)
        assert said == ["left"]

    met(test)
