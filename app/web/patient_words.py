"""Days, times and accesses as a patient reads them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.core import format
from app.core.clock import now
from app.services.access_log import Look
from app.web.audit_words import action_words
from app.web.shell import ROLE_WORDS


def day_words(at: datetime, zone: str) -> str:
    """A day near today by its name, others by date: "today", "yesterday", "tomorrow", "12 Jan 2026"."""
    day = at.astimezone(ZoneInfo(zone)).date()
    ahead = (day - now().astimezone(ZoneInfo(zone)).date()).days
    return {0: "today", 1: "tomorrow", -1: "yesterday"}.get(ahead) or format.date(day, "year")


def when_words(at: datetime, zone: str) -> str:
    """Day and time of what is to come: "tomorrow, Tuesday 24 November 2026, at 10:00"."""
    local = at.astimezone(ZoneInfo(zone))
    near = day_words(at, zone)
    named = f"{near}, " if near in ("today", "tomorrow") else ""
    return f"{named}{format.date(local.date(), 'full')}, at {format.time(at, zone)}"


def clock_words(at: datetime, zone: str) -> str:
    """The time of a day near by: "today at 20:00"."""
    return f"{day_words(at, zone)} at {format.time(at, zone)}"


def look_cells(look: Look, zone: str) -> tuple[str, str, str, str]:
    """A line of the access log: when, who, in which role, what they did."""
    role = ROLE_WORDS[look.role] if look.role else "The product itself"
    what = action_words(look.action)
    return (
        format.moment(look.at, zone),
        look.name,
        role,
        f"{format.sentence(what)}{', refused' if look.refused else ''}",
    )
