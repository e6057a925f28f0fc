"""Tries to log in, as a platform admin sees them: counts, and the addresses from which too many failed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, distinct, func, select

from app.core.clock import now
from app.core.secrets import keyed_digest
from app.extensions import db
from app.models.access import LoginAttempt
from app.services.attempts import LIMIT, normal_email

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


def attempts(span: timedelta = DAY, emails: Iterable[str] | None = None) -> Attempts:
    """Counts of the last `span`: of all accounts, or of those with the addresses named."""
    where = _within(span, emails)
    query = select(LoginAttempt.outcome, func.count()).where(*where).group_by(LoginAttempt.outcome)
    found: dict[str, int] = {row.outcome: row[1] for row in db.session.execute(query)}
    return Attempts(
        successful=found.get("successful", 0),
        failed=found.get("failed", 0),
        blocked=found.get("blocked", 0),
        suspicious=len(incidents(span, emails)),
    )


def incidents(span: timedelta = DAY, emails: Iterable[str] | None = None) -> list[Incident]:
    """Addresses with too many failures in the last `span`, most first. For platform admins: they name addresses."""
    failures = func.count().filter(LoginAttempt.outcome.in_(("failed", "blocked")))
    accounts = func.count(distinct(LoginAttempt.email_digest)).filter(LoginAttempt.outcome != "successful")
    blocked = func.count().filter(LoginAttempt.outcome == "blocked")
    query = (
        select(LoginAttempt.address, failures, accounts, blocked)
        .where(*_within(span, emails))
        .group_by(LoginAttempt.address)
        .having((failures >= MANY_FAILURES) | (accounts >= MANY_ACCOUNTS))
        .order_by(failures.desc(), LoginAttempt.address)
    )
    return [_incident(*row) for row in db.session.execute(query)]


def _incident(address: str | None, failures: int, accounts: int, blocked: int) -> Incident:
    kind = "many_accounts" if accounts >= MANY_ACCOUNTS else "failed_login_attempts"
    paused = blocked or (accounts == 1 and failures >= LIMIT)
    return Incident(kind, failures, accounts, address, "temporary_block" if paused else "none")


def _within(span: timedelta, emails: Iterable[str] | None) -> list[ColumnElement[bool]]:
    where = [LoginAttempt.at >= now() - span]
    if emails is not None:
        digests = [keyed_digest("login", normal_email(email)) for email in emails]
        where.append(LoginAttempt.email_digest.in_(digests))
    return where
