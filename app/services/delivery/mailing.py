"""Sends the mail of a delivery: a link that asks for a login, with the file where the schedule says so."""

from email.message import EmailMessage
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from sqlalchemy import select

from app.core import format
from app.core.errors import AppError
from app.core.mail import postbox
from app.extensions import db
from app.models import Clinic, Delivery, Organization, ReportFile, ReportRun, ReportSchedule, User
from app.models.keyring import keyring
from app.reports.mail import Attachment, Letter, compose
from app.reports.storage import storage
from app.services.background.outbox import Message, Postponed
from app.services.reports import deliveries
from app.services.reports.deliveries import Trouble
from app.services.reports.report_types import DATA, FORMATS, ending_of, label_of

NO_SERVER = "No mail server is set up. The mail waits until there is one."
LOOK_AGAIN = 300.0  # seconds
_FOR_GOOD = {521, *range(550, 560)}  # what a server says of a person or a mail; 500 to 504 tell of garbled talk
_LARGEST = 10 * 1024 * 1024  # bytes of an attachment; a larger file is reached by the link


class Undeliverable(AppError):
    """The mail server says for good that it takes no mail for this person."""

    code = "mail_refused"


def deliver(message: Message) -> None:
    """Sends one mail. Postponed without a mail server, Trouble when it is away, Undeliverable when it refuses for
    good. Nothing is written here, so that no row is locked while a slow server answers."""
    if postbox.server is None:
        raise Postponed(NO_SERVER, LOOK_AGAIN)
    delivery = deliveries.of_message(message)
    if delivery is None:
        return
    mail = _mail(delivery)
    db.session.rollback()
    hand_in(mail)


def hand_in(mail: EmailMessage) -> None:
    """Sends one mail. Trouble when the mail server is away, Undeliverable when it refuses for good."""
    try:
        postbox.send(mail)
    except SMTPRecipientsRefused as error:
        if all(code in _FOR_GOOD for code, _ in error.recipients.values()):
            raise Undeliverable("The mail server knows nobody of that address.") from None
        raise Trouble("The mail server does not take mail for this person now.", of_destination=False) from None
    except SMTPDataError as error:
        if error.smtp_code in _FOR_GOOD:
            raise Undeliverable(f"The mail server refuses the mail (code {error.smtp_code}).") from None
        raise Trouble(f"The mail server answers with code {error.smtp_code}.") from None
    except SMTPResponseException as error:  # at the door: it takes no mail from here, or is no mail server at all
        raise Trouble(f"The mail server answers with code {error.smtp_code}.") from None
    except (OSError, SMTPException) as error:
        raise Trouble(f"The mail server cannot be reached ({type(error).__name__}).") from None


def _mail(delivery: Delivery) -> EmailMessage:
    run = db.session.get_one(ReportRun, (delivery.organization_id, delivery.run_id))
    schedule = (
        db.session.get(ReportSchedule, (delivery.organization_id, delivery.schedule_id))
        if delivery.schedule_id
        else None
    )
    address = db.session.scalars(select(User.email).where(User.id == delivery.user_id)).one()
    attachment = _attachment(delivery, run) if schedule is not None and schedule.mail_as == "attachment" else None
    letter = _letter(delivery, run, schedule, attachment)
    return compose(letter, address, f"{delivery.id}@{postbox.domain}", attachment)


def _letter(
    delivery: Delivery, run: ReportRun, schedule: ReportSchedule | None, attachment: Attachment | None
) -> Letter:
    organization = db.session.get_one(Organization, run.organization_id)
    clinic = db.session.get(Clinic, (run.organization_id, run.clinic_id)) if run.clinic_id else None
    zone = clinic.zone if clinic else organization.zone
    facts = [("Period", f"{run.period_start:%Y-%m-%d} up to {run.period_end:%Y-%m-%d}")]
    if clinic is not None:
        facts.insert(0, ("Clinic", clinic.name))
    facts.append(("Figures as of", format.moment(run.as_of, zone, unknown="not stated by the sources")))
    if run.finished_at and run.finished_at.date() < run.period_end:
        facts.append(("Note", "The period is not over: the figures are those so far."))
    return Letter(
        organization=organization.name,
        title=label_of(run.kind),
        facts=tuple(facts),
        link=f"{postbox.public_url}/reports/receipts/{delivery.id}",
        until=format.date(delivery.link_until.date(), "year") if delivery.link_until else "further notice",
        note=(schedule.mail_note or "") if schedule else "",
        attached=attachment.name if attachment else "",
    )


def _attachment(delivery: Delivery, run: ReportRun) -> Attachment | None:
    """The first file that this person may read, if it is not too large for a mail."""
    query = select(ReportFile).where(
        ReportFile.organization_id == delivery.organization_id,
        ReportFile.run_id == run.id,
        ReportFile.rights == delivery.rights,
        ReportFile.format != DATA,
        ReportFile.removed_at.is_(None),
    )
    files = {file.format: file for file in db.session.scalars(query)}
    file = next((files[name] for name in run.formats if name in files), None)
    if file is None or file.bytes > _LARGEST:
        return None
    content = b"".join(storage.read(file.key, file.sha256, keyring(run.organization_id)))
    return Attachment(file_name(run, file.format), FORMATS[file.format][1], content)


def file_name(run: ReportRun, format_: str) -> str:
    """What a file is saved as; nothing of a patient, plain letters only."""
    return f"{run.kind.replace('_', '-')}-{run.period_start:%Y-%m-%d}.{ending_of(format_)}"
