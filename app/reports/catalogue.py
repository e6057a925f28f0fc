"""Every type of report by its key."""

from collections.abc import Mapping

from app.core.registry import registry
from app.reports.definition import Definition
from app.reports.definitions.appointments import APPOINTMENTS
from app.reports.definitions.claims import CLAIMS
from app.reports.definitions.clinic_operations import CLINIC_OPERATIONS
from app.reports.definitions.custom import CUSTOM
from app.reports.definitions.financial_summary import FINANCIAL_SUMMARY

REPORTS: Mapping[str, Definition] = registry((FINANCIAL_SUMMARY, CLAIMS, CLINIC_OPERATIONS, APPOINTMENTS, CUSTOM))
