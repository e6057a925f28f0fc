"""The rules that an organization may set for itself, with the values that hold until it does."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models.organizations import OrganizationSettings


@dataclass(frozen=True)
class Rules:
    """Thresholds and policies. Shares are fractions, times say their unit."""

    small_cell: int = 11  # counts from 1 to this, exclusive, are hidden from those who do not treat the patients
    wait_limit_minutes: int = 25  # a department's 90th percentile of waits on a day
    wait_limit_checks: int = 3  # so often in a row before an alert opens
    capacity_limit: float = 0.9  # booked share of a department's bookable minutes
    visits_per_nurse: int = 15
    maintenance_days: int = 14  # warn so long before maintenance falls due
    overdue_limit: int = 10  # so many invoices may be overdue by more than 30 days
    active_days: int = 30  # a patient is active for so long after a visit
    dormant_days: int = 90  # and at risk of being lost from then on, with nothing booked
    roster_days: int = 7  # look so far ahead for gaps in the roster
    follow_up_days: int = 1  # an alert opens for a follow-up that is overdue by so much
    follow_up_high_days: int = 14  # and is high from then on
    result_hours: int = 24  # a result out of range that nobody has seen is critical from then on
    refill_days: int = 0  # an alert opens so long before a dispensed supply runs out
    refill_high_days: int = 14  # and is high when it ran out so long ago
    report_days: int = 365  # files of reports are kept so long
    invitation_days: int = 7  # an invitation by mail opens an account so long

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self:
        """The rules of an organization that has stored these values."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in (stored or {}).items() if name in known})


def rules_of(organization_id: UUID) -> Rules:
    """The organization's rules; needs its scope."""
    query = select(OrganizationSettings.values).where(OrganizationSettings.organization_id == organization_id)
    return Rules.of(db.session.scalar(query))
