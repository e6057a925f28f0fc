"""A process bound to its installation: database, Redis, keys, files, mail. Workers and schedulers need no more than
this and start without the pages; `app.factory` puts the pages on top."""

from typing import Any

from flask import Flask

from app.config import REPOSITORY, Config
from app.core import connection, tenancy
from app.core.mail import postbox
from app.core.outbound import outbound
from app.core.queue import SignedJson
from app.core.secrets import use_master_key
from app.extensions import db, store
from app.live import tags
from app.models.keyring import use_installation_key
from app.reports.storage import storage
from app.rollups import marks

# Pages ask many short statements: compiling one, or starting processes for it, costs more than it saves.
_SESSION = {"statement_timeout": 60000, "jit": "off", "max_parallel_workers_per_gather": 0}  # timeout in ms


def make_process(config: Config) -> Flask:
    """An application context without pages, for one configuration, whose services run."""
    app = Flask("app")
    equip(app, config)
    return app


def equip(app: Flask, config: Config) -> None:
    """Gives an application its database and binds the process to the installation."""
    app.config.update(_settings(config))
    app.extensions["mediconnect"] = config
    db.init_app(app)
    with app.app_context():
        connection.install(db.engine)
    bind_process(config)
    tenancy.install(db.session.session_factory)
    marks.install(db.session.session_factory)


def bind_migrations(app: Flask) -> None:
    """Lets `app.services.platform.setup.upgrade` find the migrations: for who brings the database up to date."""
    from flask_migrate import Migrate  # neither worker nor scheduler needs it

    Migrate(app, db, directory=str(REPOSITORY / "migrations"))


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
            "pool_use_lifo": True,  # the connection used last has its statements prepared and its plans at hand
            "pool_pre_ping": True,
            "hide_parameters": True,  # an error's text may reach a log; values may be a patient's
            "connect_args": {"options": " ".join(f"-c {name}={value}" for name, value in _SESSION.items())},
        },
        "DATABASE_OWNER_URL": config.database_owner_url,
        "SECRET_KEY": config.keys.session,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
    }
