"""The way in: each role's own first page."""

from flask import Blueprint, g, redirect, url_for
from werkzeug.wrappers import Response

from app.core.permissions import Permission
from app.web.guard import requires

bp = Blueprint("home", __name__)

FIRST = (
    (Permission.DASHBOARD_CLINIC, "dashboards.home"),
    (Permission.CATALOGUE_READ, "metrics.catalogue"),
)


@bp.get("/")
@requires(Permission.ACCOUNT_USE)
def index() -> Response:
    """Leads to the first page that the viewer may see."""
    endpoint = next((name for permission, name in FIRST if g.actor.can(permission)), "account.show")
    return redirect(url_for(endpoint))
