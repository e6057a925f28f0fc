"""What every test may use: real servers, one migrated database a run, and each test undone at its end."""

import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from app import create_app
from app.config import Config
from app.core.tenancy import tenant_scope
from app.extensions import db, store
from app.keys import Keys
from app.process import bind_process
from app.services.platform.setup import upgrade
from tests.servers import database_name, running_servers

# pygal leaves a finder of an older Python behind, which pytest's own way of importing stumbles over.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

pytest_plugins = [
    "tests.fixtures.people",
    "tests.fixtures.records",
    "tests.fixtures.committed",
    "tests.fixtures.clients",
    "tests.fixtures.openid_provider",
    "tests.fixtures.statements",
    "tests.fixtures.reports",
]


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[str, str]]:
    """Addresses of a PostgreSQL in which databases can be made, and of a Redis."""
    with running_servers() as addresses:
        yield addresses


@pytest.fixture(scope="session")
def config(servers: tuple[str, str]) -> Iterator[Config]:
    """A configuration over an empty database of this run's own."""
    database, redis = servers
    name = database_name()
    admin = create_engine(database, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(database).set(database=name).render_as_string(hide_password=False)
    home = Path(tempfile.mkdtemp(prefix="mediconnect-test-"))
    keys = Keys.derive(secrets.token_urlsafe(48))
    yield Config(home, keys, public_url="http://localhost").with_services(url, url, redis)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def app(config: Config) -> Flask:
    """The application over the migrated database of this run."""
    application = create_app(config)
    application.config.update(TESTING=True)
    with application.app_context():
        upgrade()
    return application


@pytest.fixture
def redis(app: Flask, config: Config) -> Redis:
    """The Redis of this run, empty. A test of a whole installation may have bound the process to another one."""
    if store.url != config.redis_url:
        bind_process(config)
    store.client.flushdb()
    return store.client


@pytest.fixture
def session(app: Flask, redis: Redis) -> Iterator[Session]:
    """One outer transaction a test, always undone; a commit in the code becomes the end of a savepoint."""
    with app.app_context():
        engine = db.engine
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection  # Flask-SQLAlchemy ignores a bind set on the session
            db.session.configure(join_transaction_mode="create_savepoint")
            try:
                yield db.session
            finally:
                db.session.remove()
                outer.rollback()
                db.engines[None] = engine


@pytest.fixture
def scope(session: Session, organization) -> Iterator[None]:
    """The rows of the test's organization are open."""
    with tenant_scope(organization.id):
        yield
