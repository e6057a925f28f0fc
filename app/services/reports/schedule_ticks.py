"""The clock of schedules: turns each due moment into one run, whatever schedulers there are, and watches that it does.

One transaction takes a schedule off the clock, notes the moment under a unique key, writes the run with its job, and
winds the clock. A scheduler that dies before the commit has done nothing; one that comes second finds the row locked.
"""

import logging
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError

from app.core.actor import system_actor
from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Alert, Organization, Report, ReportRun, ReportSchedule, ScheduleClock, ScheduleDue
from app.services import audit
from app.services.background import outbox
from app.services.readers import holders_of
from app.services.reports import schedule_search
from app.services.reports.schedule_runs import NotRunnable, start_run

GRACE = timedelta(minutes=5)  # so late is a schedule that nobody runs
ALERT_RULE = "schedule_missed"
_DOWNTIME = timedelta(minutes=10)  # what is due longer than this was missed, not late
_MOST = 500  # missed moments of one schedule that are looked at

log = logging.getLogger(__name__)


def tick() -> bool:
    """Serves one schedule that is due; True when there was one. Commits."""
    query = select(ScheduleClock).where(ScheduleClock.due_at <= now()).order_by(ScheduleClock.due_at).limit(1)
    clock = db.session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
    if clock is None:
        db.session.rollback()
        return False
    schedule_id, organization_id, due_at = clock.id, clock.organization_id, clock.due_at
    with tenant_scope(organization_id):
        try:
            _serve(organization_id, schedule_id, due_at, now())
        except (OperationalError, InterfaceError):  # the database is away: the same moment is served when it is back
            raise
        except Exception as error:  # whatever is wrong with one schedule, the others are served
            db.session.rollback()
            log.error("schedule %s cannot be served: %s", schedule_id, type(error).__name__)
            _stop(organization_id, schedule_id, due_at)
        db.session.commit()
    return True


def _stop(organization_id: UUID, schedule_id: UUID, due_at: datetime) -> None:
    """Pauses a schedule whose next moment cannot even be reckoned."""
    schedule = db.session.get_one(ReportSchedule, (organization_id, schedule_id))
    schedule.state, schedule.updated_at = "paused", now()
    db.session.delete(db.session.get_one(ScheduleClock, schedule_id))
    _tell(schedule, due_at, "schedule.refused")
    audit.record(system_actor(organization_id), "schedule.paused", "schedule", schedule_id, outcome="failed")


def _serve(organization_id: UUID, schedule_id: UUID, due_at: datetime, at: datetime) -> None:
    schedule = db.session.get(ReportSchedule, (organization_id, schedule_id))
    clock = db.session.get_one(ScheduleClock, schedule_id)
    if schedule is None or schedule.state != "active":
        db.session.delete(clock)
        return
    rule = schedule_search.rule_of(schedule)
    moments = [due_at, *takewhile(lambda moment: moment <= at, rule.next_instants(due_at, _MOST))]
    skipped = [moment for moment in moments if not _wanted(schedule, moment, moments[-1], at)]
    for moment in moments:
        _note(schedule, moment, moment not in skipped)
    if skipped:
        _tell(schedule, skipped[-1], "schedule.skipped")
    clock.due_at = rule.next_after(max(at, moments[-1]))


def _wanted(schedule: ReportSchedule, moment: datetime, latest: datetime, at: datetime) -> bool:
    """Is a due moment made good? One that is only late is; for one that was missed the schedule's policy says."""
    if at - moment <= _DOWNTIME or schedule.missed == "each":
        return True
    return schedule.missed == "once" and moment == latest


