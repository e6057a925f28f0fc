"""Alert rules about the installation itself: declared limits on what it measures of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.registry import registry

ERROR_RATE = 0.01
SLOW_MS = 1000.0
STORAGE_WARN, STORAGE_FULL = 0.8, 0.92
SLOW_DATABASE = 5.0  # times its own mean of a week
QUEUE_DEPTH = 200
REFRESH_LAG = 120  # seconds
BACKUP_AGE = timedelta(hours=36)
FEWEST_REQUESTS = 50  # a share of fewer says nothing


@dataclass(frozen=True)
class Vitals:
    """What is known of the installation at an instant; None where it was not measured.

    Times in ms, sizes in bytes, shares as fractions. Requests and errors are those of the last quarter of an hour.
    """

    at: datetime
    web_up: bool | None = None
    requests: int = 0
    errors: int = 0
    p95_ms: float | None = None
    database_ms: float | None = None
    database_usual_ms: float | None = None
    storage_share: float | None = None
    queue_depth: int | None = None
    refresh_lag_seconds: int | None = None
    backed_up_at: datetime | None = None
    backup_failed: bool = False
    backup_verified: bool | None = None  # has the newest one been restored on trial?
    suspicious_addresses: int = 0


@dataclass(frozen=True)
class SystemFinding:
    """A rule holds for the installation."""

    severity: str  # low, medium, high, critical
    message: str
    recommendation: str


@dataclass(frozen=True)
class SystemRule:
    """A declared rule about the installation; `kind` is the `type` of the API."""

    key: str
    kind: str  # performance, capacity, availability, security, backup
    check: Callable[[Vitals], SystemFinding | None]


def web_away(vitals: Vitals) -> SystemFinding | None:
    """The web server does not answer."""
    if vitals.web_up is not False:
        return None
    return SystemFinding("critical", "The web server does not answer", "See the log of the web process.")


def many_errors(vitals: Vitals) -> SystemFinding | None:
    """Too many requests ended in an error of ours."""
    if vitals.requests < FEWEST_REQUESTS or vitals.errors / vitals.requests <= ERROR_RATE:
        return None
    share = vitals.errors / vitals.requests
    message = f"{share:.1%} of {vitals.requests} requests failed in 15 minutes"
    return SystemFinding("high", message, "See the log of the web process for the errors.")


def slow_answers(vitals: Vitals) -> SystemFinding | None:
    """One in twenty requests takes longer than the limit."""
    if vitals.requests < FEWEST_REQUESTS or vitals.p95_ms is None or vitals.p95_ms <= SLOW_MS:
        return None
    message = f"95th percentile of response times is {vitals.p95_ms:.0f} ms, limit {SLOW_MS:.0f} ms"
    return SystemFinding("medium", message, "See which area is slow; add web workers when all of them are.")


def slow_database(vitals: Vitals) -> SystemFinding | None:
    """The database answers much slower than it usually does."""
    if vitals.database_ms is None or not vitals.database_usual_ms:
        return None
    times = vitals.database_ms / vitals.database_usual_ms
    if times <= SLOW_DATABASE or vitals.database_ms < 20:
        return None
    message = f"A small question to the database took {vitals.database_ms:.0f} ms, {times:.0f} times its weekly mean"
    return SystemFinding("medium", message, "Look for long statements and for what else the machine does.")


def storage(vitals: Vitals) -> SystemFinding | None:
    """The disk fills up."""
    if vitals.storage_share is None or vitals.storage_share < STORAGE_WARN:
        return None
    severity = "critical" if vitals.storage_share >= STORAGE_FULL else "low"
    return SystemFinding(severity, f"Storage usage reached {vitals.storage_share:.0%}", "Plan for more storage.")


def queue(vitals: Vitals) -> SystemFinding | None:
    """Jobs wait."""
    if vitals.queue_depth is None or vitals.queue_depth <= QUEUE_DEPTH:
        return None
    return SystemFinding("medium", f"{vitals.queue_depth} jobs wait, limit {QUEUE_DEPTH}", "Start another worker.")


def refresh(vitals: Vitals) -> SystemFinding | None:
    """Figures lag behind the records."""
    lag = vitals.refresh_lag_seconds
    if lag is None or lag <= REFRESH_LAG:
        return None
    return SystemFinding("medium", f"Figures are {lag} s behind the records", "See that the scheduler runs.")


def backup(vitals: Vitals) -> SystemFinding | None:
    """The last good backup is too old, or the last one failed."""
    if vitals.backup_failed:
        return SystemFinding("high", "The last backup failed", "See its error, and run mediconnect backup.")
    if vitals.backup_verified is False:
        return SystemFinding("high", "The last backup could not be restored on trial", "Run mediconnect backup anew.")
    if vitals.backed_up_at is not None and vitals.at - vitals.backed_up_at <= BACKUP_AGE:
        return None
    message = "There is no backup yet" if vitals.backed_up_at is None else "The last backup is older than 36 hours"
    return SystemFinding("medium", message, "Run mediconnect backup.")


def guessing(vitals: Vitals) -> SystemFinding | None:
    """Somebody tries passwords."""
    if not vitals.suspicious_addresses:
        return None
    message = f"{vitals.suspicious_addresses} addresses tried to log in too often in 24 hours"
    return SystemFinding("high", message, "See the security incidents, and block the addresses in the firewall.")


SYSTEM_RULES = registry(
    (
        SystemRule("system.web", "availability", web_away),
        SystemRule("system.errors", "performance", many_errors),
        SystemRule("system.slow", "performance", slow_answers),
        SystemRule("system.database", "performance", slow_database),
        SystemRule("system.storage", "capacity", storage),
        SystemRule("system.queue", "capacity", queue),
        SystemRule("system.refresh", "performance", refresh),
        SystemRule("system.backup", "backup", backup),
        SystemRule("system.guessing", "security", guessing),
    )
)
