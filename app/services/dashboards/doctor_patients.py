"""What a doctor's own patients need: alerts by urgency, results to review, messages to read.

A patient is the doctor's here by the record itself: the follow-up, the prescription, the result or the message names
the doctor. Each list is read over an index of what is still open, so that years of finished work cost nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.core import format
from app.core.actor import Actor
from app.core.clock import now, today
from app.core.errors import NotFound
from app.core.permissions import Permission, Role
from app.extensions import db
from app.insights import clinical
from app.insights.interactions import Interaction, interactions
from app.insights.rules import PATIENT_RULES
from app.models import Alert as Episode
from app.models import Organization
from app.models.settings import Rules, rules_of
from app.services import alerts as episodes
from app.services import audit
from app.services.dashboards.doctor_work import Item, open_items
from app.services.dashboards.patients_in_brief import Brief, briefs_of

LISTED = 20
_ORDER = {"critical": 0, "high": 1, "normal": 2}
_PRIORITY = {"medium": "normal"}  # as the page calls it; the graver ones have one name


@dataclass(frozen=True)
class Alert:
    """Something about one patient that should not wait: `rule` and `subject` name its episode, which is there once the
    rules have been checked. `overdue_days` and `medications` where the kind has them."""

    rule: str
    subject: str
    priority: str
    patient_id: UUID
    patient: str | None
    message: str
    since: date | None = None
    overdue_days: int | None = None
    medications: tuple[str, ...] = ()
    last_visit: date | None = None
    source: str | None = None
    episode: Episode | None = None

    @property
    def kind(self) -> str:
        """The `type` of the API."""
        return PATIENT_RULES[self.rule].kind


@dataclass(frozen=True)
class Pending:
    """A result that waits for review."""

    result_id: UUID
    patient_id: UUID
    patient: str | None
    name: str | None
    issued_at: datetime | None
    abnormal: bool | None


@dataclass(frozen=True)
class Unread:
    """A patient's message that nobody has read."""

    message_id: UUID
    patient_id: UUID
    patient: str | None
    subject: str | None
    sent_at: datetime | None


@dataclass(frozen=True)
class Attention:
    """All that waits for a doctor; the counts are of everything, the lists of the first rows."""

    alerts: tuple[Alert, ...]
    pending: tuple[Pending, ...]
    pending_count: int
    unread: tuple[Unread, ...]
    unread_count: int

    @property
    def patient_ids(self) -> tuple[UUID, ...]:
        """Everybody named."""
        rows: tuple[Alert | Pending | Unread, ...] = (*self.alerts, *self.pending, *self.unread)
        return tuple(dict.fromkeys(row.patient_id for row in rows))

    def with_visits(self, known: Mapping[UUID, Brief]) -> "Attention":
        """The same with the last visit of each patient of an alert."""
        alerts = (
            replace(alert, last_visit=known[alert.patient_id].last_visit) if alert.patient_id in known else alert
            for alert in self.alerts
        )
        return replace(self, alerts=tuple(alerts))


def attention_of(actor: Actor, practitioner_id: UUID) -> Attention:
    """What waits for a doctor, with each patient's last visit. Writes an audit line for each patient named and commits.
    Raises Forbidden without the right to charts, NotFound for another doctor."""
    require_own(actor, practitioner_id)
    day = today(db.session.scalars(select(Organization.zone).where(Organization.id == actor.organization_id)).one())
    found = waiting_for(actor, practitioner_id, day)
    found = found.with_visits(briefs_of(actor, found.patient_ids, day))
    audit.record_reads(actor, "doctor_patients.read", "patient", found.patient_ids)
    db.session.commit()
    return found


def require_own(actor: Actor, practitioner_id: UUID) -> None:
    """Patients of a doctor are shown to that doctor and the administration: Forbidden without the right to charts,
    NotFound for another doctor."""
    actor.require(Permission.CHART_READ)
    if actor.roles and Role.ADMIN not in actor.roles and actor.practitioner_id != practitioner_id:
        raise NotFound("There is no such practitioner.")


def waiting_for(actor: Actor, practitioner_id: UUID, day: date, rules: Rules | None = None) -> Attention:
    """The same as of a day, without last visits. Rights and audit lines are the caller's, who may know the rules."""
    rules = rules or rules_of(actor.organization_id)
    open_ = open_items(actor, practitioner_id, day + timedelta(days=rules.refill_days), LISTED)
    pending, unread = [_pending(one) for one in open_["result"]], [_unread(one) for one in open_["message"]]
    found = [
        *_interactions(open_["medication"]),
        *(_abnormal(each, rules) for each in pending if each.abnormal),
        *(_follow_up(each, day, rules) for each in open_["follow_up"]),
        *(_refill(each, day, rules) for each in open_["refill"]),
    ]
    alerts = _with_episodes(actor, sorted(filter(None, found), key=_urgency)[:LISTED])
    counts = (_count(open_["result"]), _count(open_["message"]))
    return Attention(alerts, tuple(pending), counts[0], tuple(unread), counts[1])


