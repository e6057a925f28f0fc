"""Dashboards for programs."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import g

from app.api import billing_dashboard
from app.api.answers import REAL_TIME, kept
from app.api.clinic_dashboard import document
from app.core.permissions import Permission
from app.services import billing_dashboard as billing_service
from app.services import clinic_dashboard
from app.services.clinic_staff import staff_of
from app.services.places import places_of
from app.services.readings import local_today
from app.web.guard import requires
from app.web.periods import chosen
from app.web.places import clinic_asked

bp = APIBlueprint("api_dashboards", __name__, tag="Dashboards")


@bp.get("/api/billing/dashboard/")
@requires(Permission.DASHBOARD_BILLING, patients=True)
@bp.doc(responses={200: "Every figure of the billing dashboard; `reasons` says why a field is null"})
@kept(REAL_TIME, private=True)
def billing() -> dict[str, Any]:
    """The billing dashboard of the caller's clinics, or of one (`clinic_id`); a doctor's own work for doctors.

    `period` (day, week, month, quarter, year, or custom with `start` and `end`) chooses what the tiles are shown for.
    """
    places = places_of(g.actor)
    clinic = clinic_asked(places)
    today = local_today(places.organization, clinic)
    period = chosen(today, places.organization.week_start).period
    return billing_dashboard.document(billing_service.read(g.actor, places.organization, clinic, period))


@bp.get("/api/clinics/<uuid:clinic_id>/dashboard/")
@requires(Permission.DASHBOARD_CLINIC)
@bp.doc(responses={200: "Every figure of the clinic dashboard; `reasons` says why a field is null"})
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
    return document(reading, staff_of(g.actor, clinic_id, today))
