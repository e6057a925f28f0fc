"""What criteria check of an entry: status, timing, values and relations."""

from collections.abc import Callable

from app.quality.criteria import Case, Check
from app.quality.record import Entry
from app.quality.timing import Window

WindowOf = Callable[[Window], Window]
DONE = ("final", "amended", "corrected")


def the_period(period: Window) -> Window:
    """The measurement period itself."""
    return period


def from_back(years: int = 0, months: int = 0) -> WindowOf:
    """From so long before the period begins, to its end."""
    return lambda period: period.back(years, months)


def status(*allowed: str) -> Check:
    """Its status is one of these."""
    return Check(f"in status {' or '.join(allowed)}", lambda entry, _: entry.status in allowed)


def category(name: str) -> Check:
    """It is filed under a category of observations or conditions."""
    return Check(f"of category {name}", lambda entry, _: name in entry.categories, (f"category {name}",))


def overlapping(window: WindowOf = the_period, words: str = "during the period") -> Check:
    """Its time shares a day with the window."""
    return Check(words, lambda entry, case: entry.span is not None and entry.span.overlaps(window(case.period)))


def within(window: WindowOf = the_period, words: str = "wholly within the period") -> Check:
    """Its time begins and ends in the window."""
    return Check(words, lambda entry, case: entry.span is not None and entry.span.within(window(case.period)))


def ends_within(window: WindowOf = the_period, words: str = "ended in the period") -> Check:
    """Its time ends in the window."""
    return Check(words, lambda entry, case: entry.span is not None and window(case.period).holds(entry.span.end))


def latest_within(window: WindowOf = the_period, words: str = "taken in the period") -> Check:
    """Its end, or its start where it has no end, lies in the window."""
    return Check(words, lambda entry, case: entry.span is not None and window(case.period).holds(entry.span.latest()))


def starts_within(window: WindowOf = the_period, words: str = "begun in the period") -> Check:
    """Its time begins in the window."""
    return Check(words, lambda entry, case: entry.span is not None and window(case.period).holds(entry.span.start))


def started_by_the_end() -> Check:
    """Begun by the last day of the period, however long ago."""
    return Check("begun by the end of the period", _started_by_the_end)


def _started_by_the_end(entry: Entry, case: Case) -> bool:
    start = entry.span.start if entry.span else None
    return start is not None and start.date() <= case.period.last


def ended_by_the_end() -> Check:
    """Over by the last day of the period, however long ago."""
    return Check("over by the end of the period", _ended_by_the_end)


def _ended_by_the_end(entry: Entry, case: Case) -> bool:
    end = entry.span.end if entry.span else None
    return end is not None and end.date() <= case.period.last


def authored_within(window: WindowOf = the_period, words: str = "asked for in the period") -> Check:
    """It was written in the window."""
    return Check(words, lambda entry, case: window(case.period).holds(entry.authored))


def ordered(*allowed: str) -> Check:
    """It is an order (no plan or proposal) in one of the statuses."""
    statuses = allowed or ("active", "completed")
    words = f"an order in status {' or '.join(statuses)}"
    return Check(words, lambda entry, _: entry.intent == "order" and entry.status in statuses)


def has_value(kind: str = "Observation") -> Check:
    """It carries a result."""
    return Check("with a result", lambda entry, _: entry.valued, (f"{kind}.value",))


def answered(key: str, words: str) -> Check:
    """Its coded value is in the value set."""
    return Check(words, lambda entry, case: case.is_in(entry.answers, key), ("Observation.value code",))


def discharged_to(*keys: str) -> Check:
    """The encounter ended with one of these dispositions."""
    return Check(
        "discharged to hospice care",
        lambda entry, case: any(case.is_in(entry.disposition, key) for key in keys),
        ("Encounter.disposition",),
    )


def located(key: str, words: str) -> Check:
    """It is of the given side of the body."""
    return Check(words, lambda entry, case: case.is_in(entry.sites, key), ("Condition.bodySite",))


def performed() -> tuple[Check, ...]:
    """What makes an observation an assessment that was made."""
    return (status(*DONE), category("survey"))
