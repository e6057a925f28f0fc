"""Deliveries: to whom a finished report goes and by which way, how each is getting on, and who is told of trouble."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select, update

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Conflict, NotFound
from app.core.ids import new_id
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models import Delivery, ReportRun, ReportSchedule, Webhook
from app.services import audit
from app.services.background import outbox
from app.services.background.outbox import Message
from app.services.readers import actors_of, holders_of

NO_RIGHT = "They have no right to this report."


class Trouble(Exception):
    """A delivery that failed for now; the text may be shown. `of_destination`: of any to the same one."""

    def __init__(self, reason: str, of_destination: bool = True) -> None:
        super().__init__(reason)
        self.of_destination = of_destination


@dataclass(frozen=True)
class Recipient:
    """Somebody or something that gets a report by one channel; `actor` is None where the right is gone."""

    channel: str
    name: str
    actor: Actor | None
    user_id: UUID | None = None
    webhook_id: UUID | None = None
    attached: bool = False

    def key(self, run_id: UUID) -> str:
        """The stable key under which it is sent: the same at every try."""
        end = "" if self.channel == "notice" else f":{self.channel}"
        return f"{run_id}:{self.webhook_id or self.user_id}{end}"

    @property
    def lane(self) -> str:
        """The destination, for the outbox. A mail with a file needs the store of files, the others do not."""
        if self.webhook_id:
            return f"webhook:{self.webhook_id}"
        return "mail:attachment" if self.channel == "mail" and self.attached else ""


def recipients_of(run: ReportRun, schedule: ReportSchedule | None) -> list[Recipient]:
    """Who gets a run: the one who asked by a notice; of a schedule, the people, roles and webhooks it names, each with
    the rights they have now."""
    if schedule is None:
        if run.requested_by is None:
            return []
        own = actors_of(run.organization_id, [run.requested_by]).get(run.requested_by)
        return [Recipient("notice", run.requested_name, own, user_id=run.requested_by)]
    people: dict[UUID, Actor | None] = dict.fromkeys(schedule.user_ids)
    people |= actors_of(run.organization_id, schedule.user_ids)
    people |= holders_of(run.organization_id, schedule.roles)
    attached = schedule.mail_as == "attachment"
    found = [
        Recipient(channel, actor.name if actor else "Somebody who left", actor, user_id=user_id, attached=attached)
        for user_id, actor in people.items()
        for channel in schedule.channels
    ]
    return found + _webhooks(run.organization_id, schedule.webhook_ids)


def _webhooks(organization_id: UUID, webhook_ids: Sequence[UUID]) -> list[Recipient]:
    """A webhook gets what its owner may see."""
    query = select(Webhook).where(
        Webhook.organization_id == organization_id, Webhook.id.in_(webhook_ids), Webhook.deleted_at.is_(None)
    )
    hooks = db.session.scalars(query).all()
    owners = actors_of(organization_id, [hook.owner_id for hook in hooks if hook.owner_id])
    return [
        Recipient("webhook", hook.name, owners.get(hook.owner_id) if hook.owner_id else None, webhook_id=hook.id)
        for hook in hooks
    ]


def send(run: ReportRun, schedule: ReportSchedule | None, recipients: Iterable[Recipient], rights: set[str]) -> None:
    """Writes a delivery for each recipient and puts it into the outbox, in the caller's transaction. Who has no file
    among those made (`rights`) gets nothing, and the owner is told."""
    refused = False
    for recipient in recipients:
        key, actor = recipient.key(run.id), recipient.actor
        granted = actor is not None and actor.scope_key in rights
        days = timedelta(days=schedule.link_days if schedule else 14)
        delivery = Delivery(
            organization_id=run.organization_id,
            id=new_id(),
            run_id=run.id,
            schedule_id=schedule.id if schedule else None,
            channel=recipient.channel,
            user_id=recipient.user_id,
            webhook_id=recipient.webhook_id,
            name=recipient.name,
            rights=actor.scope_key if actor and granted else None,
            state="waiting" if granted else "refused",
            reason=None if granted else NO_RIGHT,
            attempts=0,
            message_key=key,
            created_at=now(),
            link_until=now() + days,
        )
        db.session.add(delivery)
        if granted:
            _put(delivery, recipient.lane)
        refused = refused or not granted
    if refused:
        tell(run, "report.refused", [run.requested_by])


def _put(delivery: Delivery, lane: str) -> None:
    payload = {"delivery": str(delivery.id)}
    if delivery.channel == "notice":
        payload |= {"user": str(delivery.user_id), "kind": "report.completed", "subject": str(delivery.run_id)}
    kind = "notification" if delivery.channel == "notice" else delivery.channel
    outbox.put(kind, delivery.message_key, delivery.organization_id, payload, lane)


def tell(run: ReportRun, kind: str, user_ids: Iterable[UUID | None]) -> None:
    """A notice about a run to each person, once, in the caller's transaction."""
    for user_id in {each for each in user_ids if each is not None}:
        payload = {"user": str(user_id), "kind": kind, "subject": str(run.id)}
        outbox.put("notification", f"{run.id}:{user_id}:{kind}", run.organization_id, payload)


