"""What a report is asked for, in the words of people and programs: checked, and kept as it was given.

`{"date_range": {"start_date", "end_date"} | "period": "last_month", "filters": {"clinic_id", "doctor_id",
"patient_demographics", "service_types"}, "metrics": [...], "granularity", "size", "max_data_age_hours"}`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import exists, select

from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.errors import NotFound
from app.core.ids import parse_id
from app.core.period import Period
from app.core.permissions import Permission
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.models import Appointment, Clinic, Invoice, Organization, Payment, Source
from app.services import access
from app.services.report_errors import NoData, NotYours, ReportInvalid, TooOld
from app.services.report_types import RELATIVE, SIZES, resolve, type_of

GRANULARITIES = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
# Words by which whole domains of the catalogue are asked for.
TOPICS = frozenset({"appointments", "revenue", "satisfaction", "efficiency", "retention", "engagement"})
_KNOWN = {"date_range", "period", "filters", "metrics", "granularity", "size", "max_data_age_hours"}
_FILTERS = {"clinic_id", "doctor_id", "patient_demographics", "service_types"}
_LONGEST = timedelta(days=3700)


@dataclass(frozen=True)
class Asked:
    """Checked parameters: either `dates` or the name of a relative period."""

    dates: Period | None
    relative: str | None
    clinic_id: UUID | None
    doctor_id: UUID | None
    metrics: tuple[str, ...]
    granularity: str | None
    size: str
    max_age_hours: float | None
    demographics: Mapping[str, Any]
    service_types: tuple[str, ...]

    @classmethod
    def of(cls, given: Mapping[str, Any], default_period: str | None = None) -> Self:
        """Reads parameters; raises ReportInvalid with the field."""
        _only(given, _KNOWN, "parameters")
        filters = _mapping(given, "filters")
        _only(filters, _FILTERS, "filters")
        dates = _dates(given["date_range"]) if given.get("date_range") is not None else None
        relative = given.get("period") or (None if dates else default_period)
        if dates is None and relative is None:
            raise ReportInvalid("Give a date_range or a period.", field="date_range")
        if relative is not None and relative not in RELATIVE:
            raise ReportInvalid("There is no such period.", field="period", known=sorted(RELATIVE))
        if given.get("granularity") not in (None, *GRANULARITIES):
            raise ReportInvalid("There is no such granularity.", field="granularity", known=sorted(GRANULARITIES))
        if given.get("size", "A4") not in SIZES:
            raise ReportInvalid("The paper is A4 or Letter.", field="size")
        return cls(
            dates=dates,
            relative=None if dates else relative,
            clinic_id=_id(filters, "clinic_id"),
            doctor_id=_id(filters, "doctor_id"),
            metrics=_metrics(given.get("metrics") or []),
            granularity=given.get("granularity"),
            size=given.get("size", "A4"),
            max_age_hours=_hours(given.get("max_data_age_hours")),
            demographics=_mapping(filters, "patient_demographics"),
            service_types=_words(filters, "service_types"),
        )

    def period(self, at: datetime, zone: str, week_start: int = 0) -> Period:
        """The dates, at an instant by the wall clock of a zone."""
        if self.dates is not None:
            return self.dates
        assert self.relative is not None  # one of the two is given
        return resolve(self.relative, at, zone, week_start)

    def stored(self) -> dict[str, Any]:
        """What the making of a run reads."""
        found: dict[str, Any] = {"size": self.size}
        if self.max_age_hours is not None:
            found["max_data_age_hours"] = self.max_age_hours
        return found


def place_of(actor: Actor, asked: Asked, kind: str) -> Clinic:
    """The clinic that a report is about, when the actor may have such a one of it; raises NotYours, ReportInvalid."""
    permission = type_of(kind).permission
    if not actor.can(Permission.REPORTS_RUN) or not actor.can(permission):
        raise NotYours("Your role does not include these figures.", permission=permission.value)
    if asked.doctor_id is not None:
        try:
            access.practitioner_for(actor, asked.doctor_id)
        except NotFound:
            raise NotYours("This is none of your doctors.", field="doctor_id") from None
    if asked.clinic_id is None:
        clinics = access.clinics_for(actor)
        if len(clinics) != 1:
            raise ReportInvalid("Choose a clinic.", field="clinic_id")
        return clinics[0]
    try:
        return access.clinic_for(actor, asked.clinic_id)
    except NotFound:
        raise NotYours("This is none of your clinics.", field="clinic_id") from None


def week_start(organization_id: UUID) -> int:
    """The weekday on which the organization's weeks begin."""
    return db.session.scalar(select(Organization.week_start).where(Organization.id == organization_id)) or 0