def _note(schedule: ReportSchedule, moment: datetime, wanted: bool) -> None:
    """Writes down a due moment, once, and starts its run."""
    organization_id = schedule.organization_id
    statement = insert(ScheduleDue).values(
        organization_id=organization_id,
        id=new_id(),
        schedule_id=schedule.id,
        due_at=moment,
        outcome="skipped",
        reason="Missed while nothing ran.",
        noted_at=now(),
    )
    keys = [ScheduleDue.organization_id, ScheduleDue.schedule_id, ScheduleDue.due_at]
    noted = db.session.scalars(statement.on_conflict_do_nothing(index_elements=keys).returning(ScheduleDue.id))
    due_id = noted.one_or_none()
    if due_id is None or not wanted:
        return
    due = db.session.get_one(ScheduleDue, (organization_id, due_id))
    try:
        with db.session.begin_nested():
            due.run_id, due.outcome, due.reason = start_run(schedule, moment).id, "run", None
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        due.outcome = "refused"
        due.reason = (
            error.message if isinstance(error, NotRunnable) else f"Stopped by an error ({type(error).__name__})."
        )
        _tell(schedule, moment, "schedule.refused")
        audit.record(system_actor(organization_id), "schedule.refuse", "schedule", schedule.id, outcome="failed")


def _tell(schedule: ReportSchedule, moment: datetime, kind: str) -> None:
    """A notice to owner and administrators, once for each moment."""
    people = {schedule.owner_id, *holders_of(schedule.organization_id, [Role.ADMIN.value])} - {None}
    for user_id in people:
        payload = {"user": str(user_id), "kind": kind, "subject": str(schedule.id)}
        key = f"{kind}:{schedule.id}:{moment.timestamp():.0f}:{user_id}"
        outbox.put("notification", key, schedule.organization_id, payload)


def watch() -> None:
    """Opens an alert for every schedule that should have run and did not, because no scheduler served it or no worker
    made its report, and closes those that are served again."""
    late = select(ScheduleClock).where(ScheduleClock.due_at < now() - GRACE).order_by(ScheduleClock.due_at)
    found: dict[UUID, dict[UUID, datetime]] = {}
    for clock in db.session.scalars(late).all():
        found.setdefault(clock.organization_id, {})[clock.id] = clock.due_at
    organizations = db.session.scalars(select(Organization.id).order_by(Organization.id)).all()
    db.session.rollback()
    for organization_id in organizations:
        with tenant_scope(organization_id):
            _settle(organization_id, found.get(organization_id, {}))
            db.session.commit()


def _unmade(organization_id: UUID) -> dict[UUID, datetime]:
    """Schedules whose run waits, with the earliest moment of those."""
    query = (
        select(ReportRun.schedule_id, func.min(ReportRun.due_at))
        .where(
            ReportRun.organization_id == organization_id,
            ReportRun.state == "pending",
            ReportRun.due_at < now() - GRACE,
            ReportRun.schedule_id.is_not(None),
        )
        .group_by(ReportRun.schedule_id)
    )
    return {schedule_id: due_at for schedule_id, due_at in db.session.execute(query) if schedule_id and due_at}


def _settle(organization_id: UUID, unserved: dict[UUID, datetime]) -> None:
    at, late = now(), _unmade(organization_id) | unserved
    query = select(Alert).where(
        Alert.organization_id == organization_id, Alert.rule == ALERT_RULE, Alert.closed_at.is_(None)
    )
    standing = {alert.subject: alert for alert in db.session.scalars(query.with_for_update(skip_locked=True))}
    for subject, alert in standing.items():
        alert.seen_at = at
        if UUID(subject) not in late:
            alert.closed_at = at
    for schedule_id, due_at in late.items():
        if str(schedule_id) not in standing:
            _open(organization_id, schedule_id, due_at, at)


def _open(organization_id: UUID, schedule_id: UUID, due_at: datetime, at: datetime) -> None:
    schedule = db.session.get(ReportSchedule, (organization_id, schedule_id))
    if schedule is None or schedule.state != "active":
        return
    report = db.session.get_one(Report, (organization_id, schedule.report_id))
    words = f"It was due {due_at:%Y-%m-%d %H:%M} UTC and has not been made."
    statement = insert(Alert).values(
        organization_id=organization_id,
        id=new_id(),
        clinic_id=report.clinic_id,
        rule=ALERT_RULE,
        subject=str(schedule_id),
        severity="high",
        title=f"A scheduled report did not run: {schedule.name}",
        evidence={"words": words, "recommendation": "See that the scheduler and the workers run."},
        opened_at=at,
        seen_at=at,
    )
    db.session.execute(statement.on_conflict_do_nothing())
    _tell(schedule, due_at, "schedule.missed")
