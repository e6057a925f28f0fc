"""The way out for mail: one message to one person, over the installation's mail server."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from app.config import MailServer
from app.core.deadline import Deadline

_SECONDS, _AT_ALL = 15.0, 45.0  # of waiting for one answer, and of one mail from the first word to the last


class Postbox:
    """`use` is called once when a process is bound to its installation; without a server, mail cannot be sent."""

    def __init__(self) -> None:
        self.server: MailServer | None = None
        self.public_url = ""

    def use(self, server: MailServer | None, public_url: str) -> None:
        """Sends through a server; links in mails lead to `public_url`."""
        self.server, self.public_url = server, public_url

    @property
    def domain(self) -> str:
        """What stands behind the @ of a message's id."""
        return urlsplit(self.public_url).hostname or "localhost"

    def send(self, message: EmailMessage) -> None:
        """Hands a message in; raises OSError or SMTPException, and LookupError without a server."""
        server = self.server
        if server is None:
            raise LookupError("no mail server is set up")
        del message["From"]
        message["From"] = server.sender
        with _line(server) as line:
            if server.user:
                line.login(server.user, server.password)
            line.send_message(message)


class _Bounded:
    """Connects with a deadline for all that follows; mixed into both kinds of line."""

    sock: socket.socket | None
    deadline: Deadline

    def connect(self, *where: Any) -> Any:
        self.deadline = Deadline(self, _AT_ALL)
        return super().connect(*where)  # type: ignore[misc]

    def close(self) -> None:
        self.deadline.end()
        super().close()  # type: ignore[misc]


class _Plain(_Bounded, smtplib.SMTP):
    pass


class _Tls(_Bounded, smtplib.SMTP_SSL):
    pass


@contextmanager
def _line(server: MailServer) -> Iterator[smtplib.SMTP]:
    if server.security == "tls":
        line: smtplib.SMTP = _Tls(server.host, server.port, timeout=_SECONDS, context=_context())
    else:
        line = _Plain(server.host, server.port, timeout=_SECONDS)
    with line:
        if server.security == "starttls":
            line.starttls(context=_context())
        yield line


def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


postbox = Postbox()
