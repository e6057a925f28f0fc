"""The application: `create_app` is a list of parts put together."""

from flask import Flask

from app.config import Config
from app.core import tenancy
from app.core.queue import SignedJson
from app.extensions import csrf, db, htmx, migrate, store
from app.models.keyring import use_installation_key
from app.reports.storage import storage


def create_app(config: Config | None = None) -> Flask:
    """A Flask application for one configuration (default: the one of the environment)."""
    config = config or Config.from_env()
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.update(config.flask_settings())
    app.extensions["mediconnect"] = config

    db.init_app(app)
    migrate.init_app(app, db, directory=str(config.root / "migrations"))
    csrf.init_app(app)
    htmx.init_app(app)
    store.connect(config.redis_url)
    SignedJson.use_key(config.secret_key)
    storage.use(config.home / "reports")
    use_installation_key(config.encryption_key)
    with app.app_context():
        tenancy.install(db.session.session_factory)
    return app
