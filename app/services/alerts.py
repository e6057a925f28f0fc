"""Alert episodes: opened when a rule holds, updated while it does, closed by themselves; taken by a person."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.core import news
from app.core.actor import Actor, system_actor
from app.core.clock import local_day, now
from app.core.errors import NotFound
from app.core.news import Subject
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db, store
from app.insights.episodes import Finding, Situation
from app.insights.rules import ALERT_RULES
from app.models import Alert, Clinic
from app.models.settings import rules_of
from app.services import audit

_STREAK_SECONDS = 3600


def check(organization_id: UUID) -> tuple[int, int]:
    """Holds every rule against every clinic of an organization; commits. Gives how many opened and closed."""
    with tenant_scope(organization_id):
        actor = system_actor(organization_id)
        rules, moment = rules_of(organization_id), now()
        clinics = select(Clinic).where(Clinic.organization_id == organization_id, Clinic.status == "active")
        found: dict[tuple[str, UUID, str], Finding] = {}
        for clinic in db.session.scalars(clinics).all():
            situation = Situation(actor, clinic, local_day(moment, clinic.zone), rules)
            for rule in ALERT_RULES.values():
                found.update({(rule.key, clinic.id, finding.subject): finding for finding in rule.check(situation)})
        changes = _settle(organization_id, found, moment)
        db.session.commit()
    if any(changes):
        news.tell(Subject.ALERTS, organization_id)
    return changes


def _settle(organization_id: UUID, found: dict[tuple[str, UUID, str], Finding], moment: datetime) -> tuple[int, int]:
    query = select(Alert).where(
        Alert.organization_id == organization_id, Alert.closed_at.is_(None), Alert.rule.in_(list(ALERT_RULES))
    )
    locked = db.session.scalars(query.with_for_update())
    standing = {(alert.rule, alert.clinic_id, alert.subject): alert for alert in locked}
    closed = [alert for key, alert in standing.items() if key not in found]
    for alert in closed:
        alert.closed_at = moment
    opened = 0
    for key, finding in found.items():
        if key in standing:
            _show(standing[key], finding, moment)
        elif _streak(organization_id, key) >= finding.patience:
            db.session.add(_open(organization_id, key, finding, moment))
            opened += 1
    return opened, len(closed)


def _streak(organization_id: UUID, key: tuple[str, UUID, str]) -> int:
    """How many checks in a row a rule has held; without Redis the first one counts as enough."""
    return store.count(f"mc:streak:{organization_id.hex}:{':'.join(map(str, key))}", _STREAK_SECONDS)


def _open(organization_id: UUID, key: tuple[str, UUID, str], finding: Finding, moment: datetime) -> Alert:
    alert = Alert(organization_id=organization_id, clinic_id=key[1], rule=key[0], subject=key[2], opened_at=moment)
    _show(alert, finding, moment)
    return alert


def _show(alert: Alert, finding: Finding, moment: datetime) -> None:
    alert.severity, alert.title, alert.seen_at = finding.severity, finding.title, moment
    shown = finding.evidence | {"words": finding.words, "recommendation": finding.recommendation}
    alert.evidence = json.loads(json.dumps(shown, default=str))


def open_alerts(actor: Actor, clinic_id: UUID | None, limit: int = 20) -> list[Alert]:
    """The open episodes of a clinic, or of all that the actor sees, gravest first, then longest open."""
    gravity = {"critical": 0, "high": 1, "medium": 2, "low": 3}
    query = select(Alert).where(Alert.organization_id == actor.organization_id, Alert.closed_at.is_(None))
    if clinic_id is not None:
        query = query.where(Alert.clinic_id == clinic_id)
    elif actor.clinic_ids is not None:
        query = query.where(Alert.clinic_id.in_(actor.clinic_ids))
    found = sorted(db.session.scalars(query), key=lambda alert: (gravity[alert.severity], alert.opened_at))
    return found[:limit]


def closed_alerts(actor: Actor, clinic_id: UUID, days: int) -> list[Alert]:
    """The episodes of a clinic that ended in the last days, newest first, at most 50."""
    query = (
        select(Alert)
        .where(
            Alert.organization_id == actor.organization_id,
            Alert.clinic_id == clinic_id,
            Alert.closed_at >= now() - timedelta(days=days),
        )
        .order_by(Alert.closed_at.desc())
        .limit(50)
    )
    return list(db.session.scalars(query))


def take(actor: Actor, alert_id: UUID) -> Alert:
    """Notes that the actor looks after an episode; commits."""
    actor.require(Permission.WORKLIST_WRITE)
    alert = db.session.get(Alert, (actor.organization_id, alert_id))
    if alert is None or (alert.clinic_id is not None and not actor.sees_clinic(alert.clinic_id)):
        raise NotFound("There is no such alert.")
    alert.taken_by, alert.taken_name, alert.taken_at = actor.user_id, actor.name, now()
    audit.record(actor, "alert.take", "alert", alert.id)
    db.session.commit()
    news.tell(Subject.ALERTS, actor.organization_id)
    return alert
