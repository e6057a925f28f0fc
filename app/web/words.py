"""Names of roles as people read them."""

from collections.abc import Iterable

from app.core.permissions import Role

ROLE_WORDS = {
    Role.PLATFORM_ADMIN: "Platform administrator",
    Role.ADMIN: "Administrator",
    Role.DOCTOR: "Doctor",
    Role.CLINIC_STAFF: "Clinic staff",
    Role.BILLING_STAFF: "Billing staff",
    Role.ANALYST: "Analyst",
    Role.PATIENT: "Patient",
}


def role_words(roles: Iterable[Role]) -> str:
    """ "Administrator, Doctor": in the order of the table above."""
    held = frozenset(roles)
    return ", ".join(words for role, words in ROLE_WORDS.items() if role in held)
