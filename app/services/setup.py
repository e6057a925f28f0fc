"""Bringing an installation to the state in which it can serve."""

import logging

import flask_migrate


def upgrade() -> None:
    """Applies every migration that is still to come; needs an application context."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    flask_migrate.upgrade()
