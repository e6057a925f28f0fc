"""A browser and a program: clients whose requests share nothing with the test but the database."""

import re
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.passwords import hash_password
from app.core.permissions import Role
from app.models import Membership, Organization, User
from app.services.organizations import add_member, create_user

PASSWORD = "tall green lamps sing"
_HASH = hash_password(PASSWORD)


class Browser(FlaskClient):
    """Runs each request in a context of its own, as a server does: Flask would lend it the test's `g` otherwise."""

    def open(self, *args, **kwargs) -> TestResponse:
        return Context().run(super().open, *args, **kwargs)

    def form_token(self, path: str = "/login") -> str:
        """The form token of a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
        return found[1] if found else ""

    def send(self, path: str, page: str = "/login", **fields: str) -> TestResponse:
        """Sends a form of a page."""
        return self.post(path, data={"csrf_token": self.form_token(page), **fields})

    def log_in(self, email: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Logs in through the page."""
        return self.send("/login", email=email, password=password, **fields)


@dataclass
class Person:
    """Somebody who can log in."""

    user: User
    memberships: list[Membership] = field(default_factory=list)

    @property
    def email(self) -> str:
        return self.user.email


@pytest.fixture
def browser(app: Flask, session) -> Browser:
    """A browser that is not logged in."""
    return Browser(app, use_cookies=True)


@pytest.fixture
def another_browser(app: Flask, session) -> Browser:
    """A second browser."""
    return Browser(app, use_cookies=True)


@pytest.fixture
def make_person(session, organization: Organization) -> Callable[..., Person]:
    """Makes a person: `make_person(Role.DOCTOR)`, in the test's organization unless others are named."""

    def make(*roles: Role, email: str = "pat@north.example", places: list[Organization] | None = None, **more) -> Person:
        user = create_user(email, "Pat Example", _HASH)
        person = Person(user)
        for place in [organization] if places is None else places:
            person.memberships.append(add_member(place.id, user.id, roles, **more))
        return person

    return make


@pytest.fixture
def admin(make_person) -> Person:
    """An administrator of the test's organization."""
    return make_person(Role.ADMIN, email="admin@north.example")


@pytest.fixture
def signed_in(browser: Browser, admin: Person) -> Browser:
    """A browser in which the administrator is logged in."""
    assert browser.log_in(admin.email).status_code == 303
    return browser


@pytest.fixture
def program(app: Flask, session) -> Browser:
    """A client without cookies."""
    return Browser(app, use_cookies=False)


@pytest.fixture
def bearer(program: Browser, admin: Person) -> dict[str, str]:
    """The header of a program that the administrator logged in."""
    answer = program.post("/api/auth/token", json={"email": admin.email, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json['access_token']}"}
