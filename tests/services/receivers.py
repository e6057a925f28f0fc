"""Servers that get what the product sends: a webhook's other side that checks signatures, and a mail server."""

import base64
import hmac
import json
import threading
import time
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller


class Hook(ThreadingHTTPServer):
    """Keeps each message by its id, as a receiver does, and refuses what is not signed with its secret."""

    def __init__(self, wait: float = 0, status: int = 204, noise: bytes = b"") -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.secret, self.wait, self.status, self.noise = "", wait, status, noise
        self.messages: dict[str, dict] = {}
        self.arrivals: list[float] = []  # of what it kept, in seconds
        self.calls, self.forged = 0, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Call(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hook: Hook = self.server
        hook.calls += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(hook.wait)
        if hook.noise:
            self.wfile.write(hook.noise)
            return
        if not self._is_signed(hook.secret, body):
            hook.forged += 1
            self.send_response(401)
        else:
            if 200 <= hook.status < 300:
                hook.messages[self.headers["webhook-id"]] = json.loads(body)
                hook.arrivals.append(time.monotonic())
            self.send_response(hook.status)
        self.end_headers()

    def _is_signed(self, secret: str, body: bytes) -> bool:
        """As the specification of Standard Webhooks says, written without a look at the sender."""
        stamp = self.headers["webhook-timestamp"]
        content = self.headers["webhook-id"] + "." + stamp + "." + body.decode()
        digest = hmac.new(base64.b64decode(secret.split("_", 1)[1]), content.encode(), sha256).digest()
        wanted = "v1," + base64.b64encode(digest).decode()
        return wanted in self.headers["webhook-signature"].split() and abs(time.time() - int(stamp)) < 300

    def log_message(self, *_arguments: object) -> None:
        pass


class MailBox:
    """A mail server's inside: keeps messages, or answers every recipient with a code, and `full` mailboxes with 452."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.arrivals: list[float] = []  # in seconds
        self.answer = "250 OK"
        self.full: set[str] = set()

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        if address in self.full:
            return "452 Mailbox full"
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _server, _session, envelope) -> str:
        self.mails.append(message_from_bytes(envelope.content))
        self.arrivals.append(time.monotonic())
        return "250 OK"


class MailServer(Controller):
    """Listens on a free port of this machine."""

    def __init__(self) -> None:
        self.box = MailBox()
        super().__init__(self.box, hostname="127.0.0.1", port=0)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
