"""The settings: what is made at the first start, what is refused, what a child process is told."""

import ast
import json
import os
import secrets
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import embedded
from app.config import REPOSITORY, Config, ConfigError, Mode
from app.keys import Keys


def strong() -> str:
    return secrets.token_urlsafe(48)


def production(**variables: str) -> dict[str, str]:
    return {"MEDICONNECT_MODE": "production", "SECRET_KEY": strong(), **variables}


def test_demo_mode_makes_its_secrets_once_and_only_for_its_owner(tmp_path: Path) -> None:
    environ = {"MEDICONNECT_HOME": str(tmp_path / "a home")}
    first, second = Config.from_env(environ), Config.from_env(environ)
    path = tmp_path / "a home" / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.keys == second.keys
    assert sorted(path.parent.iterdir()) == [path]


def test_processes_that_start_at_once_agree_on_the_secrets(tmp_path: Path) -> None:
    code = "import pathlib, sys; from app import keys; print(keys.load_or_create(pathlib.Path(sys.argv[1])).master)"
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    started = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    assert len({process.communicate()[0] for process in started}) == 1


@pytest.mark.parametrize(
    "key",
    [
        "",
        "dev",
        "short-but-random-9f3kQ",
        "please-change-me-please-change-me-please",
        "0123456701234567012345670123456701234567",
        "session, token and wall displays; changing it ends every",
        "RFC 5869), one for each purpose.",
    ],
)
def test_production_refuses_a_weak_key_by_its_name_and_never_its_value(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Config.from_env(production(SECRET_KEY=key, MEDICONNECT_HOME=str(tmp_path)))
    assert "SECRET_KEY" in str(refusal.value)
    assert not key or key not in str(refusal.value)


def test_a_key_that_stands_in_the_source_code_is_refused(tmp_path: Path) -> None:
    published = (REPOSITORY / "requirements.lock").read_text().split("sha256:")[1][:64]
    with pytest.raises(ConfigError, match="SECRET_KEY is written in the source code"):
        Config.from_env(production(SECRET_KEY=published, MEDICONNECT_HOME=str(tmp_path)))


def test_demo_mode_refuses_a_weak_key_that_it_is_given(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY is shorter than 32 bytes"):
        Config.from_env({"SECRET_KEY": "dev", "MEDICONNECT_HOME": str(tmp_path)})


def test_production_takes_a_strong_key_and_writes_nothing(tmp_path: Path) -> None:
    config = Config.from_env(production(MEDICONNECT_HOME=str(tmp_path)))
    assert config.mode is Mode.PRODUCTION
    assert list(tmp_path.iterdir()) == []


def test_start_is_refused_within_five_seconds_and_before_listening(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = os.environ | {
        "MEDICONNECT_MODE": "production", "SECRET_KEY": "dev", "PORT": str(port), "MEDICONNECT_HOME": str(tmp_path),
    }  # fmt: skip
    before = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "up"],
        cwd=REPOSITORY,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert time.monotonic() - before < 5
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_each_purpose_has_a_key_of_its_own_that_is_never_shown() -> None:
    keys = Keys.derive("a master key")
    values = [keys.session, keys.token, keys.data, keys.index, keys.wall]
    assert len(set(values)) == 5
    assert {len(value) for value in values} == {32}
    assert repr(keys) == "Keys()"
    assert Keys.derive("another master key").data != keys.data


def test_keys_are_those_of_the_standard_derivation() -> None:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    expected = HKDF(SHA256(), 32, b"mediconnect", b"mediconnect/data/v1").derive(b"a master key")
    assert Keys.derive("a master key").data == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "eighty"),
        ("MEDICONNECT_WEB_WORKERS", "-1"),
        ("MEDICONNECT_MODE", "staging"),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("DATABASE_OWNER_URL", "mysql://db/x"),
        ("REDIS_URL", "localhost:6379"),
        ("MEDICONNECT_PUBLIC_URL", "clinic.example"),
        ("MEDICONNECT_METRICS_TOKEN", "short"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_name(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigError, match=variable):
        Config.from_env({"MEDICONNECT_HOME": str(tmp_path), variable: value})


def test_one_secret_must_not_serve_two_purposes(tmp_path: Path) -> None:
    key = strong()
    with pytest.raises(ConfigError, match="must differ"):
        Config.from_env(production(SECRET_KEY=key, MEDICONNECT_METRICS_TOKEN=key, MEDICONNECT_HOME=str(tmp_path)))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_form_of_a_database_url_is_taken(tmp_path: Path, scheme: str) -> None:
    config = Config.from_env({"MEDICONNECT_HOME": str(tmp_path), "DATABASE_URL": f"{scheme}://u:p@db/x"})
    assert config.database_url == "postgresql+psycopg://u:p@db/x"
    assert config.database_owner_url == config.database_url
    assert "u:p" not in repr(config)


def test_given_services_are_used_and_none_is_started(tmp_path: Path) -> None:
    urls = {"DATABASE_URL": "postgresql://app@db/x", "DATABASE_OWNER_URL": "postgresql://owner@db/x"}
    config = Config.from_env({"MEDICONNECT_HOME": str(tmp_path), "REDIS_URL": "redis://cache/0", **urls})
    services = embedded.ensure(config)
    assert services.database_url == "postgresql+psycopg://app@db/x"
    assert services.database_owner_url == "postgresql+psycopg://owner@db/x"
    assert services.redis_url == "redis://cache/0"
    assert embedded.status(config) == {}


def test_only_a_child_that_changes_the_schema_is_told_the_owners_url(tmp_path: Path) -> None:
    config = Config.from_env({"MEDICONNECT_HOME": str(tmp_path)}).with_services(
        "postgresql://owner@db/x", "postgresql://app@db/x", "redis://cache/0"
    )
    web, preparation = config.child_environ(as_owner=False), config.child_environ(as_owner=True)
    assert "owner" not in json.dumps([web[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")])
    assert preparation["DATABASE_OWNER_URL"] == "postgresql://owner@db/x"


def test_no_other_module_reads_the_environment() -> None:
    readers = {
        path.relative_to(REPOSITORY).as_posix()
        for folder in ("app", "workers")
        for path in (REPOSITORY / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
        if isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    assert readers == {"app/config.py"}