def _with_episodes(actor: Actor, found: list[Alert]) -> tuple[Alert, ...]:
    """Each with its episode; what somebody has resolved is answered and no longer shown."""
    known = episodes.episodes_of(actor, [(alert.rule, alert.subject) for alert in found])
    held = (replace(alert, episode=known.get((alert.rule, alert.subject))) for alert in found)
    return tuple(alert for alert in held if alert.episode is None or alert.episode.resolved_at is None)


def pending_for(actor: Actor, practitioner_id: UUID, day: date, limit: int) -> tuple[list[Pending], int]:
    """Results to review, the abnormal and the oldest first, and how many there are in all."""
    found = open_items(actor, practitioner_id, day, limit, ("result",))["result"]
    return [_pending(one) for one in found], _count(found)


def unread_for(actor: Actor, practitioner_id: UUID, day: date, limit: int) -> tuple[list[Unread], int]:
    """Messages that nobody has read, the oldest first, and how many there are in all."""
    found = open_items(actor, practitioner_id, day, limit, ("message",))["message"]
    return [_unread(one) for one in found], _count(found)


def _count(found: list[Item]) -> int:
    return found[0].total if found else 0


def _pending(one: Item) -> Pending:
    return Pending(one.id, one.patient_id, one.patient, one.title, one.at, one.abnormal)


def _unread(one: Item) -> Unread:
    return Unread(one.id, one.patient_id, one.patient, one.title, one.at)


def _urgency(alert: Alert) -> tuple[int, int]:
    return _ORDER[alert.priority], -(alert.overdue_days or 0)


def _abnormal(pending: Pending, rules: Rules) -> Alert:
    called = pending.name or "A result"
    since = None if pending.issued_at is None else pending.issued_at.date()
    message = f"{called} is out of range and not reviewed"
    severity = clinical.unseen_result(pending.issued_at, now(), rules)
    return Alert(clinical.RESULT, str(pending.result_id), severity, pending.patient_id, pending.patient, message, since)


def _follow_up(one: Item, day: date, rules: Rules) -> Alert | None:
    severity, days = clinical.late_follow_up(one.day, day, rules), _since(one, day)
    if severity is None:
        return None
    message = f"{one.title or 'Follow-up'}: overdue by {_days(days)}"
    priority = _PRIORITY.get(severity, severity)
    return Alert(clinical.FOLLOW_UP, str(one.id), priority, one.patient_id, one.patient, message, one.day, days)


def _refill(one: Item, day: date, rules: Rules) -> Alert | None:
    severity, days, called = clinical.short_supply(one.day, day, rules), _since(one, day), one.title or "Medication"
    if severity is None:
        return None
    gone = f"ran out {_days(days)} ago" if days > 0 else f"reaches to {format.date(one.day)}"
    return Alert(
        clinical.REFILL,
        str(one.id),
        _PRIORITY.get(severity, severity),
        one.patient_id,
        one.patient,
        f"{called}: the supply {gone}",
        one.day,
        max(days, 0),
        (called,),
    )


def _since(one: Item, day: date) -> int:
    return 0 if one.day is None else (day - one.day).days


def _interactions(medications: Iterable[Item]) -> Iterable[Alert]:
    """Patients for whom the doctor prescribes a substance of the table, and whatever else of it they take."""
    by_patient: dict[UUID, list[Item]] = {}
    for one in medications:
        by_patient.setdefault(one.patient_id, []).append(one)
    for taken in by_patient.values():
        for found in interactions(one.substance for one in taken):
            yield _interaction(taken[0], found)


def _interaction(one_of: Item, found: Interaction) -> Alert:
    one, other = (each.capitalize() for each in found.substances)
    message = f"{one} with {other}: {found.rule.effect[0].lower()}{found.rule.effect[1:]}"
    return Alert(
        clinical.INTERACTION,
        clinical.pair_of(one_of.patient_id, found),
        found.rule.priority,
        one_of.patient_id,
        one_of.patient,
        message,
        medications=(one, other),
        source=found.rule.source.words,
    )


def _days(days: int) -> str:
    weeks, rest = divmod(days, 7)
    if rest == 0 and weeks:
        return "1 week" if weeks == 1 else f"{weeks} weeks"
    return "1 day" if days == 1 else f"{days} days"
