"""The application put together: a list of parts, each initialised once."""

from apiflask import APIFlask
from flask import Flask

from app import api, web
from app.api import sockets
from app.config import REPOSITORY, Config
from app.extensions import csrf, htmx
from app.process import bind_migrations, equip


def make_app(config: Config) -> Flask:
    """A Flask application for one configuration, whose services run."""
    app = APIFlask(
        "app",
        root_path=str(REPOSITORY / "app"),
        template_folder="../templates",
        static_folder="../static",
        json_errors=False,
        spec_path=None,
        docs_path=None,
        title=api.TITLE,
        version=api.VERSION,
    )
    app.url_map.strict_slashes = False  # who types an address need not know how it ends
    equip(app, config)
    bind_migrations(app)
    csrf.init_app(app)
    htmx.init_app(app)
    for part in (web, api, sockets):
        part.install(app)
    return app
