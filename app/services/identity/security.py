"""Tries to log in, as a platform admin sees them: counts, and the addresses from which too many failed."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import distinct, func, select, tuple_

from app.core.clock import now
from app.extensions import db
from app.models.access import LoginAttempt
from app.models.organizations import Membership
from app.services.identity.attempts import LIMIT

DAY = timedelta(hours=24)
MANY_FAILURES = 5  # of one address in a day
MANY_ACCOUNTS = 3  # that one address failed at


@dataclass(frozen=True)
class Attempts:
    """Tries in a span of time; `suspicious`: addresses with too many failures."""

    successful: int
    failed: int
    blocked: int
    suspicious: int


@dataclass(frozen=True)
class Incident:
    """Failures from one address: how many, at how many accounts, and what was done."""

    kind: str  # failed_login_attempts, many_accounts
    count: int
    accounts: int
    address: str | None
    action: str  # temporary_block, none


@dataclass(frozen=True)
class Tried:
    """The tries of a span and what is suspicious among them, most failures first."""

    attempts: Attempts
    incidents: tuple[Incident, ...]


def tried(span: timedelta = DAY, organization_id: UUID | None = None) -> Tried:
    """The tries of the last `span` at all accounts, or at those of an organization's people; in one statement.

    Its incidents name addresses: those are for platform admins.
    """
    successful, failed, blocked = (
        func.count().filter(LoginAttempt.outcome.in_(outcomes))
        for outcomes in (("successful", "federated"), ("failed",), ("blocked",))
    )
    open_ended = LoginAttempt.outcome.in_(("failed", "blocked", "half"))
    accounts = func.count(distinct(LoginAttempt.email_digest)).filter(open_ended)
    whole = func.grouping(LoginAttempt.address) == 1
    where = [LoginAttempt.at >= now() - span]
    if organization_id is not None:
        people = select(Membership.user_id).where(Membership.organization_id == organization_id)
        where.append(LoginAttempt.user_id.in_(people))
    query = (
        select(whole.label("whole"), LoginAttempt.address, successful, failed, blocked, accounts)
        .where(*where)
        .group_by(func.grouping_sets(tuple_(), LoginAttempt.address))
        .having(whole | (failed + blocked >= MANY_FAILURES) | (accounts >= MANY_ACCOUNTS))
        .order_by(whole.desc(), (failed + blocked).desc(), LoginAttempt.address)
    )
    (_, _, good, bad, stopped, _), *rows = db.session.execute(query).all()
    incidents = tuple(_incident(row.address, *row[3:]) for row in rows)
    return Tried(Attempts(good, bad, stopped, len(incidents)), incidents)


def _incident(address: str | None, failed: int, blocked: int, accounts: int) -> Incident:
    kind = "many_accounts" if accounts >= MANY_ACCOUNTS else "failed_login_attempts"
    paused = blocked or (accounts == 1 and failed >= LIMIT)
    return Incident(kind, failed + blocked, accounts, address, "temporary_block" if paused else "none")
