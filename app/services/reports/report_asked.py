"""What a report is asked for, in the words of people and programs: read and checked, and kept as it was given.

`{"date_range": {"start_date", "end_date"} | "period": "last_month", "filters": {"clinic_id", "doctor_id",
"patient_demographics": {"age_bands", "sexes"}, "service_types", or any filter of `Parameters` by its own name},
"metrics": [...], "by": [...], "granularity", "size", "max_data_age_hours"}`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from app.core.ids import parse_id
from app.core.period import Period, Span
from app.metrics.catalogue import METRICS
from app.reports.parameters import FILTERS
from app.rollups.people import AGES
from app.services.reports.report_errors import Faults, ReportInvalid
from app.services.reports.report_options import SEXES
from app.services.reports.report_types import RELATIVE, SIZES, resolve

GRANULARITIES = {
    "daily": Span.DAY,
    "weekly": Span.WEEK,
    "monthly": Span.MONTH,
    "quarterly": Span.QUARTER,
    "yearly": Span.YEAR,
}
# Words by which figures of the catalogue are asked for together, and the domains that they mean.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "appointments": ("attendance",),
    "revenue": ("revenue",),
    "satisfaction": ("satisfaction",),
    "efficiency": ("waiting", "capacity", "staff"),
    "retention": ("patients",),
    "engagement": ("patients", "satisfaction"),
}
_KNOWN = {"date_range", "period", "filters", "metrics", "by", "granularity", "size", "max_data_age_hours"}
# Names of filters that programs know to those of a report.
_OTHER_FILTERS = {"clinic_id": "clinics", "doctor_id": "practitioners", "service_types": "types"}
_DEMOGRAPHICS = {
    "age_bands": "age_bands",
    "age_groups": "age_bands",
    "age_group": "age_bands",
    "sexes": "sexes",
    "sex": "sexes",
    "gender": "sexes",
}
_CHOICES = {"age_bands": AGES, "sexes": tuple(name for name, _ in SEXES)}
_LONGEST = timedelta(days=3700)


@dataclass(frozen=True)
class Asked:
    """Checked parameters: either `dates` or the name of a relative period. `filters` by the names of `Parameters`;
    services may be given by their names. `metrics`: each word that asks for figures, and the keys that it means."""

    dates: Period | None
    relative: str | None
    filters: Mapping[str, tuple[str, ...]]
    metrics: Mapping[str, tuple[str, ...]]
    by: tuple[str, ...]
    step: Span | None
    size: str
    max_age_hours: float | None

    @classmethod
    def of(cls, given: Mapping[str, Any], default_period: str | None = None) -> Self:
        """Reads parameters; raises ReportInvalid with a message for each wrong field."""
        faults = Faults()
        faults.of(None, _only, given, _KNOWN, "parameters")
        dates, relative = faults.of((None, None), _period, given, default_period)
        asked = cls(
            dates=dates,
            relative=relative,
            filters=faults.of({}, _filters, given),
            metrics=faults.of({}, _metrics, given),
            by=faults.of((), _words, given, "by"),
            step=faults.of(None, _step, given.get("granularity")),
            size=faults.of("A4", _size, given.get("size", "A4")),
            max_age_hours=faults.of(None, _hours, given.get("max_data_age_hours")),
        )
        faults.settle()
        return asked

    @property
    def keys(self) -> tuple[str, ...]:
        """Every figure that was asked for, once."""
        return tuple(dict.fromkeys(key for keys in self.metrics.values() for key in keys))

    def period(self, at: datetime, zone: str, week_start: int = 0) -> Period:
        """The dates, at an instant by the wall clock of a zone."""
        if self.dates is not None:
            return self.dates
        assert self.relative is not None  # one of the two is given
        return resolve(self.relative, at, zone, week_start)

    def of_the_run(self) -> dict[str, Any]:
        """What the making of a run heeds besides the parameters of its report."""
        return {} if self.max_age_hours is None else {"max_data_age_hours": self.max_age_hours}


def _only(given: Mapping[str, Any], known: set[str], place: str) -> None:
    if unknown := sorted(set(given) - known):
        raise ReportInvalid("There is no such parameter.", field=f"{place}.{unknown[0]}")


def _mapping(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name) or {}
    if not isinstance(value, Mapping):
        raise ReportInvalid("Give an object.", field=name)
    return value


def _period(given: Mapping[str, Any], default: str | None) -> tuple[Period | None, str | None]:
    """The dates or the name of a relative period; one of the two."""
    if given.get("date_range") is not None:
        return _dates(given["date_range"]), None
    relative = given.get("period") or default
    if relative is None:
        raise ReportInvalid("Give a date_range or a period.", field="date_range")
    if relative not in RELATIVE:
        raise ReportInvalid("There is no such period.", field="period", known=sorted(RELATIVE))
    return None, str(relative)


def _step(given: Any) -> Span | None:
    if given and given not in GRANULARITIES:
        raise ReportInvalid("There is no such granularity.", field="granularity", known=sorted(GRANULARITIES))
    return GRANULARITIES[given] if given else None


def _size(given: Any) -> str:
    if given not in SIZES:
        raise ReportInvalid("The paper is A4 or Letter.", field="size")
    return str(given)


def _dates(given: Any) -> Period:
    try:
        start, last = (date.fromisoformat(str(given[name])) for name in ("start_date", "end_date"))
    except (TypeError, KeyError, ValueError):
        raise ReportInvalid("Give start_date and end_date such as 2026-10-01.", field="date_range") from None
    if last < start or last - start > _LONGEST or last == date.max:
        raise ReportInvalid("A report covers from one day to ten years, in order.", field="date_range")
    return Period(start, last + timedelta(days=1))


def _filters(asked: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Filters by the names of a report, whichever name they came by."""
    given = _mapping(asked, "filters")
    _only(given, {*FILTERS, *_OTHER_FILTERS, "patient_demographics"}, "filters")
    people = _mapping(given, "patient_demographics")
    _only(people, set(_DEMOGRAPHICS), "filters.patient_demographics")
    found: dict[str, tuple[str, ...]] = {}
    for names, source in ((_OTHER_FILTERS, given), (_DEMOGRAPHICS, people), ({name: name for name in FILTERS}, given)):
        for name, own in names.items():
            if values := _words(source, name):
                found[own] = (*found.get(own, ()), *values)
    for name, choices in _CHOICES.items():
        if unknown := [each for each in found.get(name, ()) if each not in choices]:
            raise ReportInvalid("There is no such choice.", field=name, unknown=unknown[:5], known=list(choices))
    for name in ("clinics", "practitioners", "departments"):
        for each in found.get(name, ()):
            id_of(each, next((other for other, own in _OTHER_FILTERS.items() if own == name), name))
    return found


