"""Alert episodes: opened when a rule holds, updated while it does, closed by themselves; who may see which."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from app.core import news
from app.core.actor import Actor, system_actor
from app.core.clock import local_day, now
from app.core.news import Subject
from app.core.permissions import Permission, Role
from app.core.tenancy import tenant_scope
from app.extensions import db, store
from app.insights.episodes import Finding, Practice, Situation
from app.insights.rules import ALERT_RULES, CLINIC_RULES, PATIENT_RULES
from app.models import Alert, Clinic, Organization
from app.models.settings import rules_of
from app.rollups.refresh import restate

Key = tuple[str, UUID | None, str]

_STREAK_SECONDS = 3600
_GRAVITY = {"critical": 0, "high": 1, "medium": 2, "low": 3}
_MOST = 200  # rows of a page


def check(organization_id: UUID) -> tuple[int, int]:
    """Holds every rule against an organization; commits. Gives how many episodes opened and closed."""
    with tenant_scope(organization_id):
        moment = now()
        clinics = select(Clinic).where(Clinic.organization_id == organization_id, Clinic.status == "active")
        places = db.session.scalars(clinics).all()
        opened, closed = _settle(organization_id, _found(organization_id, places, moment), moment)
        db.session.commit()
    told(organization_id, opened + closed, places)
    return len(opened), len(closed)


def told(organization_id: UUID, changed: Sequence[Alert], clinics: Iterable[Clinic]) -> None:
    """Lets open pages ask for what changed, and sockets tell it; call it after the commit. Commits."""
    if not changed:
        return
    everywhere = any(alert.clinic_id is None for alert in changed)
    places = {clinic.id for clinic in clinics} if everywhere else {one.clinic_id for one in changed if one.clinic_id}
    restate(organization_id, places)
    news.tell(Subject.ALERTS, organization_id)


def _found(organization_id: UUID, clinics: Sequence[Clinic], moment: datetime) -> dict[Key, Finding]:
    actor, rules = system_actor(organization_id), rules_of(organization_id)
    organization = db.session.get_one(Organization, organization_id)
    found: dict[Key, Finding] = {}
    for clinic in clinics:
        situation = Situation(actor, clinic, local_day(moment, clinic.zone), rules, organization.currency)
        for rule in CLINIC_RULES.values():
            found.update({(rule.key, clinic.id, finding.subject): finding for finding in rule.check(situation)})
    practice = Practice(actor, local_day(moment, organization.zone), moment, rules)
    for one in PATIENT_RULES.values():
        found.update({(one.key, None, finding.subject): finding for finding in one.check(practice)})
    return found


def _settle(organization_id: UUID, found: Mapping[Key, Finding], moment: datetime) -> tuple[list[Alert], list[Alert]]:
    query = select(Alert).where(
        Alert.organization_id == organization_id, Alert.closed_at.is_(None), Alert.rule.in_(list(ALERT_RULES))
    )
    locked = db.session.scalars(query.with_for_update())
    standing = {(alert.rule, alert.clinic_id, alert.subject): alert for alert in locked}
    closed = [alert for key, alert in standing.items() if key not in found or _outgrown(alert, found[key])]
    for alert in closed:
        alert.closed_at = moment
        del standing[alert.rule, alert.clinic_id, alert.subject]
    db.session.flush()  # the index of open episodes lets a graver one open in the place of one that ended
    opened = []
    for key, finding in found.items():
        if key in standing:
            _show(standing[key], finding, moment)
        elif _has_lasted(organization_id, key, finding):
            opened.append(_open(organization_id, key, finding, moment))
    db.session.add_all(opened)
    return opened, closed


def _outgrown(alert: Alert, finding: Finding) -> bool:
    """Was it resolved, and is its cause graver now than it was then? What was done no longer answers it."""
    return alert.resolved_at is not None and _GRAVITY[finding.severity] < _GRAVITY[alert.severity]


def _has_lasted(organization_id: UUID, key: Key, finding: Finding) -> bool:
    """Has the rule held for as many checks in a row as it asks for? Without Redis the first one is enough."""
    if finding.patience <= 1:
        return True
    name = f"mc:streak:{organization_id.hex}:{':'.join(map(str, key))}"
    return store.count(name, _STREAK_SECONDS) >= finding.patience


def _open(organization_id: UUID, key: Key, finding: Finding, moment: datetime) -> Alert:
    alert = Alert(organization_id=organization_id, clinic_id=key[1], rule=key[0], subject=key[2], opened_at=moment)
    _show(alert, finding, moment)
    return alert


def _show(alert: Alert, finding: Finding, moment: datetime) -> None:
    """What stands there already is not written again: most checks find what the one before found."""
    shown = finding.evidence | {"words": finding.words, "recommendation": finding.recommendation}
    values = {
        "severity": finding.severity,
        "title": finding.title,
        "evidence": json.loads(json.dumps(shown, default=str)),
        "patient_id": finding.patient_id,
        "practitioner_id": finding.practitioner_id,
    }
    changed = {name: value for name, value in values.items() if getattr(alert, name) != value}
    for name, value in changed.items():
        setattr(alert, name, value)
    if changed:
        alert.seen_at = moment


def may_see(actor: Actor, alert: Alert) -> bool:
    """The same as `_visible` says of rows."""
    rule = ALERT_RULES.get(alert.rule)
    if not actor.can(Permission.DASHBOARD_CLINIC if rule is None else rule.permission):
        return False
    if alert.rule not in PATIENT_RULES:
        return alert.clinic_id is None or actor.sees_clinic(alert.clinic_id)
    if not actor.roles or Role.ADMIN in actor.roles:
        return True
    own = actor.practitioner_id is not None and alert.practitioner_id == actor.practitioner_id
    return own or (actor.user_id is not None and alert.taken_by == actor.user_id)


def _visible(actor: Actor) -> ColumnElement[bool]:
    """Alerts of the rules that the actor may see: of their own clinics, and of their own patients or given to them."""
    seen = [rule.key for rule in CLINIC_RULES.values() if actor.can(rule.permission)]
    about_clinics: ColumnElement[bool] = Alert.rule.in_(seen)
    if actor.can(Permission.DASHBOARD_CLINIC):
        about_clinics |= Alert.rule.not_in(list(ALERT_RULES))  # opened elsewhere, as for a schedule that did not run
    if actor.clinic_ids is not None:
        about_clinics &= or_(Alert.clinic_id.is_(None), Alert.clinic_id.in_(actor.clinic_ids))
    return or_(about_clinics, _visible_patients(actor))


def _visible_patients(actor: Actor) -> ColumnElement[bool]:
    rules = Alert.rule.in_([rule.key for rule in PATIENT_RULES.values() if actor.can(rule.permission)])
    if not actor.roles or Role.ADMIN in actor.roles:
        return rules
    own = and_(Alert.practitioner_id.is_not(None), Alert.practitioner_id == actor.practitioner_id)
    given = and_(Alert.taken_by.is_not(None), Alert.taken_by == actor.user_id)
    return and_(rules, or_(own, given))


def _of(actor: Actor) -> Select[Alert]:
    return select(Alert).where(Alert.organization_id == actor.organization_id, _visible(actor))


def _standing(actor: Actor) -> Select[Alert]:
    return _of(actor).where(Alert.closed_at.is_(None), Alert.resolved_at.is_(None))


def _of_place(clinic_id: UUID | None) -> ColumnElement[bool]:
    """Of a clinic and of the whole organization; of every place for None."""
    return true() if clinic_id is None else or_(Alert.clinic_id == clinic_id, Alert.clinic_id.is_(None))


def open_alerts(actor: Actor, clinic_id: UUID | None, limit: int = _MOST) -> list[Alert]:
    """The open episodes of a clinic and of the whole organization, or of all that the actor sees, gravest first, then
    longest open.

    Those about patients are not among them: see `open_patient_alerts`.
    """
    query = _standing(actor).where(Alert.patient_id.is_(None), _of_place(clinic_id))
    return _gravest(db.session.scalars(query))[:limit]


def open_count(actor: Actor, clinic_id: UUID | None) -> int:
    """How many `open_alerts` there are."""
    query = _standing(actor).where(Alert.patient_id.is_(None), _of_place(clinic_id))
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def open_patient_alerts(actor: Actor, practitioner_id: UUID | None = None, limit: int = _MOST) -> list[Alert]:
    """The open episodes about patients that the actor may see, or those of one doctor's, gravest first.

    Rows name patients by id; whoever shows a name writes the audit line.
    """
    query = _standing(actor).where(Alert.patient_id.is_not(None))
    if practitioner_id is not None:
        query = query.where(Alert.practitioner_id == practitioner_id)
    return _gravest(db.session.scalars(query.order_by(_by_gravity(), Alert.opened_at).limit(limit)))


def episodes_of(actor: Actor, keys: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Alert]:
    """The episodes about patients that stand, by rule and subject, resolved ones too."""
    subjects = {subject for _, subject in keys}
    if not subjects:
        return {}
    query = select(Alert).where(
        Alert.organization_id == actor.organization_id,
        Alert.rule.in_(list(PATIENT_RULES)),
        Alert.subject.in_(subjects),
        Alert.closed_at.is_(None),
    )
    return {(alert.rule, alert.subject): alert for alert in db.session.scalars(query)}


def ended_alerts(actor: Actor, clinic_id: UUID | None, days: int) -> list[Alert]:
    """The episodes of a clinic and of the whole organization, or of all that the actor sees, that ended in the last
    days, newest first, at most 50: resolved by a person, or closed by themselves."""
    return _ended(_of(actor).where(Alert.patient_id.is_(None), _of_place(clinic_id)), days)


def ended_patient_alerts(actor: Actor, days: int) -> list[Alert]:
    """The episodes about patients that the actor may see and that ended in the last days, as `ended_alerts`."""
    return _ended(_of(actor).where(Alert.patient_id.is_not(None)), days)


def _ended(query: Select[Alert], days: int) -> list[Alert]:
    ended = func.coalesce(Alert.resolved_at, Alert.closed_at)
    found = query.where(ended >= now() - timedelta(days=days)).order_by(ended.desc()).limit(50)
    return list(db.session.scalars(found))


def ended_at(alert: Alert) -> datetime | None:
    """When an episode ended: resolved, or else closed by itself; None while it is open."""
    return alert.resolved_at or alert.closed_at


def _by_gravity() -> ColumnElement[int]:
    return func.array_position(list(_GRAVITY), Alert.severity)


def _gravest(found: Iterable[Alert]) -> list[Alert]:
    return sorted(found, key=lambda alert: (_GRAVITY[alert.severity], alert.opened_at))
