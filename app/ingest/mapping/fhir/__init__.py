"""FHIR R4 resources to rows."""

from collections.abc import Callable

from app.ingest.mapping.fhir import (
    claims,
    conditions,
    cover,
    goals,
    invoices,
    medications,
    messages,
    observations,
    people,
    places,
    procedures,
    results,
    schedules,
    surveys,
    visits,
)
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
    "Coverage": cover.coverage,
    "Schedule": schedules.schedule,
    "Slot": schedules.slot,
    "Appointment": visits.appointment,
    "Encounter": visits.encounter,
    "Invoice": invoices.invoice,
    "PaymentReconciliation": invoices.payment_reconciliation,
    "PaymentNotice": invoices.payment_notice,
    "Claim": claims.claim,
    "ClaimResponse": claims.claim_response,
    "ExplanationOfBenefit": claims.explanation_of_benefit,
    "QuestionnaireResponse": surveys.questionnaire_response,
    "Condition": conditions.condition,
    "AllergyIntolerance": conditions.allergy_intolerance,
    "Medication": medications.medication,
    "MedicationRequest": medications.medication_request,
    "MedicationStatement": medications.medication_statement,
    "MedicationDispense": medications.medication_dispense,
    "MedicationAdministration": medications.medication_administration,
    "ServiceRequest": results.service_request,
    "Observation": observations.observation,
    "DiagnosticReport": results.diagnostic_report,
    "Goal": goals.goal,
    "CarePlan": goals.care_plan,
    "Communication": messages.communication,
    "Procedure": procedures.procedure,
    "Immunization": procedures.immunization,
}
