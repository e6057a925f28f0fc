"""The product behind its real web server, over the two small organizations of the browser tests."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection

import pytest
from flask import Flask
from websockets.sync.client import ClientConnection, connect

from app import create_app
from app.core.permissions import Role
from tests.bench.installation import Installation, installation, serving
from tests.browser import world as worlds


@dataclass
class Site:
    """The running product, and what its programs and browsers ask of it."""

    installed: Installation
    app: Flask
    world: worlds.World
    port: int

    def ask(self, method: str, path: str, body: dict | None = None, **headers: str) -> tuple[int, dict, dict]:
        """Status, body and headers of one request."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}, dict(answer.headers)
        finally:
            connection.close()

    def log_in(self, role: Role) -> dict[str, str]:
        """The tokens of a program that a person of a role logged in."""
        body = {"email": worlds.address(role), "password": worlds.PASSWORD}
        return self.ask("POST", "/api/auth/token", body)[1]

    def change(self, **values: object) -> None:
        """Changes the patient who waits, and sums up."""
        with self.app.app_context():
            worlds.change(self.world, **values)


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """The product with its world, for all tests of this folder."""
    with installation() as installed:
        app = create_app(installed.config)
        with app.app_context():
            made = worlds.build()
        with serving(installed) as port:
            yield Site(installed, app, made, port)
        with app.app_context():
            worlds.db.engine.dispose()


@pytest.fixture(scope="package")
def logins(site: Site) -> dict[Role, dict[str, str]]:
    """Kept logins by role, filled by `bearer`."""
    return {}


@pytest.fixture
def bearer(site: Site, logins) -> Callable[[Role], dict[str, str]]:
    """The header of a program that a person of a role logged in."""

    def header(role: Role) -> dict[str, str]:
        if role not in logins:
            logins[role] = site.log_in(role)
        return {"Authorization": f"Bearer {logins[role]['access_token']}"}

    return header


@pytest.fixture
def ticket(site: Site, bearer) -> Callable[[Role], str]:
    """A fresh ticket for a person of a role."""

    def ask(role: Role = Role.ADMIN) -> str:
        status, body, _ = site.ask("POST", "/api/ws-ticket", {}, **bearer(role))
        assert (status, body["expires_in"]) == (200, 30)
        return body["ticket"]

    return ask


@pytest.fixture
def open_socket(site: Site) -> Iterator[Callable[..., ClientConnection]]:
    """Opens sockets that are closed after the test: `open_socket("/ws/dashboard/clinic/?ticket=…")`."""
    opened: list[ClientConnection] = []

    def open_one(path: str, **more: object) -> ClientConnection:
        opened.append(connect(f"ws://127.0.0.1:{site.port}{path}", legacy=True, **more))
        return opened[-1]

    yield open_one
    for socket in opened:
        socket.close()