def require_data(organization_id: UUID, clinic: Clinic, period: Period) -> None:
    """Raises NoData when the clinic has no visit, invoice or payment in a period."""
    today = local_day(now(), clinic.zone)
    if period.start > today:
        raise NoData("That period has not begun.", field="date_range")
    for model, column in ((Appointment, "local_day"), (Payment, "local_day"), (Invoice, "issue_day")):
        day = getattr(model, column)
        owned: Any = model
        found = exists().where(
            owned.organization_id == organization_id,
            owned.clinic_id == clinic.id,
            day >= period.start,
            day < period.end,
        )
        if db.session.scalar(select(found)):
            return
    raise NoData("Nothing is recorded for this clinic in that period. Choose a longer one.", field="date_range")


def require_fresh(organization_id: UUID, max_age_hours: float | None) -> None:
    """Raises TooOld when a source that says how fresh it is holds older data than a report allows."""
    if max_age_hours is None:
        return
    query = select(Source.fresh_at).where(Source.organization_id == organization_id, Source.fresh_at.is_not(None))
    oldest = min((each for each in db.session.scalars(query) if each is not None), default=None)
    if oldest is None or now() - oldest > timedelta(hours=max_age_hours):
        raise TooOld(
            "The data are older than this report allows.",
            as_of=None if oldest is None else oldest.isoformat(),
            max_data_age_hours=max_age_hours,
        )


def _only(given: Mapping[str, Any], known: set[str], place: str) -> None:
    if unknown := sorted(set(given) - known):
        raise ReportInvalid("There is no such parameter.", field=f"{place}.{unknown[0]}")


def _mapping(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name) or {}
    if not isinstance(value, Mapping):
        raise ReportInvalid("Give an object.", field=name)
    return value


def _dates(given: Any) -> Period:
    try:
        start, last = (date.fromisoformat(str(given[name])) for name in ("start_date", "end_date"))
    except (TypeError, KeyError, ValueError):
        raise ReportInvalid("Give start_date and end_date such as 2026-10-01.", field="date_range") from None
    if last < start or last - start > _LONGEST or last == date.max:
        raise ReportInvalid("A report covers from one day to ten years, in order.", field="date_range")
    return Period(start, last + timedelta(days=1))


def _id(filters: Mapping[str, Any], name: str) -> UUID | None:
    if not filters.get(name):
        return None
    found = parse_id(filters[name])
    if found is None:
        raise ReportInvalid("This is no id.", field=name)
    return found


def _words(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = given.get(name) or []
    if not isinstance(values, list) or not all(isinstance(each, str) and len(each) <= 80 for each in values):
        raise ReportInvalid("Give a list of words.", field=name)
    return tuple(values)


def _metrics(given: Any) -> tuple[str, ...]:
    words = _words({"metrics": given}, "metrics")
    if unknown := [each for each in words if each not in TOPICS and each not in METRICS]:
        raise ReportInvalid("There is no such metric.", field="metrics", unknown=unknown[:5])
    return words


def _hours(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= 100_000:
        raise ReportInvalid("Give a number of hours.", field="max_data_age_hours")
    return float(given)
