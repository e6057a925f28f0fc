"""The mail that says a report is ready: text and HTML of the same words. It holds nothing of a patient."""

from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "mail"


@dataclass(frozen=True)
class Letter:
    """What a mail says. `facts` are pairs of a term and its text; `until` is the last day of the link."""

    organization: str
    title: str
    facts: tuple[tuple[str, str], ...]
    link: str
    until: str
    note: str = ""
    attached: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    type: str
    content: bytes


def compose(letter: Letter, to: str, message_id: str, attachment: Attachment | None = None) -> EmailMessage:
    """The whole message but its sender; the same `message_id` at every try lets a mail server drop a second copy."""
    message = EmailMessage()
    message["To"] = to
    message["Subject"] = " ".join(f"{letter.title}: ready".split())
    message["Message-ID"] = f"<{message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_rendered("report.txt", letter))
    html = css_inline.CSSInliner(load_remote_stylesheets=False).inline(_rendered("report.html", letter))
    message.add_alternative(html, subtype="html")
    if attachment is not None:
        main, _, sub = attachment.type.partition(";")[0].partition("/")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return message


@cache
def _environment(escaped: bool) -> Environment:
    loader = FileSystemLoader(_TEMPLATES)
    # Only the text of a mail is not escaped: it is shown as it stands.
    return Environment(loader=loader, autoescape=escaped, undefined=StrictUndefined, trim_blocks=True)  # noqa: S701


def _rendered(template: str, letter: Letter) -> str:
    return _environment(template.endswith(".html")).get_template(template).render(letter=letter)
