"""The one HTTP client for calls to addresses that somebody typed in. It calls nothing but public servers.

A name is resolved once, every address that it resolves to must be public, and the connection goes to one of these very
addresses: a resolver that answers differently the second time is never asked a second time. No redirect is followed,
no proxy used; an answer is read up to 64 KiB, and all of it takes at most ten seconds.
"""

import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from app.core.deadline import Deadline
from app.core.errors import AppError

_LONGEST = 2000
PORTS = frozenset({443, 8443})
SECONDS, LARGEST = 10.0, 64 * 1024
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"0x[0-9a-f]*|[0-9]+")
_INNER = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion", "test", "invalid")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]


class Blocked(AppError):
    """An address that the product does not call."""

    status, code = 400, "address_blocked"


class Unreachable(Exception):
    """The other side could not be reached, broke off, or took too long; the text holds no data."""


@dataclass(frozen=True)
class Target:
    """A checked address: whom to connect to, and what to ask for."""

    host: str
    port: int
    path: str
    secure: bool


@dataclass(frozen=True)
class Answer:
    """What came back: the status, how long it took, and the first 64 KiB."""

    status: int
    millis: int
    body: bytes = b""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, by the system's resolver; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass
class Outbound:
    """`allowed` are `host:port` of inner servers that the installation's operator has opened by name."""

    allowed: frozenset[str] = field(default_factory=frozenset)
    resolver: Resolver = resolve
    seconds: float = SECONDS

    def use(self, allowed: frozenset[str]) -> None:
        """Opens the inner servers of an installation; called once when a process is bound to it."""
        self.allowed = allowed

    def check(self, url: str) -> Target:
        """The parts of an address that may be called; raises Blocked with the reason. Asks no resolver."""
        parts, port, host = _split(url)
        if parts.scheme not in ("https", "http"):
            raise Blocked("The address begins with https://.")
        if not host:
            raise Blocked("The address names no server.")
        if "@" in parts.netloc or parts.fragment:
            raise Blocked("The address holds a name, a password or a fragment.")
        host, secure = _ascii(host), parts.scheme == "https"
        port = port or (443 if secure else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if f"{host}:{port}" not in self.allowed:
            if not secure:
                raise Blocked("The address begins with https://.")
            if port not in PORTS:
                raise Blocked("Only the ports 443 and 8443 are called.")
            _check_host(host)
        return Target(host, port, path, secure)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Sends a body once. Raises Blocked, before anything is sent, and Unreachable."""
        return self._call("POST", url, body, headers)

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Asks once. Raises Blocked, before anything is sent, and Unreachable."""
        return self._call("GET", url, None, headers)

    def _call(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        target, start = self.check(url), monotonic()
        address = self._address(target)
        connection = _connection(target, address, self.seconds)
        deadline = Deadline(connection, max(0.1, self.seconds - (monotonic() - start)))
        try:
            connection.request(method, target.path, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read(LARGEST)
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(_kind(error, deadline.passed)) from None
        finally:
            deadline.end()
            connection.close()
        if deadline.passed:  # what was cut off may look like an answer
            raise Unreachable("took too long")
        return Answer(answer.status, round((monotonic() - start) * 1000), content)

    def _address(self, target: Target) -> str:
        """The address to connect to. One inner address among public ones is enough to refuse them all."""
        found = self._resolved(target)
        if f"{target.host}:{target.port}" not in self.allowed and not all(map(is_public, found)):
            raise Blocked("The address leads into a private network.")
        return found[0]

    def _resolved(self, target: Target) -> list[str]:
        answer: list[list[str]] = []

        def ask() -> None:
            try:
                answer.append(self.resolver(target.host, target.port))
            except (OSError, UnicodeError):
                return

        # The system's resolver knows no deadline of ours: what comes too late is not waited for.
        thread = threading.Thread(target=ask, daemon=True, name="resolver")
        thread.start()
        thread.join(self.seconds / 2)
        if not answer or not answer[0]:
            raise Unreachable("cannot be found by its name")
        return answer[0]


def is_public(text: str) -> bool:
    """Is it the address of a server on the public internet, in whatever form IPv6 may wrap it?"""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _wrapped(address)
    if inner is not None:
        return is_public(str(inner))
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _wrapped(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    low = int(address)
    if low >> 32 == 0 and low > 1:  # ::a.b.c.d, given up by RFC 4291 but still understood
        return ipaddress.IPv4Address(low)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _split(url: str) -> tuple[SplitResult, int | None, str]:
    """The parts, port and host of what is an address at all."""
    if not url:
        raise Blocked("Give an address.")
    if len(url) > _LONGEST:
        raise Blocked(f"An address has at most {_LONGEST:,} letters.")
    if not url.isprintable() or re.search(r"[\s\\]", url):
        raise Blocked("This is no address.")
    try:
        parts = urlsplit(url)
        return parts, parts.port, (parts.hostname or "").lower()
    except ValueError:
        raise Blocked("This is no address.") from None


def _ascii(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return host
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        raise Blocked("This is no name of a server.") from None


def _check_host(host: str) -> None:
    """Refuses what is no full name of a server, and numbers that only some programs read as an address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or len(host) > 253:
            raise Blocked("This is no full name of a server.") from None
        if _NUMERIC.fullmatch(labels[-1]) or labels[-1] in _INNER:
            raise Blocked("This is no name of a public server.") from None
        return
    if not is_public(str(address)):
        raise Blocked("The address leads into a private network.")


class _Pinned(HTTPSConnection):
    """Connects to one address and checks the certificate for the name."""

    def __init__(self, target: Target, address: str, seconds: float) -> None:
        self.context = ssl.create_default_context()
        super().__init__(target.host, target.port, timeout=seconds, context=self.context)
        self.address = address

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        # Known before the handshake, so that the deadline can cut that off as well.
        self.sock = self.context.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()


class _PinnedPlain(HTTPConnection):
    """The same without TLS, for inner servers opened by the operator."""

    def __init__(self, target: Target, address: str, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


def _connection(target: Target, address: str, seconds: float) -> HTTPConnection:
    return (_Pinned if target.secure else _PinnedPlain)(target, address, seconds)


def _kind(error: Exception, late: bool) -> str:
    if late or isinstance(error, TimeoutError):
        return "took too long"
    if isinstance(error, ssl.SSLError):
        return "the certificate or the encryption is not right"
    if isinstance(error, ConnectionRefusedError):
        return "refuses the connection"
    return "answered nonsense" if isinstance(error, (HTTPException, ValueError)) else "broke off"


outbound = Outbound()
