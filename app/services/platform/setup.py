"""Bringing an installation to the state in which it can serve."""

import logging

import flask_migrate
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from app.extensions import db
from app.rollups.refresh import refresh_all


def upgrade() -> None:
    """Applies every migration that is still to come and sums up what they marked; needs an application context.

    So no page is served from facts that a migration has made room for but not filled.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    before = _revision()
    flask_migrate.upgrade()
    if before != _revision():
        refresh_all()


def _revision() -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def tidy(owner_url: str) -> None:
    """Vacuums and analyses all tables as their owner, so that the first pages are planned on figures of the data."""
    engine = create_engine(owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM (ANALYZE, SKIP_LOCKED)"))
    engine.dispose()
