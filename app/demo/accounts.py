"""The demo people of an organization: one for each role, all with the password of the installation's demo."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, case, func, literal, select

from app.core.clock import now
from app.core.format import given_first
from app.core.passwords import hash_password
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.demo.blueprint import OrganizationPlan
from app.extensions import db
from app.models import (
    Affiliation,
    Allergy,
    Appointment,
    Clinic,
    ClinicalOrder,
    Dose,
    Goal,
    Medication,
    Membership,
    Message,
    Patient,
    Practitioner,
    Result,
    User,
)
from app.services.organizations import add_member, create_user

PASSWORD_FILE = "demo-password"  # noqa: S105 - the name of the file


@dataclass(frozen=True)
class Person:
    """Whom to make: `clinics` is how many of the organization's clinics they work in, None for all."""

    local: str
    name: str
    role: Role
    clinics: int | None = None


PEOPLE = (
    Person("admin", "Alma Demo", Role.ADMIN),
    Person("doctor", "Dora Example", Role.DOCTOR, 1),
    Person("staff", "Stefan Sample", Role.CLINIC_STAFF, 2),
    Person("billing", "Bella Fixture", Role.BILLING_STAFF, 2),
    Person("analyst", "Anton Trial", Role.ANALYST),
    Person("patient", "Paula Mock", Role.PATIENT),
    Person("platform", "Pia Platform", Role.PLATFORM_ADMIN),
)


def demo_password(home: Path) -> str:
    """The password of every demo login; made at the first call, in a file that only its owner can read."""
    path = home / PASSWORD_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if known := path.read_text().strip():
            return known
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC, 0o600)
    password = secrets.token_urlsafe(15)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    return password


def ensure_people(plan: OrganizationPlan, organization_id: UUID, password: str) -> int:
    """Makes whoever of PEOPLE is missing, linked to clinics and records that were loaded; how many. Commits."""
    made = 0
    for person in PEOPLE:
        email = f"{person.local}@{plan.mail}"
        user = db.session.scalars(select(User).where(User.email == email)).one_or_none()
        if user is not None and (user.platform_admin or _is_member(organization_id, user.id)):
            continue
        link = _link(plan, organization_id, person)
        if user is None:
            name = link.pop("name", None) or person.name
            user = create_user(email, name, hash_password(password), person.role is Role.PLATFORM_ADMIN)
        link.pop("name", None)
        if person.role is not Role.PLATFORM_ADMIN:  # who sees all organizations belongs to none
            add_member(organization_id, user.id, [person.role], **link)
        made += 1
    return made


def _is_member(organization_id: UUID, user_id: UUID) -> bool:
    found = select(Membership.id).where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    return db.session.scalars(found).one_or_none() is not None


def _link(plan: OrganizationPlan, organization_id: UUID, person: Person) -> dict[str, Any]:
    """The clinics, and the doctor or patient whom a person is; `name` where the record knows one."""
    with tenant_scope(organization_id):
        clinics = {name: id_ for name, id_ in db.session.execute(select(Clinic.name, Clinic.id))}  # noqa: C416
        own = [clinics[clinic.name] for clinic in plan.clinics[: person.clinics]]
        link: dict[str, Any] = {"clinic_ids": own if person.clinics else None}
        if person.role is Role.DOCTOR:
            doctor = _doctor(own[0])
            link |= {"practitioner_id": doctor.id, "name": doctor.spoken}
        if person.role is Role.PATIENT:
            patient = _patient(own[0] if own else clinics[plan.clinics[0].name])
            link |= {"patient_id": patient.id, "name": given_first(patient.name or person.name)}
    return link


def _doctor(clinic_id: UUID) -> Practitioner:
    """The clinic's general practitioner who comes first by name."""
    found = (
        select(Practitioner)
        .join(Affiliation, Affiliation.practitioner_id == Practitioner.id)
        .where(Affiliation.clinic_id == clinic_id)
        .order_by(Practitioner.specialty != "General practice", Practitioner.name)
        .limit(1)
    )
    return db.session.scalars(found).one()


def _patient(clinic_id: UUID) -> Patient:
    """The patient with a booking to come in the clinic whose page tells most: by kinds of record, then by number."""
    kinds = (
        _told(Goal), _told(Medication), _told(Result), _told(Allergy), _told(Dose), _told(Message),
        _told(Message, Message.sender == "practice", Message.read_at.is_(None)),
        _told(ClinicalOrder, ClinicalOrder.status == "active", ClinicalOrder.scheduled_at > now()),
    )  # fmt: skip
    breadth = sum((case((count > 0, 1), else_=0) for count in kinds), start=literal(0))
    found = (
        select(Appointment.patient_id)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Appointment.clinic_id == clinic_id, Appointment.status == "booked", Appointment.starts_at > now())
        .group_by(Appointment.organization_id, Appointment.patient_id)
        .order_by(
            func.bool_or(Patient.practitioner_id.is_not(None)).desc(),
            breadth.desc(),
            sum(kinds, start=literal(0)).desc(),
            Appointment.patient_id,
        )
        .limit(1)
    )
    return db.session.scalars(select(Patient).where(Patient.id == db.session.scalars(found).one())).one()


def _told(kind: type[Any], *which: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many records of a kind the patient of an appointment has."""
    return (
        select(func.count())
        .where(kind.organization_id == Appointment.organization_id, kind.patient_id == Appointment.patient_id, *which)
        .scalar_subquery()
    )
