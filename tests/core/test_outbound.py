"""Nothing but public servers is called, whatever an address looks like and whatever a resolver says."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from app.core.outbound import Blocked, Outbound, Unreachable, is_public

HOSTILE = """
http://example.com/
ftp://example.com/
file:///etc/passwd
gopher://127.0.0.1:6379/_FLUSHALL
javascript:alert(1)
https://
https:///path
https://localhost/
https://LOCALHOST./
https://127.0.0.1/
https://127.1/
https://2130706433/
https://0x7f000001/
https://0x7f.0.0.1/
https://0177.0.0.1/
https://017700000001/
https://0/
https://0.0.0.0/
https://10.0.0.1/
https://172.16.5.4/
https://192.168.1.1/
https://100.64.0.1/
https://169.254.169.254/latest/meta-data/
https://[::1]/
https://[::]/
https://[::ffff:127.0.0.1]/
https://[::ffff:169.254.169.254]/
https://[::ffff:a9fe:a9fe]/
https://[::127.0.0.1]/
https://[64:ff9b::a9fe:a9fe]/
https://[2002:7f00:1::]/
https://[fe80::1%25eth0]/
https://[fd00:ec2::254]/
https://user:secret@example.com/
https://example.com@127.0.0.1/
https://example.com:22/
https://example.com:6379/
https://example.com:80/
https://example.com:99999/
https://example.com/#fragment
https://metadata.google.internal/
https://printer.local/
https://intranet/
https://127。0。0。1/
https://①②⑦.⓪.⓪.①/
https://exam ple.com/
https://example.com\\@127.0.0.1/
https://example.com\\n.evil.example/
https://-bad-.example.com/
https://255.255.255.255/
https://224.0.0.1/
""".strip("\n").split("\n")
HOSTILE = [each.replace("\\n", "\n") for each in HOSTILE]
INNER = ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1", "fe80::1", "0.0.0.0"]  # noqa: S104


class Receiver(socketserver.ThreadingTCPServer):
    """Answers every call with the same bytes, after a wait, and counts connections."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, answer: bytes, wait: float = 0, drip: float = 0) -> None:
        self.connections, self.answer, self.wait, self.drip = 0, answer, wait, drip
        super().__init__(("127.0.0.1", 0), _Call)

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Call(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.server.connections += 1
        self.request.recv(65536)
        time.sleep(self.server.wait)
        try:
            if not self.server.drip:
                self.request.sendall(self.server.answer)
                return
            for byte in self.server.answer:
                self.request.sendall(bytes([byte]))
                time.sleep(self.server.drip)
        except OSError:
            return


@pytest.fixture
def serve() -> Iterator:
    running: list[Receiver] = []

    def start(answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n", **more: float) -> Receiver:
        server = Receiver(answer, **more)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_there_are_more_than_forty_hostile_addresses():
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Give an address"),
        ("https://", "names no server"),
        ("https:///hook", "names no server"),
        ("http://example.com/", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("https://example.com/" + "a" * 100_000, "at most 2,000 letters"),
        ("https://user:secret@example.com/", "a name, a password or a fragment"),
        ("https://example.com:22/", "443 and 8443"),
        ("https://127.0.0.1/", "private network"),
        ("https://[::1]/", "private network"),
        ("https://169.254.169.254/", "private network"),
        ("https://2130706433/", "no full name of a server"),
    ],
)
def test_why_an_address_is_refused_is_said_so_that_it_can_be_mended(url, words):
    with pytest.raises(Blocked, match=words):
        Outbound().check(url)


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_anything_is_asked_or_sent(url):
    def never(_host: str, _port: int) -> list[str]:
        raise AssertionError("a resolver was asked")

    outbound = Outbound(resolver=never)
    with pytest.raises(Blocked) as caught:
        outbound.post(url, b"{}", {})
    assert caught.value.status == 400


@pytest.mark.parametrize("url", ["https://example.com/", "https://hooks.example.co.uk:8443/a?b=c", "https://8.8.8.8/"])
def test_an_address_of_a_public_server_may_be_saved(url):
    assert Outbound().check(url).secure


@pytest.mark.parametrize("address", INNER)
def test_a_public_name_that_leads_inside_is_not_called(address):
    outbound = Outbound(resolver=lambda _host, _port: ["93.184.216.34", address])
    with pytest.raises(Blocked):
        outbound.post("https://rebound.example.com/", b"{}", {})


def test_a_resolver_that_changes_its_mind_is_asked_once(serve):
    """A name that first leads outside and then to loopback: the second answer is never asked for."""
    trap, asked = serve(), []

    def rebinding(_host: str, _port: int) -> list[str]:
        asked.append(1)
        return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

    outbound = Outbound(resolver=rebinding, seconds=1.0)
    with pytest.raises((Blocked, Unreachable)):
        outbound.post("https://rebound.example.com/", b"{}", {})
    assert (len(asked), trap.connections) == (1, 0)


def test_an_inner_server_is_called_only_when_the_operator_has_opened_it(serve):
    server = serve()
    with pytest.raises(Blocked):
        Outbound().post(f"http://{server.place}/hook", b"{}", {})
    assert server.connections == 0
    answer = Outbound(frozenset({server.place})).post(f"http://{server.place}/hook", b"{}", {})
    assert (answer.status, server.connections) == (204, 1)


def test_a_redirect_is_an_answer_and_not_an_order(serve):
    trap = serve()
    moved = serve(f"HTTP/1.1 302 Found\r\nLocation: http://{trap.place}/\r\nContent-Length: 0\r\n\r\n".encode())
    answer = Outbound(frozenset({moved.place, trap.place})).post(f"http://{moved.place}/", b"{}", {})
    assert (answer.status, trap.connections) == (302, 0)


@pytest.mark.parametrize(
    ("answer", "more"),
    [
        (b"", {}),
        (b"\x00\xff" * 100, {}),
        (b"HTTP/1.1 abc OK\r\n\r\n", {}),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", {}),
        (b"HTTP/1.1 204 No Content\r\n\r\n", {"wait": 5}),
        (b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000, {"drip": 0.05}),
    ],
    ids=["nothing", "noise", "no status", "too many headers", "silence", "a byte at a time"],
)
def test_nonsense_and_slowness_end_within_the_time_given(serve, answer, more):
    server = serve(answer, **more)
    outbound = Outbound(frozenset({server.place}), seconds=0.6)
    start = time.monotonic()
    with pytest.raises(Unreachable):
        outbound.post(f"http://{server.place}/", b"{}", {})
    assert time.monotonic() - start < 2


def test_an_endless_answer_is_read_no_further_than_its_first_part(serve):
    server = serve(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000_000)
    assert Outbound(frozenset({server.place})).post(f"http://{server.place}/", b"{}", {}).status == 200


def test_a_resolver_that_never_answers_is_not_waited_for():
    def stuck(_host: str, _port: int) -> list[str]:
        time.sleep(5)
        return []

    start = time.monotonic()
    with pytest.raises(Unreachable):
        Outbound(resolver=stuck, seconds=0.6).post("https://example.com/", b"{}", {})
    assert time.monotonic() - start < 2


def test_a_server_that_refuses_is_unreachable():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(Unreachable, match="refuses"):
        Outbound(frozenset({place})).post(f"http://{place}/", b"{}", {})


def test_public_addresses_are_public():
    assert all(map(is_public, ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]))
    assert not any(map(is_public, [*INNER, "no address", "203.0.113.7", "2001:db8::1"]))
