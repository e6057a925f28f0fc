"""The way in: each role's own first page."""

from flask import Blueprint, g, redirect, url_for
from werkzeug.wrappers import Response

from app.core.permissions import Permission, Role
from app.web.guard import requires

bp = Blueprint("home", __name__)

# In this order, for those who hold several roles. A role without a line lands on the first page it may use.
FIRST = (
    (Role.PLATFORM_ADMIN, "dashboards.admin"),
    (Role.ADMIN, "dashboards.home"),
    (Role.CLINIC_STAFF, "dashboards.home"),
    (Role.DOCTOR, "dashboards.doctor"),
    (Role.BILLING_STAFF, "dashboards.billing"),
    (Role.ANALYST, "dashboards.analytics"),
    (Role.PATIENT, "dashboards.patient"),
)


@bp.get("/")
@requires(Permission.ACCOUNT_USE, installation=True)
def index() -> Response:
    """Leads to the dashboard of the viewer's role."""
    endpoint = next((name for role, name in FIRST if role in g.actor.roles), "account.show")
    return redirect(url_for(endpoint))
