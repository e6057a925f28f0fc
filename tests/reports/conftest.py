"""A small type of report, and a person who may ask for it."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from moto.server import ThreadedMotoServer

from app.config import FileStore
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.permissions import Role
from app.reports.storage import storage
from app.services.organizations import add_member, create_user
from app.services.reports import report_types
from tests.azurite import azurite, missing
from tests.faults.tiny import TINY


@pytest.fixture
def tiny(monkeypatch, tmp_path) -> None:
    """The catalogue holds one small report; files go to a folder of the test."""
    monkeypatch.setattr(report_types, "REPORTS", {TINY.key: TINY})
    monkeypatch.setattr(storage, "root", None)  # both are put back at the end
    monkeypatch.setattr(storage, "store", None)
    storage.use(FileStore(tmp_path.as_uri()))


@pytest.fixture
def person(organization, session) -> Callable[..., Actor]:
    """A person with a stored membership: `person(Role.ANALYST, clinics=...)`."""

    def make(*roles: Role, clinics: set[UUID] | None = None, name: str = "Cora Manager") -> Actor:
        user = create_user(f"{new_id().hex}@demo.example", name, None)
        add_member(organization.id, user.id, roles, clinics)
        ids = None if clinics is None else frozenset(clinics)
        return Actor(organization.id, user.id, name, frozenset(roles), clinic_ids=ids)

    return make


@pytest.fixture
def manager(person) -> Actor:
    """Clinic staff of every clinic."""
    return person(Role.CLINIC_STAFF)


@pytest.fixture(scope="module")
def bucket() -> Iterator[FileStore]:
    """An S3 store: a bucket of a server that speaks its protocol."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    import boto3

    place = FileStore("s3://reports/prefix", "key-id", "secret", f"http://{host}:{port}", "us-east-1")
    client = boto3.client(
        "s3",
        endpoint_url=place.endpoint,
        aws_access_key_id=place.account,
        aws_secret_access_key=place.secret,
        region_name=place.region,
    )
    client.create_bucket(Bucket="reports")
    yield place
    server.stop()


@pytest.fixture(scope="module")
def container() -> Iterator[FileStore]:
    """An Azure store: a container of one."""
    if reason := missing():
        pytest.skip(reason)
    with azurite() as place:
        yield place
