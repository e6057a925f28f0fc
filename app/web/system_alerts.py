"""Alerts about the installation: acknowledged by who looks after them."""

from uuid import UUID

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from app.core.permissions import Permission
from app.services.platform import platform_health
from app.web.guard import requires
from app.web.targets import local_target

bp = Blueprint("system_alerts", __name__, url_prefix="/admin/alerts")


@bp.post("/<uuid:alert_id>/take")
@requires(Permission.PLATFORM_READ, installation=True)
def take(alert_id: UUID) -> Response:
    """The viewer looks after the episode."""
    platform_health.take(g.actor, alert_id)
    return redirect(local_target(request.form.get("next")), 303)
