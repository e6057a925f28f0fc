"""Bringing an installation to the state in which it can serve."""

import logging

import flask_migrate
from sqlalchemy import create_engine, text


def upgrade() -> None:
    """Applies every migration that is still to come; needs an application context."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    flask_migrate.upgrade()


def tidy(owner_url: str) -> None:
    """Vacuums and analyses all tables as their owner, so that the first pages are planned on figures of the data."""
    engine = create_engine(owner_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM (ANALYZE, SKIP_LOCKED)"))
    engine.dispose()
