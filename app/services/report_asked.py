"""What a report is asked for, in the words of people and programs: checked, and kept as it was given.

`{"date_range": {"start_date", "end_date"} | "period": "last_month", "filters": {"clinic_id", "doctor_id",
"patient_demographics": {"age_bands", "sexes"}, "service_types", or any filter of `Parameters` by its own name},
"metrics": [...], "by": [...], "granularity", "size", "max_data_age_hours"}`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import exists, select

from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.errors import Invalid, NotFound
from app.core.ids import parse_id
from app.core.period import Period, Span
from app.core.permissions import Permission
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.scope import names_others
from app.models import Appointment, AppointmentType, Clinic, Invoice, Organization, Payment, Source
from app.reports.build import check
from app.reports.parameters import FILTERS, Parameters
from app.rollups.people import AGES
from app.services import access
from app.services.report_errors import NoData, NotYours, ReportInvalid, TooOld
from app.services.report_options import SEXES
from app.services.report_types import RELATIVE, SIZES, readable, resolve, type_of

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
    services may be given by their names."""

    dates: Period | None
    relative: str | None
    filters: Mapping[str, tuple[str, ...]]
    metrics: tuple[str, ...]
    by: tuple[str, ...]
    step: Span | None
    size: str
    max_age_hours: float | None

    @classmethod
    def of(cls, given: Mapping[str, Any], default_period: str | None = None) -> Self:
        """Reads parameters; raises ReportInvalid with the field."""
        _only(given, _KNOWN, "parameters")
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
            filters=_filters(_mapping(given, "filters")),
            metrics=_metrics(given.get("metrics") or []),
            by=_words(given, "by"),
            step=GRANULARITIES[given["granularity"]] if given.get("granularity") else None,
            size=given.get("size", "A4"),
            max_age_hours=_hours(given.get("max_data_age_hours")),
        )

    def period(self, at: datetime, zone: str, week_start: int = 0) -> Period:
        """The dates, at an instant by the wall clock of a zone."""
        if self.dates is not None:
            return self.dates
        assert self.relative is not None  # one of the two is given
        return resolve(self.relative, at, zone, week_start)

    def of_the_run(self) -> dict[str, Any]:
        """What the making of a run heeds besides the parameters of its report."""
        return {} if self.max_age_hours is None else {"max_data_age_hours": self.max_age_hours}


def parameters_for(actor: Actor, kind: str, asked: Asked, period: Period | None = None) -> Parameters:
    """What a report is made by: asked for by the actor now, or for a period that is reckoned already.

    Raises NotYours for figures, clinics and doctors that are not the actor's, ReportInvalid for what the report does
    not take.
    """
    definition = type_of(kind)
    if not actor.can(Permission.REPORTS_RUN) or not readable(actor, kind):
        raise NotYours("Your role does not include these figures.", permission=definition.permission.value)
    clinics = _clinics(actor, asked.filters.get("clinics", ()))
    filters: dict[str, Any] = dict(asked.filters) | {"clinics": [clinic.id for clinic in clinics]}
    filters["practitioners"] = _practitioners(actor, asked.filters.get("practitioners", ()))
    filters["types"] = _types(actor, asked.filters.get("types", ()))
    if period is None:
        period = asked.period(now(), _zone(actor, clinics), week_start(actor.organization_id))
    stored = {name: values for name, values in filters.items() if values}
    more = {"metrics": asked.metrics, "by": asked.by, "step": asked.step, "size": asked.size}
    try:
        return check(definition, Parameters.of(period, stored | {name: value for name, value in more.items() if value}))
    except Invalid as error:
        raise ReportInvalid(error.message, **error.details) from error


def clinic_id_of(parameters: Parameters) -> UUID | None:
    """The one clinic that a report is about; None where it covers several."""
    return parameters.clinics[0] if len(parameters.clinics) == 1 else None


