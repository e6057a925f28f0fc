"""Why a value of the admin dashboard is missing: for each that may be, the record that would give it."""

from collections.abc import Iterator, Mapping
from typing import Any

PLATFORM_ONLY = "Shown to platform admins only."
NOT_COUNTED = "Not counted yet: the scheduler counts an organization within a minute of a change."
_NOT_MEASURED = "The scheduler has not measured yet; it does so each minute."
_NO_PLAN = "No subscription is recorded."
_NO_CARD = "No card payment of this month is recorded."
_NO_PAYMENT = "No payment was tried this month."

REASONS: Mapping[str, str] = {
    "system_overview.platform_status": _NOT_MEASURED,
    "system_overview.uptime": _NOT_MEASURED,
    "system_overview.last_updated": _NOT_MEASURED,
    "system_overview.system_health.database_performance": _NOT_MEASURED,
    "system_overview.system_health.storage_usage": _NOT_MEASURED,
    "system_overview.system_health.api_response_time": "Nothing was asked in the last hour.",
    "system_overview.system_health.error_rate": "Nothing was asked in the last hour.",
    "clinic_management.top_performing_clinics.appointments_month": "No visit of this clinic was booked this month.",
    "clinic_management.top_performing_clinics.satisfaction_score": "No survey about this clinic was answered.",
    "clinic_management.metrics_summary.total_appointments_today": "No appointment is recorded yet.",
    "clinic_management.metrics_summary.system_revenue_month": "No payment of this month is recorded.",
    "user_analytics.registration_trends.new_patients": NOT_COUNTED,
    "user_analytics.registration_trends.new_doctors": NOT_COUNTED,
    "user_analytics.engagement_metrics.average_session_duration": "Nobody has logged in within 30 days.",
    "user_analytics.engagement_metrics.feature_usage": "Nobody has used the product within 30 days.",
    "user_analytics.geographic_distribution.region": "No region is recorded for the clinics of this row.",
    "financial_overview.subscription_revenue.currency": _NO_PLAN,
    "financial_overview.subscription_revenue.monthly": _NO_PLAN,
    "financial_overview.subscription_revenue.annual": _NO_PLAN,
    "financial_overview.subscription_revenue.growth_rate": "No subscription of a year ago is recorded.",
    "financial_overview.transaction_fees.monthly": _NO_CARD,
    "financial_overview.transaction_fees.total_processed": _NO_CARD,
    "financial_overview.payment_health.success_rate": _NO_PAYMENT,
    "financial_overview.payment_health.failed_payments": _NO_PAYMENT,
    "financial_overview.payment_health.chargeback_rate": "No source brings chargebacks.",
    "security_monitoring.second_factor_share": "Nobody who works here may log in.",
    "security_monitoring.data_protection.encryption_status": NOT_COUNTED,
    "security_monitoring.data_protection.backup_status": "No backup was begun yet.",
    "security_monitoring.data_protection.last_backup": "No backup was completed yet.",
    "security_monitoring.data_protection.last_verified_restore": "No backup has been restored on trial yet.",
    "security_monitoring.data_protection.compliance_status": "The checks have not run yet.",
    "security_monitoring.data_protection.checks.last_failed_at": "This check has not failed since it was first made.",
    "security_monitoring.security_incidents.source_ip": "No address was recorded with these logins.",
    "support_metrics.tickets.average_resolution_time": "No ticket was resolved in 30 days.",
    "system_alerts.acknowledged_by": "Nobody has acknowledged this alert.",
}


def explain(blocks: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    """A reason for each value of the blocks that is None, by dotted path without the places of lists.

    `known` ones, of the value or of what it belongs to, stay as they are.
    """
    reasons = dict(known)
    for path in _missing(blocks, ()):
        above = [".".join(path[:depth]) for depth in range(1, len(path) + 1)]
        if not any(one in known for one in above):
            # Of the most special that there is: a whole block may be unknown for one reason.
            reasons |= next(({one: REASONS[one]} for one in reversed(above) if one in REASONS), {})
    return reasons


def _missing(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if value is None:
        yield path
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _missing(part, (*path, str(name)))
    elif isinstance(value, list):
        for part in value:
            yield from _missing(part, path)
