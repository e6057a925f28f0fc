"""FHIR R4 resources to rows."""

from collections.abc import Callable

from app.ingest.mapping.fhir import people, places, visits
from app.ingest.mapping.fhir.elements import Resource
from app.ingest.mapping.rows import Mapped

# In an order in which most references point backwards.
MAPPERS: dict[str, Callable[[Resource, str], Mapped]] = {
    "Organization": places.organization,
    "Location": places.location,
    "HealthcareService": places.healthcare_service,
    "Practitioner": people.practitioner,
    "PractitionerRole": people.practitioner_role,
    "Patient": people.patient,
    "Appointment": visits.appointment,
    "Encounter": visits.encounter,
}
