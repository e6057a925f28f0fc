"""What the benchmarks of pages look at: a filled installation, its first organization summed up, people logged in.

Only the first organization's daily facts and names are made: pages and aggregates read no other, and the rows of the
other 19 lie in the same tables.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from flask import Flask
from sqlalchemy import Connection, create_engine, select, text, update

from app import create_app
from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import OrganizationSettings, Patient
from app.models.keyring import first_key, keyring
from app.rollups.refresh import rebuild
from app.services import audit
from app.services.dashboards import population_count
from app.services.identity import logins
from app.services.organizations import add_member, create_user
from app.services.platform import platform_counts
from app.web.session import cookie_name
from tests.bench.installation import Installation, installation
from tests.bench.load import Answer, ask, get_request
from tests.bench.volume import Volume, fill

_NAME = ("patients", "name_sealed")


@dataclass(frozen=True)
class Filled:
    """An installation with records in it and the cookies of people of its first organization."""

    place: Installation
    volume: Volume
    app: Flask
    cookies: Mapping[Role, str]

    @property
    def cookie(self) -> str:
        """That of an administrator."""
        return self.cookies[Role.ADMIN]

    @property
    def path(self) -> str:
        """The page that is measured where it is one."""
        return f"/clinics/{self.volume.clinic_id}/"

    def request(self, path: str, role: Role = Role.ADMIN, **headers: str) -> bytes:
        """A logged-in browser's request for a path, as bytes."""
        return get_request(path, {"Cookie": self.cookies[role]} | headers)

    def ask(self, port: int, path: str = "", role: Role = Role.ADMIN) -> Answer:
        """A page, once, through a server."""
        answer = ask(port, path or self.path, {"Cookie": self.cookies[role]})
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"{path or self.path} answers {answer.status}")
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
            cookies = _prepare(app, volume)
        with engine.connect() as connection:
            settle(connection)
        engine.dispose()
        yield Filled(place, volume, app, cookies)
        with app.app_context():
            db.engine.dispose()


def _prepare(app: Flask, volume: Volume) -> dict[Role, str]:
    """Gives the organization what every organization has, its figures and its people; their cookies by role."""
    organization_id = volume.organization_id
    with tenant_scope(organization_id):
        key = first_key(organization_id)
        key.created_at = now()
        settings = OrganizationSettings(organization_id=organization_id, id=new_id(), values={}, updated_at=now())
        db.session.add_all([key, settings, audit.first_head(organization_id)])
        db.session.commit()
    rebuild(organization_id)
    _name_patients(volume)
    with tenant_scope(organization_id):
        population_count.count(organization_id)
    cookies = {role: _log_in(app, volume, role) for role in Role}
    platform_counts.take(organization_id)
    return cookies


def _name_patients(volume: Volume) -> None:
    """Pages open the names of those they show."""
    mine = Patient.organization_id == volume.organization_id
    with tenant_scope(volume.organization_id):
        ring = keyring(volume.organization_id)
        patients = db.session.scalars(select(Patient.id).where(mine)).all()
        named = [
            {"organization_id": volume.organization_id, "id": one, "name_sealed": ring.seal(*_NAME, one, "Volume, Pat")}
            for one in patients
        ]
        db.session.execute(update(Patient), named)
        db.session.commit()


def _log_in(app: Flask, volume: Volume, role: Role) -> str:
    """Makes a person with one role and gives their cookie; a platform admin has picked no organization."""
    person = create_user(f"{role.value}@volume.example", "Bench Person", None, role is Role.PLATFORM_ADMIN)
    if role is Role.PLATFORM_ADMIN:
        return f"{cookie_name(app)}={logins.begin(person, None)}"
    links = {Role.DOCTOR: {"practitioner_id": volume.doctor_id}, Role.PATIENT: {"patient_id": volume.patient_id}}
    add_member(volume.organization_id, person.id, (role,), **links.get(role, {}))
    with tenant_scope(volume.organization_id):
        return f"{cookie_name(app)}={logins.begin(person, volume.organization_id)}"


def settle(connection: Connection) -> None:
    """Leaves the database as a quiet night would: dead rows gone, statistics fresh."""
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
