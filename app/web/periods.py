"""The period of a page: read from the address, written back into links."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from app.core import format
from app.core.errors import InvalidPeriod
from app.core.period import Period, Span, period_of

SPANS = {
    "today": Span.DAY,
    "week": Span.WEEK,
    "month": Span.MONTH,
    "quarter": Span.QUARTER,
    "year": Span.YEAR,
}
LABELS = {"today": "Today", "week": "Week", "month": "Month", "quarter": "Quarter", "year": "Year", "custom": "Custom"}
SEED_NAMES = {"day": "today"}  # the API calls it so
LONGEST = 5 * 366


@dataclass(frozen=True)
class Chosen:
    """The period that a viewer chose, and what to put into links to keep it; `usual` is the page's own without any.

    `fault` says why the dates that were asked for (`wanted`: first and last, as written) are no period.
    """

    name: str
    period: Period
    usual: str = "today"
    fault: str = ""
    wanted: tuple[str, str] = ("", "")

    @property
    def args(self) -> dict[str, Any]:
        """The query arguments that stand for it; none for today where that is the usual one."""
        if self.name == self.usual == "today":
            return {}
        if self.name != "custom":
            return {"period": self.name}
        return {"period": "custom", "start": self.period.start.isoformat(), "end": self.period.last.isoformat()}


def chosen(today: date, week_start: int = 0, args: MultiDict[str, str] | None = None, usual: str = "today") -> Chosen:
    """The period of the request (`period`, and for a custom one `start` and `end`, both included), else the usual one.

    Raises InvalidPeriod (DASH_004) for a name or a date that is none, and for an end before its start.
    """
    given = request.args if args is None else args
    name = given.get("period") or ("custom" if given.get("start") or given.get("end") else usual)
    name = SEED_NAMES.get(name, name)
    if name in SPANS:
        return Chosen(name, period_of(SPANS[name], today, week_start), usual)
    if name != "custom":
        raise InvalidPeriod("Choose today, week, month, quarter, year or two dates.", field="period")
    start, last = _date(given, "start"), _date(given, "end")
    if last < start or (last - start).days > LONGEST:
        wrong = "lies before the first" if last < start else "is more than five years after the first"
        raise InvalidPeriod(f"The last day {wrong}.", field="end")
    return Chosen("custom", Period(start, last + timedelta(days=1)), usual)


def chosen_or_usual(today: date, week_start: int, usual: str) -> Chosen:
    """The period of a page's request; the usual one, with what to mend, where what was written is none."""
    try:
        return chosen(today, week_start, usual=usual)
    except InvalidPeriod as error:
        wanted = (request.args.get("start", ""), request.args.get("end", ""))
        found = chosen(today, week_start, MultiDict(), usual)
        return replace(found, fault=f"{error.message} Shown meanwhile: {title_of(found)}.", wanted=wanted)


def between(today: date, week_start: int = 0) -> Period:
    """The period of an API request that may name its dates: `start_date` to `end_date` (both included; without an end
    up to today), else `period`. Raises Invalid (DASH_004)."""
    start, end = request.args.get("start_date", ""), request.args.get("end_date", "")
    if not start and not end:
        return chosen(today, week_start).period
    dates = {"period": "custom", "start": start, "end": end or today.isoformat()}
    try:
        return chosen(today, week_start, MultiDict(dates)).period
    except InvalidPeriod as error:
        raise InvalidPeriod(error.message, field=f"{error.details['field']}_date") from None


def _date(given: MultiDict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(given.get(name, ""))
    except ValueError:
        raise InvalidPeriod("Write the date as 2026-11-19.", field=name) from None


def title_of(chosen: Chosen) -> str:
    """The period in a heading: "today", "week of 16 Nov", "November 2026"."""
    start = chosen.period.start
    words = {
        "today": "today",
        "week": f"week of {start.day} {start:%b}",
        "month": f"{start:%B %Y}",
        "quarter": f"quarter {(start.month + 2) // 3} of {start.year}",
        "year": f"{start.year}",
    }
    return words.get(chosen.name) or f"{format.date(start, 'year')} to {format.date(chosen.period.last, 'year')}"


def comparison_words(chosen: Chosen, before: Period, partial: bool, until: str = "") -> str:
    """What the period is compared with: "last Thu to 16:12", "1 to 19 Oct"."""
    if chosen.name == "today":
        return f"last {before.start:%a}{f' to {until}' if until else ''}"
    if before.start.month == before.last.month:
        span = f"{before.start.day} to {before.last.day} {before.last:%b}"
    else:
        span = f"{before.start.day} {before.start:%b} to {before.last.day} {before.last:%b}"
    year = "" if before.start.year == chosen.period.start.year else f" {before.last.year}"
    return f"{span}{year}" + (", the same part" if partial else "")
