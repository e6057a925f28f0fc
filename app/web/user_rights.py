"""The fields that say as what and where a person may log in, and what was entered in them."""

from uuid import UUID

from flask import g, request

from app.core.errors import AppError
from app.core.ids import parse_id
from app.services.identity import members
from app.services.identity.members import GIVEN, Rights
from app.services.places import Places
from app.web.forms import fault_of
from app.web.shell import ROLE_WORDS
from app.web.view_models import (
    FormField,
)

WHERE = "None chosen: every clinic."


def entered() -> Rights:
    """What the form says; an id that is none stands for a clinic or doctor that is not there."""
    form = request.form
    clinics = tuple(parse_id(text) or UUID(int=0) for text in form.getlist("clinics") if text)
    doctor = form.get("practitioner", "")
    return Rights(
        tuple(role for role in GIVEN if role.value in form.getlist("roles")),
        clinics or None,
        (parse_id(doctor) or UUID(int=0)) if doctor else None,
    )


def choices(rights: Rights, places: Places, error: AppError | None) -> tuple[FormField, ...]:
    """The fields roles, clinics and doctor, with these rights chosen."""
    roles = tuple((role.value, ROLE_WORDS[role]) for role in GIVEN)
    clinics = tuple((str(clinic.id), clinic.name) for clinic in places.clinics)
    doctors = (("", "Nobody"), *((str(key), name) for key, name in members.doctors(g.actor)))
    return (
        FormField(
            "roles",
            "Roles",
            "choices",
            options=roles,
            chosen=frozenset(role.value for role in rights.roles),
            error=fault_of(error, "roles"),
        ),
        FormField(
            "clinics",
            "Clinics",
            "choices",
            hint=WHERE,
            options=clinics,
            chosen=frozenset(map(str, rights.clinic_ids or ())),
            error=fault_of(error, "clinics"),
            optional=True,
        ),
        FormField(
            "practitioner",
            "Doctor",
            "select",
            str(rights.practitioner_id or ""),
            hint="For the role doctor: whose work the person sees as their own.",
            options=doctors,
            error=fault_of(error, "practitioner"),
            optional=True,
        ),
    )
