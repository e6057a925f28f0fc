"""Every type of report by its key, in the order of the library."""

from collections.abc import Mapping

from app.core.registry import registry
from app.reports.definition import Definition
from app.reports.definitions.accounts_receivable_aging import ACCOUNTS_RECEIVABLE_AGING
from app.reports.definitions.appointments import APPOINTMENTS
from app.reports.definitions.capacity import CAPACITY
from app.reports.definitions.claim_denials import CLAIM_DENIALS
from app.reports.definitions.claims import CLAIMS
from app.reports.definitions.clinic_operations import CLINIC_OPERATIONS
from app.reports.definitions.clinical_quality import CLINICAL_QUALITY
from app.reports.definitions.comparative import COMPARATIVE
from app.reports.definitions.custom import CUSTOM
from app.reports.definitions.doctor_performance import DOCTOR_PERFORMANCE
from app.reports.definitions.financial_summary import FINANCIAL_SUMMARY
from app.reports.definitions.no_shows import NO_SHOWS
from app.reports.definitions.patient_overview import PATIENT_OVERVIEW
from app.reports.definitions.patient_retention import PATIENT_RETENTION
from app.reports.definitions.payments import PAYMENTS
from app.reports.definitions.predictive import PREDICTIVE
from app.reports.definitions.quality_measures import QUALITY_MEASURES
from app.reports.definitions.staff_productivity import STAFF_PRODUCTIVITY
from app.reports.definitions.trend_analysis import TREND_ANALYSIS

REPORTS: Mapping[str, Definition] = registry(
    (
        FINANCIAL_SUMMARY,
        PAYMENTS,
        ACCOUNTS_RECEIVABLE_AGING,
        CLAIMS,
        CLAIM_DENIALS,
        CLINIC_OPERATIONS,
        APPOINTMENTS,
        NO_SHOWS,
        CAPACITY,
        PATIENT_OVERVIEW,
        PATIENT_RETENTION,
        CLINICAL_QUALITY,
        QUALITY_MEASURES,
        DOCTOR_PERFORMANCE,
        STAFF_PRODUCTIVITY,
        COMPARATIVE,
        TREND_ANALYSIS,
        PREDICTIVE,
        CUSTOM,
    )
)
