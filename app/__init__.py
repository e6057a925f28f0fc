"""The application: `create_app` is a list of parts put together."""

from typing import Any

from apiflask import APIFlask
from flask import Flask

from app import api, web
from app.config import REPOSITORY, Config
from app.core import tenancy
from app.core.queue import SignedJson
from app.core.secrets import use_master_key
from app.extensions import csrf, db, htmx, migrate, store
from app.live import tags
from app.models.keyring import use_installation_key
from app.reports.storage import storage
from app.rollups import marks


def create_app(config: Config | None = None) -> Flask:
    """A Flask application for one configuration (default: the environment's, with its embedded servers)."""
    config = config or _from_environment()
    app = APIFlask(
        __name__,
        template_folder="../templates",
        static_folder="../static",
        json_errors=False,
        spec_path=None,
        docs_path=None,
        title=api.TITLE,
        version=api.VERSION,
    )
    app.config.update(_settings(config))
    app.extensions["mediconnect"] = config
    db.init_app(app)
    migrate.init_app(app, db, directory=str(REPOSITORY / "migrations"))
    csrf.init_app(app)
    htmx.init_app(app)
    assert config.redis_url is not None  # resolved above, or given
    store.connect(config.redis_url)
    use_installation_key(config.keys.data)
    use_master_key(config.keys.token)
    tags.use_key(config.keys.session)
    SignedJson.use_key(config.keys.doorbell)
    storage.use(config.home / "reports")
    tenancy.install(db.session.session_factory)
    marks.install(db.session.session_factory)
    for part in (web, api):
        part.install(app)
    return app


def _from_environment() -> Config:
    from app import embedded

    return embedded.resolve(Config.from_env())


def _settings(config: Config) -> dict[str, Any]:
    """The settings of Flask and its extensions."""
    return {
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 8,
            "max_overflow": 4,
            "pool_pre_ping": True,
            "hide_parameters": True,  # an error's text may reach a log; values may be a patient's
            "connect_args": {"options": "-c statement_timeout=60000"},
        },
        "DATABASE_OWNER_URL": config.database_owner_url,
        "SECRET_KEY": config.keys.session,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
    }
