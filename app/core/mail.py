"""The way out for mail: one message to one person, over the installation's mail server."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import urlsplit

from app.config import MailServer

_SECONDS = 15.0


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
        if server.security == "tls":
            with smtplib.SMTP_SSL(server.host, server.port, timeout=_SECONDS, context=_context()) as line:
                self._hand_in(line, server, message)
            return
        with smtplib.SMTP(server.host, server.port, timeout=_SECONDS) as line:
            if server.security == "starttls":
                line.starttls(context=_context())
            self._hand_in(line, server, message)

    @staticmethod
    def _hand_in(line: smtplib.SMTP, server: MailServer, message: EmailMessage) -> None:
        if server.user:
            line.login(server.user, server.password)
        line.send_message(message)


def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


postbox = Postbox()
