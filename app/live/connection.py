"""One open socket: frames in and out, a bounded queue for a client that reads slowly, and its end."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from app.services.dashboards.watching import Watch
from app.services.identity.principals import Principal, redis_key

NO_BINARY, TOO_BUSY, RESTART, TRY_LATER = 1003, 1008, 1012, 1013
LOGGED_OUT, NOT_ALLOWED, FAILED = 4401, 4403, 4408  # FAILED is DASH_008
QUEUE = 64  # messages that wait for a slow client; of one kind only the newest does
PATIENCE = 20.0  # seconds that a client may read nothing
LARGEST_MESSAGE = 4096  # bytes from a client: it only subscribes and pings
CHATTER = 60  # messages that a client may send between two beats of the heart
_BUFFER = 32 * 1024


@dataclass(frozen=True, slots=True)
class Guest:
    """Who opened a socket, to watch what; `address` is the form that its messages have: dashboard or analytics."""

    principal: Principal
    watch: Watch
    address: str = "dashboard"

    @property
    def holder(self) -> str:
        """The key in Redis that stands for the credential."""
        return redis_key(self.principal.kind, bytes.fromhex(self.principal.key))


@dataclass(slots=True)
class Reader:
    """What is asked of whoever owns the connections."""

    said: Callable[["Connection", dict[str, Any]], None]
    left: Callable[["Connection"], None]


def _opened() -> ServerProtocol:
    return ServerProtocol(state=State.OPEN, max_size=LARGEST_MESSAGE)


@dataclass(slots=True, eq=False)
class Connection(asyncio.Protocol):
    """A socket of a guest, driven on the loop's thread alone."""

    answer: bytes
    guest: Guest
    owner: Reader
    protocol: ServerProtocol = field(default_factory=_opened)
    transport: asyncio.Transport | None = None
    waiting: dict[str, bytes] = field(default_factory=dict)
    blocked_since: float | None = None
    pinged: bool = False
    chatter: int = 0
    only: frozenset[str] | None = None  # the metrics that the client subscribed to; None: all

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answers the handshake."""
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=_BUFFER)
        self.transport.write(self.answer)

    def data_received(self, data: bytes) -> None:
        """Takes frames in; control frames are answered by the protocol itself."""
        self.protocol.receive_data(data)
        for event in self.protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
        self._flush()

    def eof_received(self) -> None:
        """The client is gone; the transport closes by itself."""
        self.protocol.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever the reason, it is over."""
        self.owner.left(self)

    def pause_writing(self) -> None:
        """The client reads too slowly: from now on messages wait, of each kind the newest."""
        self.blocked_since = asyncio.get_running_loop().time()

    def resume_writing(self) -> None:
        """It reads again."""
        self.blocked_since = None
        waiting, self.waiting = self.waiting, {}
        for text in waiting.values():
            self._send(text)

    def tell(self, text: bytes, kind: str) -> None:
        """Sends a message, or lets it wait in place of an older one of its kind; too many kinds end the socket."""
        if self.protocol.state is not State.OPEN:
            return
        if self.blocked_since is None:
            self._send(text)
            return
        self.waiting[kind] = text
        if len(self.waiting) > QUEUE:
            self.close(TRY_LATER, "too slow")

    def beat(self, at: float) -> None:
        """The heart: asks whether the client is there, and ends what answered neither this nor the last time."""
        if self.blocked_since is not None and at - self.blocked_since > PATIENCE:
            self.close(TRY_LATER, "too slow")
        elif self.pinged:
            self.close(FAILED, "DASH_008")
        elif self.protocol.state is State.OPEN:
            self.pinged, self.chatter = True, 0
            self.protocol.send_ping(b"")
            self._flush()

    def close(self, code: int, reason: str) -> None:
        """Says goodbye; what the client does not answer is cut two seconds later."""
        if self.protocol.state is State.OPEN:
            self.protocol.send_close(code, reason)
            self._flush()
        if self.transport is not None:
            asyncio.get_running_loop().call_later(2.0, self.transport.abort)

    def _send(self, text: bytes) -> None:
        if self.protocol.state is State.OPEN:
            self.protocol.send_text(text)
            self._flush()

    def _flush(self) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        for data in self.protocol.data_to_send():
            if data:
                self.transport.write(data)
            else:
                self.transport.close()

    def _take(self, frame: Frame) -> None:
        self.pinged = False
        if frame.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
            return
        self.chatter += 1
        if self.chatter > CHATTER:
            self.close(TOO_BUSY, "too many messages")
        elif frame.opcode is not Opcode.TEXT or not frame.fin:
            self.close(NO_BINARY, "whole text messages only")
        else:
            self._understand(bytes(frame.data))

    def _understand(self, data: bytes) -> None:
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            self.tell(b'{"type": "error", "data": {"code": "bad_request", "message": "Send JSON objects."}}', "error")
            return
        self.owner.said(self, message)
