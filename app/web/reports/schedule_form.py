"""The form of a schedule: every field with its value, and what was sent of it as a plan."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import g, request
from werkzeug.datastructures import MultiDict

from app.core.errors import AppError
from app.core.permissions import Role
from app.core.recurrence import FREQUENCIES, MONTHS, WEEKDAYS
from app.models import Report, ReportSchedule
from app.services.delivery import webhooks
from app.services.reports import report_library, schedule_search
from app.services.reports.report_errors import ScheduleInvalid
from app.services.reports.report_types import FORMATS, RELATIVE
from app.services.reports.schedule_plans import CHANNELS, MISSED, Plan
from app.web.view_models import FormField, FormView

ROLES = {
    Role.ADMIN: "All administrators",
    Role.DOCTOR: "All doctors",
    Role.CLINIC_STAFF: "All clinic staff",
    Role.BILLING_STAFF: "All billing staff",
    Role.ANALYST: "All analysts",
}
_FREQUENCY_WORDS = {"cron": "By a cron expression"}
_FIELD_OF = {"at": "time"}


def plan(form: MultiDict[str, str]) -> Plan:
    """What was sent; raises ScheduleInvalid for a number that is none."""
    return Plan(
        frequency=form.get("frequency", ""),
        at=form.get("at", ""),
        weekday=_number(form, "weekday"),
        month_day=_number(form, "month_day"),
        month=_month(form),
        cron=form.get("cron", "").strip() or None,
        zone=form.get("zone", "").strip() or None,
        name=form.get("name", ""),
        period=form.get("period") or None,
        formats=_chosen(form, "formats", FORMATS),
        missed=form.get("missed", "once"),
        channels=_chosen(form, "channels", CHANNELS),
        recipients=form.get("recipients", "").replace(",", " ").split(),
        roles=_chosen(form, "roles", [role.value for role in ROLES]),
        webhook_ids=[hook.id for hook in webhooks.list_webhooks(g.actor) if str(hook.id) in form.getlist("webhooks")],
        mail_as=form.get("mail_as", "link"),
        mail_note=form.get("mail_note", "").strip() or None,
        link_days=_number(form, "link_days") or 14,
        enabled=True,
    )


def _chosen(form: MultiDict[str, str], name: str, known: Iterable[str]) -> list[str]:
    return [key for key in known if key in form.getlist(name)]


def _number(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 4:
        raise ScheduleInvalid("Give a whole number.", field=name)
    return int(text)


def _month(form: Mapping[str, str]) -> int | None:
    return _number(form, "quarter_month" if form.get("frequency") == "quarterly" else "month")


def form(
    action: str, report: Report, schedule: ReportSchedule | None, zone: str, error: AppError | None = None
) -> FormView:
    """The form with what was sent, else with what the schedule holds, else with what is usual."""
    clinic = report_library.clinic_of(g.actor, report)
    values = request.form if error else _stored(schedule, report, clinic.zone if clinic else zone)
    wrong = {error.details.get("field", ""): error.message} if error else {}

    def text(name: str, label: str, **more: Any) -> FormField:
        return FormField(
            name, label, value=values.get(name, ""), error=wrong.get(_FIELD_OF.get(name, name), ""), **more
        )

    def choice(name: str, label: str, options: Mapping[str, str], **more: Any) -> FormField:
        return text(name, label, type="select", options=tuple(options.items()), **more)

    def ticks(name: str, label: str, options: Mapping[str, str]) -> FormField:
        chosen = frozenset(values.getlist(name))
        return FormField(
            name,
            label,
            "choices",
            options=tuple(options.items()),
            chosen=chosen,
            error=wrong.get(name, ""),
            optional=True,
        )

    months = {str(number): name for number, name in enumerate(MONTHS, 1)}
    hooks = {str(hook.id): hook.name for hook in webhooks.list_webhooks(g.actor)}
    when = (
        text("name", "Name", optional=True, hint="Empty: the report's title"),
        choice("frequency", "How often", {each: _FREQUENCY_WORDS.get(each, each.capitalize()) for each in FREQUENCIES}),
        choice("weekday", "Weekday", {str(n): name for n, name in enumerate(WEEKDAYS)}, when="weekly"),
        choice("quarter_month", "Month of the quarter", {"1": "First", "2": "Second", "3": "Third"}, when="quarterly"),
        choice("month", "Month", months, when="yearly"),
        text("month_day", "Day of the month", type="number", optional=True, hint=_DAY_HINT, when=_BY_DAY),
        text("cron", "Cron expression", optional=True, hint=_CRON_HINT, when="cron"),
        text("at", "Time", type="time", when=f"daily weekly {_BY_DAY}"),
        text("zone", "Time zone", hint="Such as Europe/Berlin"),
        choice(
            "missed", "If the time passed while nothing ran", {key: _capital(words) for key, words in MISSED.items()}
        ),
    )
    what = (
        choice("period", "Period", {key: _capital(words) for key, words in RELATIVE.items()}, hint=_PERIOD_HINT),
        ticks("formats", "Formats", {key: label for key, (label, _) in FORMATS.items()}),
    )
    whom = (
        text("recipients", "People", type="textarea", optional=True, hint="Mail addresses of members, one on a line"),
        ticks("roles", "Everybody who is one of", {role.value: label for role, label in ROLES.items()}),
        *((ticks("webhooks", "Webhooks", hooks),) if hooks else ()),
    )
    how = (
        ticks("channels", "People get", CHANNELS),
        choice("mail_as", "Mails hold", {"link": "A link", "attachment": "The file and a link"}),
        text("link_days", "Days that links work", type="number"),
        text("mail_note", "A sentence for the mail", optional=True, hint="Mail is not sealed: nothing of a patient"),
    )
    parts = {"When": when, "What": what, "To whom": whom, "How": how}
    fields = tuple(field for part in parts.values() for field in part)
    shown = {field.name for field in fields} | set(_FIELD_OF.values())
    place = "" if error is None or error.details.get("field") in shown else error.message
    return FormView(
        action,
        "Save schedule",
        fields,
        error=place,
        hidden=(("report", str(report.id)),),
        parts=tuple((title, len(part)) for title, part in parts.items()),
    )


_BY_DAY = "monthly quarterly yearly"
_CRON_HINT = "Minute, hour, day, month, weekday: 0 7 * * 1-5"
_DAY_HINT = "1 to 31; a shorter month's last day stands in"
_PERIOD_HINT = "Reckoned at the moment it is due, in the schedule's zone"


def _stored(schedule: ReportSchedule | None, report: Report, zone: str) -> MultiDict[str, str]:
    """What the form begins with: what a schedule holds, else what is usual."""
    if schedule is None:
        usual = {"frequency": "monthly", "at": "09:00", "weekday": "0", "month_day": "1", "zone": zone}
        period = report.parameters.get("period") or "last_month"
        more = {"period": period, "missed": "once", "mail_as": "link", "link_days": "14"}
        more |= {"month": "1", "quarter_month": "1"}
        return MultiDict({**usual, **more, "formats": list(report.formats), "channels": list(CHANNELS)})
    names = ("name", "frequency", "at", "weekday", "month_day", "month", "cron", "zone", "period", "missed", "mail_as")
    values = {name: getattr(schedule, name) for name in (*names, "mail_note", "link_days")}
    lists: dict[str, list[str]] = {
        "formats": schedule.formats,
        "channels": schedule.channels,
        "roles": schedule.roles,
        "webhooks": [str(each) for each in schedule.webhook_ids],
    }
    words = {name: "" if value is None else str(value) for name, value in values.items()}
    words["quarter_month"] = words["month"] if schedule.frequency == "quarterly" else "1"
    words["recipients"] = "\n".join(schedule_search.addresses_of(schedule))
    found = MultiDict(words)
    for name, chosen in lists.items():
        found.setlist(name, chosen)
    return found


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
