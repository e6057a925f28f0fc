"""The application put together: a list of parts, each initialised once."""

from typing import Any

from apiflask import APIFlask
from flask import Flask

from app import api, web
from app.config import REPOSITORY, Config
from app.core import tenancy
from app.core.mail import postbox
from app.core.outbound import outbound
from app.core.queue import SignedJson
from app.core.secrets import use_master_key
from app.extensions import csrf, db, htmx, migrate, store
from app.live import tags, views
from app.models.keyring import use_installation_key
from app.reports.storage import storage
from app.rollups import marks


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
    app.config.update(_settings(config))
    app.extensions["mediconnect"] = config
    db.init_app(app)
    migrate.init_app(app, db, directory=str(REPOSITORY / "migrations"))
    csrf.init_app(app)
    htmx.init_app(app)
    bind_process(config)
    tenancy.install(db.session.session_factory)
    marks.install(db.session.session_factory)
    for part in (web, api, views):
        part.install(app)
    return app


def bind_process(config: Config) -> None:
    """Gives this process the installation's Redis, keys and folders; what was bound last is in force."""
    if config.redis_url is None:
        raise ValueError("the address of Redis has not been resolved")
    store.connect(config.redis_url)
    use_installation_key(config.keys.data)
    use_master_key(config.keys.token)
    tags.use_key(config.keys.session)
    SignedJson.use_key(config.keys.doorbell)
    storage.use(config.files)
    postbox.use(config.mail_server, config.public_url)
    outbound.use(config.outbound_allowed)


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
