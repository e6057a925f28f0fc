"""A small load generator: keep-alive connections in one thread, bounded in time, to loopback only."""

import http.client
import selectors
import socket
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Load:
    """What came of a stretch of load: answers by status, seconds, and each answer's latency in seconds."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in seconds that this share of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Connection:
    def __init__(self, port: int, request: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = request
        self.buffer = b""
        self.sent_at = 0.0

    def send(self) -> None:
        self.buffer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.request)

    def receive(self) -> int | None:
        """Takes in what has arrived; gives the status once the answer is whole."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return None
        return int(head[9:12])


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line[15:])
    return 0


def get_request(path: str, headers: dict[str, str]) -> bytes:
    """A GET over HTTP/1.1 as bytes."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def press(port: int, request: bytes, seconds: float, connections: int = 8) -> Load:
    """Repeats one request over some connections for so many seconds; each asks again once it is answered."""
    load, selector = Load(), selectors.DefaultSelector()
    opened = [_Connection(port, request) for _ in range(connections)]
    for connection in opened:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send()
    start = time.perf_counter()
    while (now := time.perf_counter()) - start < seconds:
        for key, _ in selector.select(timeout=1):
            connection = key.data
            if (status := connection.receive()) is not None:
                now = time.perf_counter()
                load.statuses[status] += 1
                load.latencies.append(now - connection.sent_at)
                connection.send()
    load.seconds = time.perf_counter() - start
    for connection in opened:
        connection.socket.close()
    return load


@dataclass(frozen=True)
class Answer:
    """One answer and the seconds from asking to its last byte."""

    seconds: float
    status: int
    text: str


def ask(port: int, path: str, headers: dict[str, str]) -> Answer:
    """One GET over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.connect()
        start = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        return Answer(time.perf_counter() - start, answer.status, body.decode())
    finally:
        connection.close()