def responsible(run: ReportRun) -> list[UUID | None]:
    """Who is told of trouble: whoever asked for the report, and the administrators."""
    return [run.requested_by, *holders_of(run.organization_id, [Role.ADMIN.value])]


def of_message(message: Message) -> Delivery | None:
    """The delivery that a message is for; None for one that is only a notice."""
    if "delivery" not in message.payload:
        return None
    return db.session.get(Delivery, (message.organization_id, UUID(message.payload["delivery"])))


def sent(message: Message) -> None:
    """Notes that a delivery has left, in the caller's transaction."""
    _settle(message, state="sent", reason=None, sent_at=now())


def waits(message: Message, reason: str) -> None:
    """Notes why a delivery has not left yet, in the caller's transaction."""
    _settle(message, state="waiting", reason=reason)


def failed(message: Message, reason: str) -> None:
    """Notes that a delivery came to nothing and tells owner and administrators, in the caller's transaction."""
    delivery = of_message(message)
    if delivery is None:
        return
    _settle(message, state="failed", reason=reason)
    run = db.session.get_one(ReportRun, (delivery.organization_id, delivery.run_id))
    tell(run, "report.undelivered", responsible(run))


def _settle(message: Message, **values: object) -> None:
    if "delivery" not in message.payload:
        return
    own = (Delivery.organization_id == message.organization_id, Delivery.id == UUID(message.payload["delivery"]))
    # Somebody may have opened the report in the product before the mail about it left.
    change = update(Delivery).where(*own, Delivery.state != "opened").values(**values, attempts=message.attempt)
    db.session.execute(change.execution_options(synchronize_session=False))


def opened(actor: Actor, run_id: UUID) -> None:
    """Notes, in the caller's transaction, that a person has opened what was delivered to them."""
    theirs = (
        Delivery.organization_id == actor.organization_id,
        Delivery.run_id == run_id,
        Delivery.user_id == actor.user_id,
        Delivery.state.in_(("waiting", "sent")),
    )
    change = update(Delivery).where(*theirs).values(state="opened", opened_at=now())
    db.session.execute(change.execution_options(synchronize_session=False))


def delivery_for(actor: Actor, delivery_id: UUID) -> Delivery:
    """A delivery to the actor, or one of a report that they answer for; raises NotFound."""
    actor.require(Permission.REPORTS_READ)
    query = _visible(actor).where(Delivery.id == delivery_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such delivery.")
    return found


def list_deliveries(
    actor: Actor, state: str = "", schedule_id: UUID | None = None, limit: int = 100
) -> Sequence[Delivery]:
    """The latest deliveries to the actor or of reports that they answer for, newest first."""
    query = _visible(actor)
    if state:
        query = query.where(Delivery.state == state)
    if schedule_id is not None:
        query = query.where(Delivery.schedule_id == schedule_id)
    return db.session.scalars(query.order_by(Delivery.created_at.desc()).limit(limit)).all()


def of_run(organization_id: UUID, run_id: UUID) -> Sequence[Delivery]:
    """Every delivery of a run."""
    query = select(Delivery).where(Delivery.organization_id == organization_id, Delivery.run_id == run_id)
    return db.session.scalars(query.order_by(Delivery.name, Delivery.channel)).all()


def runs_of(deliveries: Iterable[Delivery]) -> Mapping[UUID, ReportRun]:
    """The runs of some deliveries, by id."""
    wanted = list({(delivery.organization_id, delivery.run_id) for delivery in deliveries})
    if not wanted:
        return {}
    query = select(ReportRun).where(
        ReportRun.organization_id == wanted[0][0], ReportRun.id.in_([run_id for _, run_id in wanted])
    )
    return {run.id: run for run in db.session.scalars(query)}


def send_again(actor: Actor, delivery_id: UUID) -> Delivery:
    """Sends a delivery once more under the same key; commits. Conflict while it waits anyway, or was refused."""
    actor.require(Permission.REPORTS_RUN)
    delivery = delivery_for(actor, delivery_id)
    if not outbox.send_again(delivery.message_key):
        raise Conflict("This delivery is on its way already, or was refused.")
    delivery.state, delivery.reason = "waiting", None
    audit.record(actor, "delivery.again", "delivery", delivery.id, channel=delivery.channel)
    db.session.commit()
    return delivery


def _visible(actor: Actor) -> Select[Delivery]:
    query = select(Delivery).where(Delivery.organization_id == actor.organization_id)
    if Role.ADMIN in actor.roles:
        return query
    asked = select(ReportRun.id).where(
        ReportRun.organization_id == actor.organization_id, ReportRun.requested_by == actor.user_id
    )
    return query.where(or_(Delivery.user_id == actor.user_id, Delivery.run_id.in_(asked)))
