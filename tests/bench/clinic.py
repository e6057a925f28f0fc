"""What the benchmarks of pages look at: a filled installation, its first organization summed up, somebody logged in.

Only the first organization's daily facts are computed: pages and aggregates read no other, and the rows of the other 19
lie in the same tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask
from sqlalchemy import Connection, create_engine, text

from app import create_app
from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import OrganizationSettings
from app.models.keyring import first_key
from app.rollups.refresh import rebuild
from app.services import audit, logins
from app.services.organizations import add_member, create_user
from app.web.session import cookie_name
from tests.bench.installation import Installation, installation
from tests.bench.load import Answer, ask, get_request
from tests.bench.volume import Volume, fill


@dataclass(frozen=True)
class Filled:
    """An installation with records in it and the cookie of an administrator of its first organization."""

    place: Installation
    volume: Volume
    app: Flask
    cookie: str

    @property
    def path(self) -> str:
        """The page that is measured."""
        return f"/clinics/{self.volume.clinic_id}/"

    def request(self, path: str, **headers: str) -> bytes:
        """A logged-in browser's request for a path, as bytes."""
        return get_request(path, {"Cookie": self.cookie} | headers)

    def ask(self, port: int) -> Answer:
        """The page, once, through a server."""
        answer = ask(port, self.path, {"Cookie": self.cookie})
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"the page answers {answer.status}")
        return answer


@contextmanager
def filled(appointments: int) -> Iterator[Filled]:
    """A new installation with so many appointments of 20 organizations."""
    with installation() as place:
        engine = create_engine(place.superuser_url)
        with engine.connect() as connection:
            volume = fill(connection, appointments)
        app = create_app(place.config)
        with app.app_context():
            cookie = _prepare(app, volume)
        with engine.connect() as connection:
            settle(connection)
        engine.dispose()
        yield Filled(place, volume, app, cookie)
        with app.app_context():
            db.engine.dispose()


def _prepare(app: Flask, volume: Volume) -> str:
    """Gives the organization what every organization has, its daily facts and a person; that person's cookie."""
    organization_id = volume.organization_id
    with tenant_scope(organization_id):
        key = first_key(organization_id)
        key.created_at = now()
        settings = OrganizationSettings(organization_id=organization_id, id=new_id(), values={}, updated_at=now())
        db.session.add_all([key, settings, audit.first_head(organization_id)])
        db.session.commit()
    rebuild(organization_id)
    user = create_user("bench@volume.example", "Bench Person", None)
    add_member(organization_id, user.id, (Role.ADMIN,))
    with tenant_scope(organization_id):
        return f"{cookie_name(app)}={logins.begin(user, organization_id)}"


def settle(connection: Connection) -> None:
    """Leaves the database as a quiet night would: dead rows gone, statistics fresh."""
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
