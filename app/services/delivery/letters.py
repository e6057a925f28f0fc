"""Mails about an account: an invitation, or the reset of a password. A link and nothing else of the person."""

from email.message import EmailMessage
from uuid import UUID

from app.core import format
from app.core.mail import postbox
from app.extensions import db
from app.models import AccountLink, Organization, User
from app.services.background.outbox import Message, Postponed
from app.services.delivery.mailing import LOOK_AGAIN, NO_SERVER, hand_in
from app.services.identity import account_links

_RESET = """Somebody, you we hope, asked for a new password for your account at {place}.

Choose it here, until {until}:
{link}

If it was not you, leave this mail: nothing has changed.
"""
_INVITATION = """{organization} has made an account for you at {place}.

Choose your password here, until {until}:
{link}

After that you log in with this mail's address.
"""


def deliver(message: Message) -> None:
    """Sends one mail. Postponed without a mail server, Trouble and Undeliverable as other mail."""
    if postbox.server is None:
        raise Postponed(NO_SERVER, LOOK_AGAIN)
    link = _link_of(message)
    if link is None or link.used_at is not None:
        return
    mail = _mail(link)
    db.session.rollback()  # no row is locked while a slow server answers
    hand_in(mail)


def _link_of(message: Message) -> AccountLink | None:
    if "attempt" in message.payload:
        return account_links.for_reset(UUID(message.payload["attempt"]))
    return db.session.get(AccountLink, UUID(message.payload["link"]))


def _mail(link: AccountLink) -> EmailMessage:
    user = db.session.get_one(User, link.user_id)
    organization = db.session.get(Organization, link.organization_id) if link.organization_id else None
    words = {
        "place": postbox.public_url,
        "until": format.moment(link.expires_at),
        "link": f"{postbox.public_url}/login/link/{account_links.token_of(link.id)}",
        "organization": organization.name if organization else "",
    }
    mail = EmailMessage()
    mail["To"] = user.email
    mail["Subject"] = "Your account at MediConnect" if link.kind == "invitation" else "A new password for MediConnect"
    mail["Message-ID"] = f"<{link.id}@{postbox.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content((_INVITATION if link.kind == "invitation" else _RESET).format(**words))
    return mail
