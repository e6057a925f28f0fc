"""Pages: parse, call a service or a metric, render."""

from flask import Flask

from app.config import REPOSITORY
from app.core.format import FILTERS
from app.web import (
    aims,
    alerts,
    audit,
    doctor_lists,
    errors,
    events,
    guard,
    headers,
    health,
    home,
    imports,
    measure,
    metrics,
    patient,
    polls,
    screens,
    session,
    system_alerts,
    users,
    walls,
    worklist,
)
from app.web.build import build_of
from app.web.dashboards import routes as dashboards
from app.web.login import account, account_links, auth, login_rules, passkey_login, provider_login, second_factor
from app.web.reports import deliveries, report_library, report_list, report_requests, schedules, webhooks

BLUEPRINTS = (
    home.bp,
    auth.bp,
    passkey_login.bp,
    provider_login.bp,
    account_links.bp,
    account.bp,
    second_factor.bp,
    dashboards.bp,
    doctor_lists.bp,
    patient.bp,
    worklist.bp,
    alerts.bp,
    system_alerts.bp,
    metrics.bp,
    report_requests.bp,
    report_list.bp,
    report_library.bp,
    schedules.bp,
    deliveries.bp,
    webhooks.bp,
    walls.bp,
    screens.bp,
    imports.bp,
    audit.bp,
    users.bp,
    login_rules.bp,
    events.bp,
    aims.bp,
    health.bp,
)


def install(app: Flask) -> None:
    """Everything a page needs: who may come in, how errors and headers look, the pages themselves, their polls."""
    for part in (measure, headers, session, guard, errors, polls):
        part.install(app)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["build"] = build_of(REPOSITORY)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
