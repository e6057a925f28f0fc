"""Where each dashboard stands. One line a dashboard gives it its page, its fragments and its place in the rail."""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.core.permissions import Permission
from app.services.places import places_of
from app.web.dashboards import admin, analytics, billing, doctor, patient
from app.web.dashboards.clinic import CLINIC
from app.web.dashboards.pages import add_to
from app.web.guard import requires
from app.web.shell import shell

bp = Blueprint("dashboards", __name__)

add_to(bp, "/clinics/<uuid:clinic_id>/", CLINIC)
add_to(bp, "/billing/", billing.DASHBOARD)
add_to(bp, "/doctor/", doctor.DASHBOARD)
add_to(bp, "/patient/", patient.DASHBOARD)
add_to(bp, "/admin/", admin.DASHBOARD)
add_to(bp, "/analytics/", analytics.DASHBOARD)


@bp.get("/clinics/")
@requires(Permission.DASHBOARD_CLINIC)
def home() -> Response | str:
    """The viewer's first clinic, or a word on how to get one."""
    places = places_of(g.actor)
    if not places.clinics:
        return render_template("dashboards/no_clinic.html", shell=shell(g.actor, places))
    return redirect(url_for(".clinic", clinic_id=places.clinics[0].id))
