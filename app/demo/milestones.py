"""The event log of an organization, the days that the simulation itself turns on, and its targets."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.demo.blueprint import ClinicPlan, OrganizationPlan
from app.demo.calendar import holidays, iso, iso_day, midnight
from app.demo.people import doctor_id
from app.demo.records import CalendarEvent, Target
from app.demo.schedule import day_of_week


@dataclass(frozen=True)
class Milestones:
    """The turning points of a simulation that ends on `last` (all ordinals)."""

    first: int
    last: int
    system: int  # the new practice system: from here on FHIR, room tracking and rosters
    reminder: int  # text reminders 48 h before
    shortage: int  # a coming day on which nurses are missing
    broken: int  # a device failed

    @classmethod
    def before(cls, last: int, years: int) -> "Milestones":
        """The turning points for a last day."""
        monday = last - day_of_week(last)
        day = date.fromordinal(last)
        first = date(day.year - years, day.month, min(day.day, 28)).toordinal()
        return cls(first, last, max(first, monday - 13 * 7), monday - 9 * 7, monday + 8, last)


def marks_of(organization: OrganizationPlan, zone: str, now: datetime) -> Milestones:
    """The turning points of a simulation in a zone that ends at an instant."""
    return Milestones.before(now.astimezone(ZoneInfo(zone)).date().toordinal(), organization.years)


def events_of(organization: OrganizationPlan, marks: Milestones, horizon: int) -> list[CalendarEvent]:
    """Everything in the event log, upcoming events included, oldest first."""
    found = [
        *_changes(organization, marks),
        *_holidays(organization, marks.first, horizon),
        *(event for clinic in organization.clinics for event in _of_clinic(clinic, marks)),
    ]
    found.sort(key=lambda event: (event.starts_at, event.title, event.clinic_id or ""))
    return [event._replace(id=f"EV-{number + 1:04d}") for number, event in enumerate(found)]


def _event(
    day: int, zone: str, kind: str, title: str, hours: tuple[float, float], clinic: str | None = None,
    attendees: int | None = None, impact: str | None = None,
) -> CalendarEvent:  # fmt: skip
    base = midnight(day, zone)
    start, end = (iso(base + int(hour * 60)) for hour in hours)
    return CalendarEvent("", clinic, kind, title, start, end, attendees, impact)


def _changes(organization: OrganizationPlan, marks: Milestones) -> list[CalendarEvent]:
    zone = organization.zone
    found = [
        _event(marks.reminder, zone, "system_change", "Text reminder 48 h before", (7, 8), None, None,
               "Patients with a mobile number get a text message two days before the visit"),
    ]  # fmt: skip
    if marks.system > marks.first:
        found.append(
            _event(marks.system, zone, "system_change", "New practice system", (5, 8), None, None,
                   "Rooms, devices, rosters, encounters and invoice lines are recorded from this day on")
        )  # fmt: skip
    for year in range(date.fromordinal(marks.first).year, date.fromordinal(marks.last).year + 1):
        day = date(year, 1, 12).toordinal()
        if marks.first <= day <= marks.last:
            found.append(
                _event(day, zone, "other", "Flu wave begins", (0, 0), None, None,
                       "More same-day visits in general practice and pediatrics until March")
            )  # fmt: skip
    return found


def _holidays(organization: OrganizationPlan, first: int, horizon: int) -> list[CalendarEvent]:
    """Each country's holidays: for the whole organization where all clinics share a country, else by clinic."""
    countries = {clinic.country for clinic in organization.clinics}
    found = []
    for year in range(date.fromordinal(first).year, date.fromordinal(horizon + 45).year + 1):
        for country in sorted(countries):
            concerned = [clinic for clinic in organization.clinics if clinic.country == country]
            places = [(None, organization.zone)] if len(countries) == 1 else [(c.key, c.zone) for c in concerned]
            for day, name in holidays(year, country).items():
                if first <= day <= horizon + 45:
                    found += [
                        _event(day, zone, "holiday", name, (0, 24), clinic, None, "Closed") for clinic, zone in places
                    ]
    return found


def _of_clinic(clinic: ClinicPlan, marks: Milestones) -> list[CalendarEvent]:
    zone, key, last = clinic.zone, clinic.key, marks.last
    wednesday = last - day_of_week(last) + 9
    staff = clinic.doctors * 2
    found = [
        _event(last - 120, zone, "maintenance", "Water pipes replaced", (6, 12), key, None, "Two rooms closed"),
        _event(last + 6, zone, "maintenance", "Heating and ventilation serviced", (5, 9), key, None,
               "Minimal, portable units stand by"),
        _event(wednesday, zone, "staff", "Nursing education session", (14, 16), key, staff, "Fewer nurses after 14:00"),
        _event(last - 45, zone, "staff", "Resuscitation course", (13, 17), key, staff, "Fewer visits in the afternoon"),
    ]  # fmt: skip
    if clinic.hires:
        found.append(_event(last - 425, zone, "staff", "Another doctor starts", (8, 9), key, clinic.hires, None))
    if clinic.broken:
        found.append(
            _event(marks.broken, zone, "maintenance", f"Engineer looks at {clinic.broken}", (6.5, 8), key, None,
                   "Visits move to the other device")
        )  # fmt: skip
    return found


def targets_of(organization: OrganizationPlan, marks: Milestones) -> list[Target]:
    """Targets of the whole organization, and a daily revenue of each clinic, by its size, and of each doctor."""
    since, at = iso_day(marks.first), iso(midnight(marks.first, organization.zone))
    wanted: list[tuple[str | None, str | None, str, str]] = [
        (None, None, metric, value) for metric, value in TARGETS.items()
    ]
    own = DOCTORS_DAY * organization.price_level
    for clinic in organization.clinics:
        wanted.append((clinic.key, None, DAILY_REVENUE, f"{round(clinic.doctors * own, -2):.0f}"))
        for number in range(1, clinic.doctors + 1):
            wanted.append((None, doctor_id(clinic, number), DAILY_REVENUE, f"{round(own, -1):.0f}"))
    return [
        Target(f"TG-{number:03d}", clinic, doctor, metric, value, since, "Alma Demo", at)
        for number, (clinic, doctor, metric, value) in enumerate(wanted, 1)
    ]


DAILY_REVENUE = "revenue.collected"
DOCTORS_DAY = 1050
TARGETS = {
    "attendance.no_show_rate": "0.05",
    "attendance.completion_rate": "0.90",
    "waiting.wait_median": "15",
    "waiting.on_time_rate": "0.80",
    "capacity.third_next_median": "7",
    "capacity.utilisation": "0.85",
    "claims.denial_rate": "0.05",
    "claims.clean_rate": "0.95",
    "receivables.days_in_ar": "40",
    "revenue.net_collection_rate": "0.95",
    "satisfaction.score": "4.4",
    "satisfaction.nps": "50",
    "tasks.documentation_rate": "0.90",
}
