"""Two organizations for the freshness benchmark: a history and a busy day, pushed in as any system would push them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor, system_actor
from app.core.clock import now
from app.core.passwords import hash_password
from app.core.permissions import Permission, Role
from app.core.secrets import new_token
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest import push
from app.ingest.mapping.fhir.elements import Resource
from app.models import Clinic
from app.rollups.refresh import refresh
from app.services.identity import api_tokens, logins
from app.services.organizations import add_member, create_organization, create_user

CLINICS = 4
DOCTORS = 5
PATIENTS = 200
HISTORY_DAYS = 14
VISITS_A_DAY = 20
_AFTERNOON = 14  # the clinics' hour while the benchmark runs: there is a zone for it at every hour
_BATCH = 1000


@dataclass(frozen=True)
class Tenant:
    """An organization, and the credentials of a program that pushes to it and of a browser that looks at it."""

    organization_id: UUID
    bearer: str
    cookie: str
    clinic_ids: tuple[UUID, ...]


def make_tenant(slug: str, today: int) -> Tenant:
    """An organization with a history and `today` visits of today in each clinic, booked but not told yet; commits."""
    organization = create_organization(slug, slug.title(), zone_of_the_afternoon(now()))
    user = create_user(f"admin@{slug}.example", "Bench Admin", hash_password(new_token()))
    add_member(organization.id, user.id, [Role.ADMIN])
    actor = Actor(organization.id, user.id, user.name, frozenset({Role.ADMIN}))
    with tenant_scope(organization.id):
        bearer = api_tokens.make(actor, "Bench", only=[Permission.DATA_PUSH])
        cookie = logins.begin(user, organization.id)
    _push(organization.id, [*_places(), *_history(), *_day(today)])
    refresh(organization.id)
    with tenant_scope(organization.id):
        clinics = db.session.scalars(select(Clinic.id).order_by(Clinic.name)).all()
    return Tenant(organization.id, bearer, cookie, tuple(clinics))


def zone_of_the_afternoon(at: datetime) -> str:
    """A zone without summer time in which it is afternoon at an instant (the signs of these names are reversed)."""
    ahead = _AFTERNOON - at.astimezone(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def visit(clinic: int, number: int, start: datetime, status: str) -> Resource:
    """An appointment as FHIR; one that is fulfilled has its stamps."""
    stamps = {"arrived": -5, "started": 5, "finished": 25} if status == "fulfilled" else {}
    extensions = [_stamp(name, start + timedelta(minutes=minutes)) for name, minutes in stamps.items()]
    who = (f"Patient/P{number % PATIENTS}", f"Practitioner/D{clinic}-{number % DOCTORS}", f"Location/C{clinic}")
    return {
        "resourceType": "Appointment",
        "id": f"C{clinic}-{start:%Y%m%d}-{number}",
        "status": status,
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=30)).isoformat(),
        "created": (start - timedelta(days=7)).isoformat(),
        "participant": [{"actor": {"reference": reference}, "status": "accepted"} for reference in who],
        **({"extension": extensions} if extensions else {}),
    }


def start_of(number: int, days_ago: int = 0) -> datetime:
    """When a day's visit begins: between five hours and one hour before the full hour."""
    hour = now().replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(days=days_ago, hours=5) + timedelta(minutes=number * 5 % 240)


def _stamp(name: str, at: datetime) -> Resource:
    return {"url": f"https://mediconnect.example/fhir/{name}", "valueInstant": at.isoformat()}


def _places() -> Iterator[Resource]:
    for clinic in range(CLINICS):
        yield {"resourceType": "Location", "id": f"C{clinic}", "status": "active", "name": f"Clinic {clinic}"}
        for doctor in range(DOCTORS):
            yield {
                "resourceType": "Practitioner",
                "id": f"D{clinic}-{doctor}",
                "name": [{"family": f"Doctor {doctor}"}],
            }
    for patient in range(PATIENTS):
        yield {"resourceType": "Patient", "id": f"P{patient}", "birthDate": "1980-05-17"}


def _history() -> Iterator[Resource]:
    for days_ago in range(1, HISTORY_DAYS + 1):
        for clinic in range(CLINICS):
            for number in range(VISITS_A_DAY):
                yield visit(clinic, number, start_of(number, days_ago), "noshow" if number % 10 == 0 else "fulfilled")


def _day(visits: int) -> Iterator[Resource]:
    return (visit(clinic, number, start_of(number), "booked") for clinic in range(CLINICS) for number in range(visits))


def _push(organization_id: UUID, resources: list[Resource]) -> None:
    stream = iter(resources)
    while batch := list(islice(stream, _BATCH)):
        refused = [answer for answer in push.store(system_actor(organization_id), batch) if answer.status >= 400]
        if refused:
            raise ValueError(f"{refused[0].kind}: {refused[0].path} {refused[0].reason}")
