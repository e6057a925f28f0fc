"""Pages: parse, call a service or a metric, render."""

from flask import Flask

from app.core.format import FILTERS
from app.web import (
    account,
    alerts,
    audit,
    auth,
    deliveries,
    errors,
    guard,
    headers,
    health,
    home,
    imports,
    metrics,
    polls,
    report_library,
    reports,
    schedules,
    session,
    walls,
    webhooks,
    worklist,
)
from app.web.dashboards import clinic

BLUEPRINTS = (
    home.bp,
    auth.bp,
    account.bp,
    clinic.bp,
    worklist.bp,
    alerts.bp,
    metrics.bp,
    reports.bp,
    report_library.bp,
    schedules.bp,
    deliveries.bp,
    webhooks.bp,
    walls.bp,
    imports.bp,
    audit.bp,
    health.bp,
)


def install(app: Flask) -> None:
    """Everything a page needs: who may come in, how errors and headers look, the pages themselves, their polls."""
    for part in (headers, session, guard, errors, polls):
        part.install(app)
    app.jinja_env.filters.update(FILTERS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
