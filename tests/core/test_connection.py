"""A connection keeps what it has prepared when a transaction is given up, and gives it up as any other does."""

import psycopg
import pytest
from sqlalchemy import make_url

from app.core.connection import PreparedConnection

PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 41%'"


@pytest.fixture
def connection(config):
    url = make_url(config.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with PreparedConnection.connect(url, prepare_threshold=1) as opened:
        yield opened


def _ask(connection, query):
    return connection.execute(query).fetchone()[0]


def test_what_is_prepared_outlives_a_rollback(connection):
    for _ in range(3):
        assert _ask(connection, "SELECT 41 + 1") == 42
        connection.rollback()
    assert _ask(connection, PREPARED) == 1


def test_a_rollback_undoes_what_was_written(connection):
    connection.execute("CREATE TEMPORARY TABLE notes (text text)")
    connection.commit()
    connection.execute("INSERT INTO notes VALUES ('lost')")
    connection.rollback()
    assert _ask(connection, "SELECT count(*) FROM notes") == 0


def test_a_failed_transaction_is_over_after_a_rollback(connection):
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute("SELECT 1 / 0")
    connection.rollback()
    assert _ask(connection, "SELECT 41 + 1") == 42


def test_a_rollback_says_that_the_server_is_away(connection, config):
    pid = _ask(connection, "SELECT pg_backend_pid()")
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as another:
        another.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(psycopg.OperationalError):
        connection.rollback()


def test_the_application_uses_such_connections(session):
    assert isinstance(session.connection().connection.driver_connection, PreparedConnection)
