"""The embedded PostgreSQL: starts, attaches, keeps what was committed whatever is killed, and lets nobody else in."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from app.config import REPOSITORY
from app.embedded import processes
from app.embedded.errors import EmbeddedError
from app.embedded.postgres import Cluster


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with connect(url) as connection:
        return connection.execute(statement).fetchall()


def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def kill_postmaster(cluster: Cluster) -> None:
    psutil.Process(postmaster(cluster)).kill()


def test_a_new_home_gets_postgresql_18(home: Path) -> None:
    urls = Cluster(home, durable=False).start()
    assert str(ask(urls.app_url, "SHOW server_version")[0][0]).startswith("18.")


def test_starting_again_attaches_to_the_running_server(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    urls = cluster.start()
    before = postmaster(cluster)
    assert Cluster(home, durable=False).start() == urls
    assert postmaster(cluster) == before


def test_stopping_leaves_no_process_and_keeps_the_data(home: Path) -> None:
    cluster = Cluster(home)
    urls = cluster.start()
    with connect(urls.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    cluster.stop()
    assert processes.running_in(cluster.data) == []
    assert ask(cluster.start().owner_url, "SELECT value FROM kept") == [(7,)]


def test_what_was_committed_survives_kill_9(home: Path) -> None:
    cluster = Cluster(home)
    urls = cluster.start()
    with connect(urls.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS value")
        kill_postmaster(cluster)
    assert ask(cluster.start().owner_url, "SELECT count(*), sum(value) FROM kept") == [(1000, 500500)]


def test_a_stale_process_number_that_another_process_has_now_is_no_obstacle(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    cluster.start()
    remains = (cluster.data / "postmaster.pid").read_text()
    cluster.stop()
    stranger = subprocess.Popen(["sleep", "60"], **processes.credentials(cluster.placement.user))
    try:
        (cluster.data / "postmaster.pid").write_text(remains.replace(remains.split()[0], str(stranger.pid), 1))
        assert ask(cluster.start().app_url, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_whose_sockets_were_swept_away_is_restarted(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    cluster.start()
    shutil.rmtree(cluster.placement.sockets)
    assert ask(Cluster(home, durable=False).start().app_url, "SELECT 1") == [(1,)]


def test_data_that_was_half_made_is_made_anew(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    cluster.placement.make()
    half = cluster.placement.data / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    assert ask(cluster.start().app_url, "SELECT 1") == [(1,)]
    assert not half.exists()


def test_roles_lost_between_start_and_creation_are_made_at_the_next_start(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    urls = cluster.start()
    admin = urls.owner_url.replace("mediconnect_owner", "postgres").replace(
        cluster.secrets.database_owner, cluster.secrets.database_superuser
    )
    with connect(admin.replace("/mediconnect?", "/postgres?")) as connection:
        connection.execute("DROP DATABASE mediconnect")
        connection.execute("DROP ROLE mediconnect_app")
    assert ask(cluster.start().app_url, "SELECT 1") == [(1,)]


def test_two_starts_at_once_make_one_server(home: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from app.embedded.postgres import Cluster;"
        "Cluster(Path(sys.argv[1]), durable=False).start()"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(home)], cwd=REPOSITORY) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    assert len(processes.leaders(processes.running_in(Cluster(home, durable=False).data))) == 1


def test_threads_of_one_process_may_start_at_once(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    threads = [threading.Thread(target=cluster.start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(processes.leaders(processes.running_in(cluster.data))) == 1


def test_neither_role_is_a_superuser_and_the_app_owns_nothing(home: Path) -> None:
    urls = Cluster(home, durable=False).start()
    roles = ask(
        urls.app_url,
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles "
        "WHERE rolname LIKE 'mediconnect%' ORDER BY rolname",
    )
    assert roles == [("mediconnect_app", False, False, False, False), ("mediconnect_owner", False, False, True, True)]
    assert ask(urls.app_url, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'mediconnect'") == [
        ("mediconnect_owner",)
    ]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(urls.app_url, "CREATE TABLE mine (id int)")


@pytest.mark.parametrize("password", ["", "guess"])
def test_a_wrong_password_is_refused_on_the_socket_too(home: Path, password: str) -> None:
    cluster = Cluster(home, durable=False)
    cluster.start()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(cluster.placement.sockets), user="postgres", password=password, dbname="postgres")


def test_the_server_listens_on_no_network_port(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    cluster.start()
    assert psutil.Process(postmaster(cluster)).net_connections("inet") == []


def test_secrets_that_belong_to_other_data_are_refused_with_what_to_do(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    cluster.start()
    text = (home / "secrets.json").read_text()
    (home / "secrets.json").write_text(text.replace(cluster.secrets.database_superuser, "another"))
    with pytest.raises(EmbeddedError, match="does not hold the passwords"):
        Cluster(home, durable=False).start()


def _logs_once(cluster: Cluster, text: str) -> str:
    """What is logged, once a text is in it: the collector is a process of its own and writes a little later."""
    deadline = time.monotonic() + 10
    while text not in (logs := "".join(path.read_text() for path in cluster.logs.iterdir())):
        assert time.monotonic() < deadline, f"{text!r} is never logged"
        time.sleep(0.05)
    return logs


def test_the_log_repeats_no_values_of_a_failed_statement(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    urls = cluster.start()
    with connect(urls.owner_url) as connection:
        connection.execute("CREATE TABLE person (email text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('ann@patients.test')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('ann@patients.test')")
    logs = _logs_once(cluster, "duplicate key")
    assert "ann@patients.test" not in logs


def test_the_server_does_not_see_the_callers_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "not for servers")
    cluster = Cluster(home, durable=False)
    cluster.start()
    assert "SECRET_KEY" not in psutil.Process(postmaster(cluster)).environ()


def test_destroying_removes_every_folder_outside_the_home(home: Path) -> None:
    cluster = Cluster(home, durable=False)
    cluster.start()
    cluster.destroy()
    assert not cluster.data.exists()
    assert not cluster.placement.sockets.exists()


def test_a_normal_user_runs_it_from_the_home_itself(home: Path, run_as_normal_user: Callable[[str, Path], str]) -> None:
    code = (
        "import sys; from pathlib import Path; from app.embedded.postgres import Cluster;"
        "from app.embedded.redis import Server; import psycopg, redis;"
        "home = Path(sys.argv[1]); cluster, server = Cluster(home), Server(home);"
        "url = cluster.start().app_url.replace('+psycopg', '');"
        "print(psycopg.connect(url).execute('SELECT current_user').fetchone()[0]);"
        "print(redis.Redis.from_url(server.start()).ping());"
        "print(cluster.data.is_relative_to(home.resolve()), cluster.data.stat().st_mode & 0o777 == 0o700);"
        "server.stop(); cluster.stop(); print(cluster.is_running() or server.is_running()); cluster.placement.discard()"
    )
    assert run_as_normal_user(code, home).split() == ["mediconnect_app", "True", "True", "True", "False"]
    if os.geteuid() == 0:
        shutil.rmtree(home)