def id_of(given: str, name: str) -> UUID:
    """An id that was given for a field; raises ReportInvalid."""
    found = parse_id(given)
    if found is None:
        raise ReportInvalid("This is no id.", field=name)
    return found


def _words(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of words; one by itself is a list of it."""
    values = given.get(name) or []
    values = [values] if isinstance(values, str) else values
    if not isinstance(values, list) or not all(isinstance(each, str) and len(each) <= 80 for each in values):
        raise ReportInvalid("Give a list of words.", field=name)
    return tuple(values)


def _metrics(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The words that ask for metrics with the keys that they mean; a topic stands for all of its domains."""
    words = _words(given, "metrics")
    if unknown := [each for each in words if each not in TOPICS and each not in METRICS]:
        known = [*TOPICS, "or keys of the catalogue of metrics"]
        raise ReportInvalid("There is no such metric.", field="metrics", unknown=unknown[:5], known=known)
    return {each: _of_topic(each) if each in TOPICS else (each,) for each in words}


def _of_topic(topic: str) -> tuple[str, ...]:
    return tuple(key for key, metric in METRICS.items() if metric.domain in TOPICS[topic])


def _hours(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= 100_000:
        raise ReportInvalid("Give a number of hours.", field="max_data_age_hours")
    return float(given)
