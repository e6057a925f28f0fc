"""The application: `create_app` is a list of parts put together."""

from apiflask import APIFlask
from flask import Flask

from app import api, web
from app.config import Config
from app.core import tenancy
from app.core.secrets import use_master_secret
from app.extensions import csrf, db, htmx, migrate, store
from app.models.keyring import use_installation_key


def create_app(config: Config | None = None) -> Flask:
    """A Flask application for one configuration (default: the one of the environment)."""
    config = config or Config.from_env()
    app = APIFlask(
        __name__,
        template_folder="../templates",
        static_folder="../static",
        json_errors=False,
        spec_path=None,
        docs_path=None,
        **api.DESCRIPTION,
    )
    app.config.update(config.flask_settings())
    app.extensions["mediconnect"] = config

    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.root / "migrations"))
    csrf.init_app(app)
    htmx.init_app(app)
    store.connect(config.redis_url)
    use_installation_key(config.encryption_key)
    use_master_secret(config.secret_key)
    for part in (web, api):
        part.install(app)
    with app.app_context():
        tenancy.install(db.session.session_factory)
    return app
