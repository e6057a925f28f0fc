"""The lists behind a doctor's dashboard: the whole day, patient alerts, results to review, unread messages."""

from flask import Blueprint, g, render_template, url_for

from app.core import format
from app.core.permissions import Permission
from app.models import Clinic
from app.services.dashboards import doctor_day
from app.services.dashboards.readings import local_today, zone_of
from app.services.doctors import Doctor
from app.services.places import Places, places_of
from app.web.dashboards import doctor_lists as rows
from app.web.dashboards.doctor import doctor_asked, named
from app.web.guard import requires
from app.web.places import clinic_asked
from app.web.shell import shell
from app.web.view_models import Column, Link, Row, TableView

bp = Blueprint("doctor_lists", __name__, url_prefix="/doctor")

AUDITED = "Each name shown is in the access log."


@bp.get("/schedule/")
@requires(Permission.DASHBOARD_DOCTOR, patients=True)
def schedule() -> str:
    """Every visit of today, those over and cancelled too."""
    places, clinic, doctor = _asked()
    day = local_today(places.organization, clinic)
    found = doctor_day.schedule_of(g.actor, doctor.id, clinic.id if clinic else None, day)
    lines = tuple(rows.visit_row(visit, day) for visit in found)
    title = f"{format.plural(len(found), 'visit')} today"
    under = f"{format.date(day, 'full')}, {doctor.name}"
    return _page(places, clinic, doctor, title, under, rows.VISIT_COLUMNS, lines, "No visit is booked today.")


@bp.get("/alerts/")
@requires(Permission.DASHBOARD_DOCTOR, patients=True)
def attention() -> str:
    """Patients who should not wait, the most urgent first."""
    places, clinic, doctor = _asked()
    day = local_today(places.organization, clinic)
    found = doctor_day.day_of(g.actor, doctor.id, None, day).attention.alerts
    lines = tuple(rows.alert_row(alert) for alert in found)
    empty = "Nothing about a patient is overdue."
    return _page(places, clinic, doctor, "Patient alerts", doctor.name, rows.ALERT_COLUMNS, lines, empty)


@bp.get("/results/")
@requires(Permission.DASHBOARD_DOCTOR, patients=True)
def results() -> str:
    """Results that wait for review, the abnormal ones first."""
    places, clinic, doctor = _asked()
    found, count = doctor_day.results_to_review(g.actor, doctor.id, local_today(places.organization, clinic))
    zone = zone_of(places.organization, clinic)
    lines = tuple(rows.result_row(one, zone) for one in found)
    title, empty = f"Pending results: {count}", "Every result has been reviewed."
    return _page(places, clinic, doctor, title, doctor.name, rows.RESULT_COLUMNS, lines, empty)


@bp.get("/messages/")
@requires(Permission.DASHBOARD_DOCTOR, patients=True)
def messages() -> str:
    """Messages that nobody has read, the oldest first."""
    places, clinic, doctor = _asked()
    found, count = doctor_day.unread_messages(g.actor, doctor.id, local_today(places.organization, clinic))
    zone = zone_of(places.organization, clinic)
    lines = tuple(rows.message_row(one, zone) for one in found)
    title, empty = f"Unread messages: {count}", "Every message has been read."
    return _page(places, clinic, doctor, title, doctor.name, rows.MESSAGE_COLUMNS, lines, empty)


def _asked() -> tuple[Places, Clinic | None, Doctor]:
    places = places_of(g.actor)
    return places, clinic_asked(places), doctor_asked(places)


def _page(
    places: Places,
    clinic: Clinic | None,
    doctor: Doctor,
    title: str,
    under: str,
    columns: tuple[Column, ...],
    lines: tuple[Row, ...],
    empty: str,
) -> str:
    place = named(doctor) | ({} if clinic is None else {"clinic_id": clinic.id})
    return render_template(
        "doctor/list.html",
        title=title,
        under=under,
        crumbs=(Link(doctor.name, url_for("dashboards.doctor", **place)),),
        table=TableView(title, columns, lines, empty, stacked=True),
        words=AUDITED if lines else "",
        shell=shell(g.actor, places, clinic),
    )
