"""What the admin's blocks are made of: the kept counts of one organization or of all, and why a value is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.clock import now
from app.extensions import db
from app.models.platform import PlatformCount

DIFFER = "Organizations differ in currency; amounts are not added up."


@dataclass
class Counts:
    """What the blocks are made of. `organization_id` None stands for all of them."""

    organization_id: UUID | None
    counts: list[Mapping[str, Any]]
    moment: datetime
    reasons: dict[str, str] = field(default_factory=dict)

    def unknown(self, path: str, reason: str) -> None:
        """Says why there is no value."""
        self.reasons[path] = reason

    @property
    def currency(self) -> str | None:
        """The one currency of what is read; None where there are several."""
        found = {counts["currency"] for counts in self.counts}
        return found.pop() if len(found) == 1 else None

    def total(self, *path: str) -> Decimal | int | None:
        """The sum of a count over the organizations that have it; None where none has."""
        values = [value for counts in self.counts if (value := at(counts, path)) is not None]
        if not values:
            return None
        return sum((Decimal(value) for value in values), Decimal(0)) if isinstance(values[0], str) else sum(values)

    def on(self, name: str, day: date) -> int | None:
        """The sum of what is counted by day; None where no organization has been counted."""
        return sum(counts[name].get(day.isoformat(), 0) for counts in self.counts) if self.counts else None

    def by_currency(self, *path: str) -> dict[str, Decimal]:
        """The sums of amounts by currency."""
        found: dict[str, Decimal] = {}
        for counts in self.counts:
            if (value := at(counts, path)) is not None:
                found[counts["currency"]] = found.get(counts["currency"], Decimal(0)) + Decimal(value)
        return dict(sorted(found.items()))

    def money(self, place: str, *path: str) -> Decimal | None:
        """A sum of amounts; None where there is none, or where currencies differ, which is said."""
        if len(self.by_currency(*path)) > 1:
            self.unknown(place, DIFFER)
            return None
        value = self.total(*path)
        return None if value is None else Decimal(value)


def at(counts: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = counts
    for step in path:
        value = None if value is None else value.get(step)
    return value


def latest_counts(organization_id: UUID | None) -> list[Mapping[str, Any]]:
    """The newest counts of each organization, at most two days old."""
    since = (now() - timedelta(days=2)).date()
    query = (
        select(PlatformCount.counts)
        .ext(distinct_on(PlatformCount.organization_id))
        .where(PlatformCount.day >= since)
        .order_by(PlatformCount.organization_id, PlatformCount.day.desc())
    )
    if organization_id is not None:
        query = query.where(PlatformCount.organization_id == organization_id)
    return list(db.session.scalars(query))
