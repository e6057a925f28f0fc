"""Pages: parse, call a service or a metric, render."""

from flask import Flask

from app.web import account, audit, auth, errors, filters, guard, headers, health, imports, reports, session

BLUEPRINTS = (auth.bp, account.bp, audit.bp, imports.bp, reports.bp, health.bp)


def install(app: Flask) -> None:
    """Everything a page needs: who may come in, how errors and headers look, the pages themselves."""
    for part in (headers, session, guard, errors):
        part.install(app)
    app.jinja_env.filters.update(filters.FILTERS)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
