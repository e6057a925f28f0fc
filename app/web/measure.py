"""Times each request and notes its area: the dashboard that is shown, else the blueprint that answers.

Polls that are answered before Flask is entered are not among them.
"""

from time import perf_counter

from flask import Flask, Response, g, request

from app.live.poll import REDRAWN
from app.services.platform import request_counts

DASHBOARDS = frozenset({"dashboards", "api_dashboards"})
UNMEASURED = frozenset({"static", "health"})


def area_of(endpoint: str) -> str:
    """The area of an endpoint: "dashboards.billing_widget" and the API beside it are both "billing"."""
    blueprint, _, name = endpoint.partition(".")
    if blueprint in DASHBOARDS:
        return name.removesuffix("_widget")
    return blueprint


def install(app: Flask) -> None:
    """Starts a clock before each request and notes the answer after it."""

    @app.before_request
    def start() -> None:
        g.started_at = perf_counter()

    @app.after_request
    def note(response: Response) -> Response:
        area = "" if REDRAWN in request.environ else area_of(request.endpoint or "")
        if area and area not in UNMEASURED and "started_at" in g:
            actor = g.get("actor")
            organization_id, user_id = (actor.organization_id, actor.user_id) if actor else (None, None)
            seconds = perf_counter() - g.started_at
            request_counts.count(area, response.status_code, seconds, organization_id, user_id)
        return response
