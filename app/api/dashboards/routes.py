"""Dashboards for programs."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import g, request

from app.api.dashboards.admin import document as of_admin
from app.api.dashboards.analytics import document as of_analytics
from app.api.dashboards.answers import HOURLY, REAL_TIME, kept
from app.api.dashboards.asked import PERIOD, takes
from app.api.dashboards.billing import document as of_billing
from app.api.dashboards.clinic import document as of_clinic
from app.api.dashboards.doctor import document as of_doctor
from app.api.dashboards.doctor_analytics import document as of_doctors_period
from app.api.dashboards.patient import document as of_patient
from app.core.errors import Invalid
from app.core.permissions import Permission
from app.metrics.catalogue import METRICS
from app.services.dashboards import (
    admin_dashboard,
    analytics_dashboard,
    billing_dashboard,
    clinic_dashboard,
    doctor_dashboard,
    patient_dashboard,
)
from app.services.dashboards.clinic_staff import staff_of
from app.services.dashboards.readings import local_today
from app.services.doctors import Doctor, doctor_for
from app.services.places import Places, places_of
from app.web.guard import requires
from app.web.periods import between, chosen
from app.web.places import clinic_asked, flag_asked, id_asked

bp = APIBlueprint("api_dashboards", __name__, tag="Dashboards")


@bp.get("/api/dashboard/admin/")
@requires(Permission.DASHBOARD_ADMIN, installation=True)
@bp.doc(responses={200: "Every figure of the admin dashboard; `reasons` says why a field is null"})
@takes()
def admin() -> dict[str, Any]:
    """The admin dashboard: of the caller's organization, or of the whole installation for a platform admin.

    It shows the state of this moment and takes no period.
    """
    return of_admin(admin_dashboard.read(g.actor, places_of(g.actor).organization))


@bp.get("/api/analytics/dashboard/")
@requires(Permission.DASHBOARD_ANALYTICS)
@bp.doc(responses={200: "Every figure of the analytics dashboard; `reasons` says why a field is null"})
@takes(*PERIOD, "clinic_id", "department", "metrics")
@kept(HOURLY)
def analytics() -> dict[str, Any]:
    """The analytics dashboard of the caller's clinics, of one (`clinic_id`) or of a department (`department`, by name).

    `period` (day, week, month, quarter, year, or custom with `start` and `end`; without it the month) chooses what the
    figures are of; `metrics` (keys of the catalogue with commas between) asks for more of them. Doctors get their own
    work's figures.
    """
    places = places_of(g.actor)
    clinic = clinic_asked(places)
    today = local_today(places.organization, clinic)
    asked = chosen(today, places.organization.week_start, usual="month")
    metrics = metrics_asked()
    department = request.args.get("department", "")
    reading = analytics_dashboard.read(g.actor, places.organization, clinic, asked.period, department, metrics)
    return of_analytics(reading, asked.name, metrics)


@bp.get("/api/billing/dashboard/")
@requires(Permission.DASHBOARD_BILLING, patients=True)
@bp.doc(responses={200: "Every figure of the billing dashboard; `reasons` says why a field is null"})
@takes(*PERIOD, "clinic_id")
@kept(REAL_TIME, private=True)
def billing() -> dict[str, Any]:
    """The billing dashboard of the caller's clinics, or of one (`clinic_id`); a doctor's own work for doctors.

    `period` (day, week, month, quarter, year, or custom with `start` and `end`) chooses what the tiles are shown for.
    """
    places = places_of(g.actor)
    clinic = clinic_asked(places)
    today = local_today(places.organization, clinic)
    period = chosen(today, places.organization.week_start).period
    return of_billing(billing_dashboard.read(g.actor, places.organization, clinic, period))


@bp.get("/api/dashboard/patient/")
@requires(Permission.DASHBOARD_PATIENT, patients=True)
@bp.doc(responses={200: "Every field of the patient dashboard; `reasons` says why a field is null"})
@takes("patient_id")
def patient() -> dict[str, Any]:
    """A patient's own dashboard; doctors name one of their patients, administrators any, with `patient_id`.

    Clinic staff get appointments, contact and balance; what is in the chart is null.
    """
    return of_patient(patient_dashboard.read(g.actor, places_of(g.actor), id_asked("patient_id")))


@bp.get("/api/clinics/<uuid:clinic_id>/dashboard/")
@requires(Permission.DASHBOARD_CLINIC)
@bp.doc(responses={200: "Every figure of the clinic dashboard; `reasons` says why a field is null"})
@takes(*PERIOD)
@kept(REAL_TIME)
def clinic(clinic_id: UUID) -> dict[str, Any]:
    """The clinic dashboard.

    `period` (day, week, month, quarter, year, or custom with `start` and `end`) chooses what departments are shown for.
    """
    places = places_of(g.actor)
    clinic = places.clinic(clinic_id)
    today = local_today(places.organization, clinic)
    period = chosen(today, places.organization.week_start).period
    reading = clinic_dashboard.read(g.actor, places.organization, clinic, period)
    return of_clinic(reading, staff_of(g.actor, clinic_id, today))


@bp.get("/api/dashboard/doctor/")
@requires(Permission.DASHBOARD_DOCTOR, patients=True)
@bp.doc(responses={200: "Every figure of the doctor dashboard; `reasons` says why a field is null"})
@takes(*PERIOD, "clinic_id", "doctor_id")
@kept(REAL_TIME, private=True)
def doctor() -> dict[str, Any]:
    """The caller's own doctor dashboard; an administrator names the doctor (`doctor_id`).

    `clinic_id` narrows it to one clinic. Each patient named is in the access log.
    """
    places = places_of(g.actor)
    clinic, doctor = clinic_asked(places), _doctor(places)
    period = chosen(local_today(places.organization, clinic), places.organization.week_start).period
    reading = doctor_dashboard.read(g.actor, places.organization, clinic, period, doctor)
    named = {} if doctor.id == g.actor.practitioner_id else {"doctor_id": doctor.id}
    return of_doctor(reading, named | ({} if clinic is None else {"clinic_id": clinic.id}))


@bp.get("/api/dashboard/doctor/analytics/")
@requires(Permission.DASHBOARD_DOCTOR)
@bp.doc(responses={200: "A period of one doctor's work; `reasons` says why a field is null"})
@takes(*PERIOD, "start_date", "end_date", "comparison", "clinic_id", "doctor_id")
@kept(HOURLY)
def doctor_period() -> dict[str, Any]:
    """The work of a period: day, week, month, quarter or year (`period`), or from `start_date` to `end_date`.

    `comparison` (true or false) adds the like part of the period before; `clinic_id` narrows it to one clinic. An
    administrator names the doctor (`doctor_id`).
    """
    places = places_of(g.actor)
    clinic, doctor = clinic_asked(places), _doctor(places)
    period = between(local_today(places.organization, clinic), places.organization.week_start)
    compare = flag_asked("comparison", default=True)
    return of_doctors_period(doctor_dashboard.analytics(g.actor, places.organization, clinic, period, doctor, compare))


def _doctor(places: Places) -> Doctor:
    return doctor_for(g.actor, id_asked("doctor_id"), local_today(places.organization))


def metrics_asked() -> tuple[str, ...]:
    """The keys of the catalogue named in `metrics`; raises Invalid for one that is none."""
    keys = tuple(dict.fromkeys(key.strip() for key in request.args.get("metrics", "").split(",") if key.strip()))
    for key in keys:
        if key not in METRICS:
            raise Invalid("There is no such metric.", field="metrics", metric=key)
    return keys
