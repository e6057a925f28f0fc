"""Columns that follow from others: local dates and hours in the clinic's zone, minutes, lead and notice.

Pure, on plain dictionaries of column values, so that an import, a push and a service that changes a row agree.
"""

from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from app.models.collection import PATIENCE

Values = dict[str, Any]
SMALL = 32767


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_zone(zone: str) -> bool:
    """Does the IANA database have a zone of that name?"""
    return zone in _zones()


def minutes_between(start: datetime | None, end: datetime | None) -> int | None:
    """Whole minutes from start to end (rounded down, negative where end comes first); None without both."""
    if start is None or end is None:
        return None
    return _small(int((end - start).total_seconds() // 60))


def _small(value: int) -> int:
    """Within a smallint: a visit of three weeks is as long as can be told."""
    return max(-SMALL, min(SMALL, value))


def local(instant: datetime, zone: str) -> datetime:
    """The instant on the wall of a place in an IANA zone."""
    return instant.astimezone(ZoneInfo(zone))


def appointment(values: Values, zone: str) -> Values:
    """The derived columns of an appointment from its times and stamps (definitions: `app.models.Appointment`)."""
    starts, arrived = values["starts_at"], values.get("arrived_at")
    started, finished = values.get("started_at"), values.get("finished_at")
    # A visit that nobody booked begins when it begins: that says nothing of whether it began on time.
    planned = None if values.get("unlinked_visit") else starts
    here = local(starts, zone)
    return {
        "local_day": here.date(),
        "local_hour": here.hour,
        "minutes": _small(values.get("minutes") or 0) or minutes_between(starts, values.get("ends_at")),
        "wait_minutes": _wait(planned, arrived, started),
        "start_delay_minutes": minutes_between(planned, started),
        "visit_minutes": minutes_between(started, finished),
        "cycle_minutes": minutes_between(arrived, finished),
        "lead_days": _lead(values.get("booked_at"), here.date(), zone),
        "cancelled_notice_hours": _notice(values.get("cancelled_at"), starts),
    }


def _wait(planned: datetime | None, arrived: datetime | None, started: datetime | None) -> int | None:
    """From the later of arrival and planned start until the visit began; early starts count as no wait."""
    if arrived is None or started is None:
        return None
    waited = minutes_between(max(arrived, planned or arrived), started)
    return None if waited is None else max(0, waited)


def _lead(booked: datetime | None, day: date, zone: str) -> int | None:
    return None if booked is None else _small(max(0, (day - local(booked, zone).date()).days))


def _notice(cancelled: datetime | None, starts: datetime) -> int | None:
    return None if cancelled is None else int((starts - cancelled).total_seconds() // 3600)


def encounter(values: Values, zone: str) -> Values:
    """An encounter's local day, of its start."""
    starts = values.get("starts_at")
    return {"local_day": None if starts is None else local(starts, zone).date()}


def payment(values: Values, zone: str) -> Values:
    """A payment's local day."""
    return {"local_day": local(values["paid_at"], zone).date()}


def span(values: Values, zone: str) -> Values:
    """Local day (of the start) and length of availability, a shift or the use of a resource."""
    starts, ends = values["starts_at"], values.get("ends_at")
    length = None if ends is None else int((ends - starts).total_seconds() // 60)
    return {"local_day": local(starts, zone).date(), "minutes": length}


def task(values: Values, zone: str) -> Values:
    """The local day on which a task was done."""
    done = values.get("done_at")
    return {"done_day": None if done is None else local(done, zone).date()}


def observation(values: Values, zone: str) -> Values:
    """An observation's local day."""
    return _day_of(values.get("observed_at"), zone)


def procedure(values: Values, zone: str) -> Values:
    """A procedure's local day."""
    return _day_of(values.get("performed_at"), zone)


def immunization(values: Values, zone: str) -> Values:
    """The local day of a vaccination."""
    return _day_of(values.get("given_at"), zone)


def dispense(values: Values, zone: str) -> Values:
    """The local day of a dispense."""
    return _day_of(values.get("dispensed_at"), zone)


def result(values: Values, zone: str) -> Values:
    """The local day on which a result was issued (else the sample taken); minutes from the order, else the sample,
    to the issue, and from the issue to the review."""
    sampled, issued = values.get("sampled_at"), values.get("issued_at")
    return _day_of(issued or sampled, zone) | {
        "turnaround_minutes": _elapsed(values.get("ordered_at") or sampled, issued),
        "review_minutes": _elapsed(issued, values.get("reviewed_at")),
    }


def message(values: Values, zone: str) -> Values:
    """The local day of sending, and the minutes until the first answer."""
    waited = minutes_between(values["sent_at"], values.get("answered_at"))
    return _day_of(values["sent_at"], zone) | {"answer_minutes": waited}


def _day_of(at: datetime | None, zone: str) -> Values:
    return {"local_day": None if at is None else local(at, zone).date()}


def _elapsed(start: datetime | None, end: datetime | None) -> int | None:
    """Whole minutes; None where the end comes first, which no clock can have meant."""
    found = minutes_between(start, end)
    return None if found is None or found < 0 else found


def reminder(values: Values, _zone: str) -> Values:
    """The day on which it is known whether a reminder worked."""
    return {"judged_day": values["sent_day"] + PATIENCE}


RULES = {
    "appointments": appointment,
    "encounters": encounter,
    "payments": payment,
    "availability": span,
    "shifts": span,
    "resource_uses": span,
    "tasks": task,
    "observations": observation,
    "procedures": procedure,
    "immunizations": immunization,
    "dispenses": dispense,
    "results": result,
    "messages": message,
    "invoice_reminders": reminder,
}
DERIVED = {
    "appointments": [
        "local_day",
        "local_hour",
        "wait_minutes",
        "start_delay_minutes",
        "visit_minutes",
        "cycle_minutes",
        "lead_days",
        "cancelled_notice_hours",
    ],
    "encounters": ["local_day"],
    "payments": ["local_day"],
    "availability": ["local_day", "minutes"],
    "shifts": ["local_day", "minutes"],
    "resource_uses": ["local_day", "minutes"],
    "tasks": ["done_day"],
    "observations": ["local_day"],
    "procedures": ["local_day"],
    "immunizations": ["local_day"],
    "dispenses": ["local_day"],
    "results": ["local_day", "turnaround_minutes", "review_minutes"],
    "messages": ["local_day", "answer_minutes"],
    "invoice_reminders": ["judged_day"],
}


def derive(table: str, values: Values, zone: str) -> None:
    """Sets the derived columns of a row of `table` in place; tables without any are left as they are."""
    rule = RULES.get(table)
    if rule:
        values |= rule(values, zone)
