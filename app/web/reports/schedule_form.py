"""The form of a schedule: every field with its value, and what was sent of it as a plan."""

from collections.abc import Mapping
from typing import Any

from flask import g, request

from app.core.errors import AppError
from app.core.permissions import Role
from app.core.recurrence import FREQUENCIES, MONTHS, WEEKDAYS
from app.models import Report, ReportSchedule
from app.services.delivery import webhooks
from app.services.reports import report_library, schedules
from app.services.reports.report_errors import ScheduleInvalid
from app.services.reports.report_types import FORMATS, RELATIVE
from app.services.reports.schedules import CHANNELS, MISSED, Plan
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


def plan(form: Mapping[str, str]) -> Plan:
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
        formats=[key for key in FORMATS if form.get(f"format-{key}")],
        missed=form.get("missed", "once"),
        channels=[key for key in CHANNELS if form.get(f"channel-{key}")],
        recipients=form.get("recipients", "").replace(",", " ").split(),
        roles=[role.value for role in ROLES if form.get(f"role-{role.value}")],
        webhook_ids=[hook.id for hook in webhooks.list_webhooks(g.actor) if form.get(f"webhook-{hook.id}")],
        mail_as=form.get("mail_as", "link"),
        mail_note=form.get("mail_note", "").strip() or None,
        link_days=_number(form, "link_days") or 14,
        enabled=True,
    )


def _number(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 4:
        raise ScheduleInvalid("Give a whole number.", field=name)
    return int(text)


def _month(form: Mapping[str, str]) -> int | None:
    """In a quarter the month counts from its first one."""
    month = _number(form, "month")
    return month if month is None or form.get("frequency") != "quarterly" else (month - 1) % 3 + 1


def form(
    action: str, report: Report, schedule: ReportSchedule | None, zone: str, error: AppError | None = None
) -> FormView:
    """The form with what was sent, else with what the schedule holds, else with what is usual."""
    clinic = report_library.clinic_of(g.actor, report)
    values = _stored(schedule, report, clinic.zone if clinic else zone) if error is None else request.form.to_dict()
    wrong = {error.details.get("field", ""): error.message} if error else {}

    def text(name: str, label: str, **more: Any) -> FormField:
        return FormField(
            name, label, value=values.get(name, ""), error=wrong.get(_FIELD_OF.get(name, name), ""), **more
        )

    def choice(name: str, label: str, options: Mapping[str, str], **more: Any) -> FormField:
        return text(name, label, type="select", options=tuple(options.items()), **more)

    def ticks(prefix: str, options: Mapping[str, str]) -> list[FormField]:
        return [
            FormField(f"{prefix}-{key}", label, "checkbox", checked=bool(values.get(f"{prefix}-{key}")))
            for key, label in options.items()
        ]

    months = {str(number): name for number, name in enumerate(MONTHS, 1)}
    fields = [
        text("name", "Name", optional=True, hint="Empty: the report's title"),
        choice("frequency", "How often", {each: _FREQUENCY_WORDS.get(each, each.capitalize()) for each in FREQUENCIES}),
        text("at", "Time", type="time"),
        choice("weekday", "Weekday", {str(n): name for n, name in enumerate(WEEKDAYS)}, hint="For weekly ones"),
        text("month_day", "Day of the month", type="number", optional=True, hint=_DAY_HINT),
        choice("month", "Month", months, hint="For yearly ones; for quarterly ones, which month of the quarter"),
        text("cron", "Cron expression", optional=True, hint="Minute, hour, day, month, weekday: 0 7 * * 1-5"),
        text("zone", "Time zone", hint="Such as Europe/Berlin"),
        choice("period", "Period", {key: words.capitalize() for key, words in RELATIVE.items()}, hint=_PERIOD_HINT),
        choice("missed", "Runs missed while nothing ran", {key: words.capitalize() for key, words in MISSED.items()}),
        *ticks("format", {key: label for key, (label, _) in FORMATS.items()}),
        text("recipients", "People", type="textarea", optional=True, hint="Mail addresses of members, one on a line"),
        *ticks("role", {role.value: label for role, label in ROLES.items()}),
        *ticks("channel", CHANNELS),
        *ticks("webhook", {str(hook.id): f"Webhook {hook.name}" for hook in webhooks.list_webhooks(g.actor)}),
        choice("mail_as", "Mails hold", {"link": "A link", "attachment": "The file and a link"}),
        text("mail_note", "A sentence for the mail", optional=True, hint="Mail is not sealed: nothing of a patient"),
        text("link_days", "Links work for days", type="number"),
    ]
    shown = {field.name for field in fields} | set(_FIELD_OF.values())
    place = "" if error is None or error.details.get("field") in shown else error.message
    return FormView(action, "Save schedule", tuple(fields), error=place, hidden=(("report", str(report.id)),))


_DAY_HINT = "1 to 31; a shorter month's last day stands in"
_PERIOD_HINT = "Reckoned at the moment it is due, in the schedule's zone"


def _stored(schedule: ReportSchedule | None, report: Report, zone: str) -> dict[str, str]:
    if schedule is None:
        usual = {"frequency": "monthly", "at": "09:00", "weekday": "0", "month_day": "1", "month": "1", "zone": zone}
        period = report.parameters.get("period") or "last_month"
        ticked = {f"format-{key}": "yes" for key in report.formats} | {f"channel-{key}": "yes" for key in CHANNELS}
        return usual | ticked | {"period": period, "missed": "once", "mail_as": "link", "link_days": "14"}
    names = ("name", "frequency", "at", "weekday", "month_day", "month", "cron", "zone", "period", "missed", "mail_as")
    values = {name: getattr(schedule, name) for name in (*names, "mail_note", "link_days")}
    found = {name: "" if value is None else str(value) for name, value in values.items()}
    for prefix, ticked_names in (
        ("format", schedule.formats),
        ("channel", schedule.channels),
        ("role", schedule.roles),
        ("webhook", [str(each) for each in schedule.webhook_ids]),
    ):
        found |= {f"{prefix}-{name}": "yes" for name in ticked_names}
    return found | {"recipients": "\n".join(schedules.addresses_of(schedule))}