def _clinics(actor: Actor, given: tuple[str, ...]) -> list[Clinic]:
    """The clinics asked for; whoever has only one means that one."""
    if not given:
        own = access.clinics_for(actor)
        return own if len(own) == 1 else []
    try:
        return [access.clinic_for(actor, _id(each, "clinic_id")) for each in given]
    except NotFound:
        raise NotYours("This is none of your clinics.", field="clinic_id") from None


def _zone(actor: Actor, clinics: list[Clinic]) -> str:
    if len(clinics) == 1:
        return clinics[0].zone
    return db.session.scalars(select(Organization.zone).where(Organization.id == actor.organization_id)).one()


def _practitioners(actor: Actor, given: tuple[str, ...]) -> list[UUID]:
    ids = [_id(each, "doctor_id") for each in given]
    if any(each != actor.practitioner_id for each in ids) and not names_others(actor):
        raise NotYours("This is none of your doctors.", field="doctor_id")
    try:
        return [access.practitioner_for(actor, each).id for each in ids]
    except NotFound:
        raise NotYours("This is none of your doctors.", field="doctor_id") from None


def _types(actor: Actor, given: tuple[str, ...]) -> list[UUID]:
    """Services by their ids or their names."""
    if not given:
        return []
    query = select(AppointmentType.id, AppointmentType.name)
    rows = db.session.execute(query.where(AppointmentType.organization_id == actor.organization_id)).all()
    found: list[UUID] = []
    for each in given:
        meant = [id_ for id_, name in rows if each in (str(id_), name) or each.casefold() == name.casefold()]
        if not meant:
            raise ReportInvalid("There is no such service.", field="service_types", unknown=[each])
        found += meant
    return list(dict.fromkeys(found))


def week_start(organization_id: UUID) -> int:
    """The weekday on which the organization's weeks begin."""
    return db.session.scalar(select(Organization.week_start).where(Organization.id == organization_id)) or 0


def require_data(actor: Actor, parameters: Parameters) -> None:
    """Raises NoData when the clinics have no visit, invoice or payment in the period."""
    clinics, period = require_begun(actor, parameters), parameters.period
    for model, column in ((Appointment, "local_day"), (Payment, "local_day"), (Invoice, "issue_day")):
        day = getattr(model, column)
        owned: Any = model
        found = exists().where(
            owned.organization_id == actor.organization_id,
            owned.clinic_id.in_([clinic.id for clinic in clinics]),
            day >= period.start,
            day < period.end,
        )
        if db.session.scalar(select(found)):
            return
    raise NoData("Nothing is recorded in that period. Choose a longer one.", field="date_range")


def require_begun(actor: Actor, parameters: Parameters) -> list[Clinic]:
    """The clinics that a report covers; raises NoData when its period has begun in none of them."""
    clinics = [each for each in access.clinics_for(actor) if not parameters.clinics or each.id in parameters.clinics]
    if all(parameters.period.start > local_day(now(), clinic.zone) for clinic in clinics):
        raise NoData("That period has not begun.", field="date_range")
    return clinics


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


def _filters(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Filters by the names of a report, whichever name they came by."""
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
            _id(each, next((other for other, own in _OTHER_FILTERS.items() if own == name), name))
    return found


def _id(given: str, name: str) -> UUID:
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


def _metrics(given: Any) -> tuple[str, ...]:
    """Metrics by their keys; a topic stands for all of its domains."""
    words = _words({"metrics": given}, "metrics")
    if unknown := [each for each in words if each not in TOPICS and each not in METRICS]:
        known = [*TOPICS, "or keys of the catalogue of metrics"]
        raise ReportInvalid("There is no such metric.", field="metrics", unknown=unknown[:5], known=known)
    found = [key for each in words for key in (_of_topic(each) if each in TOPICS else (each,))]
    return tuple(dict.fromkeys(found))


def _of_topic(topic: str) -> list[str]:
    return [key for key, metric in METRICS.items() if metric.domain in TOPICS[topic]]


def _hours(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= 100_000:
        raise ReportInvalid("Give a number of hours.", field="max_data_age_hours")
    return float(given)
