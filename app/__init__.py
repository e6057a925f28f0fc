"""MediConnect. `create_app` is where everything is put together, `create_process` what works behind it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Config


def create_app(config: "Config | None" = None) -> "Flask":
    """A Flask application for one configuration (default: the environment's, with its embedded servers)."""
    # Imported here, so that the command line starts without the web.
    from app import embedded
    from app.config import Config
    from app.factory import make_app

    return make_app(config or embedded.resolve(Config.from_env()))


def create_process(config: "Config | None" = None) -> "Flask":
    """The same without pages, in half the time: for workers and schedulers."""
    from app import embedded
    from app.config import Config
    from app.process import make_process

    return make_process(config or embedded.resolve(Config.from_env()))
