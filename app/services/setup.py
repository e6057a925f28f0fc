"""Bringing an installation to the state in which it can serve."""

import logging

import flask_migrate

from app.config import Config


def upgrade() -> None:
    """Applies every migration that is still to come; needs an application context."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    flask_migrate.upgrade()


def prepare(config: Config) -> None:
    """Brings the database up to date."""
    from app import create_app

    with create_app(config).app_context():
        upgrade()
