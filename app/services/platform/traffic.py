"""Requests by area and by hour, from the kept counts of minutes: how many, how many failed, how long they took."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from app.core.clock import now
from app.extensions import db
from app.models.platform import ServiceMinute
from app.services.platform.request_counts import BOUNDS, quantile

_BUCKETS = len(BOUNDS) + 1


@dataclass(frozen=True)
class Requests:
    """Requests of a span: times in ms, None where there were none."""

    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None

    @property
    def error_rate(self) -> float | None:
        """Share of requests that ended in an error of ours (5xx)."""
        return self.errors / self.requests if self.requests else None


NONE = Requests(0, 0, None, None)


@dataclass(frozen=True)
class Traffic:
    """Requests of the last hour by area, `whole` of all areas; of the last day by hour (UTC), oldest first."""

    whole: Requests
    areas: dict[str, Requests]
    hours: tuple[tuple[datetime, Requests], ...]


def traffic() -> Traffic:
    """The requests of the last 24 hours, in one statement."""
    at = now()
    hour = func.date_trunc("hour", ServiceMinute.minute, "UTC")
    recent = ServiceMinute.minute >= at - timedelta(hours=1)
    query = select(hour.label("hour"), ServiceMinute.area, recent.label("recent"), *_sums())
    query = query.where(ServiceMinute.minute >= at - timedelta(hours=24)).group_by(hour, ServiceMinute.area, recent)
    rows = db.session.execute(query).all()
    lately = [row for row in rows if row.recent]
    areas = {area: _added(row for row in lately if row.area == area) for area in sorted({row.area for row in lately})}
    first = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=23)
    hours = [first + timedelta(hours=number) for number in range(24)]
    return Traffic(_added(lately), areas, tuple((one, _added(row for row in rows if row.hour == one)) for one in hours))


def requests_by_area(span: timedelta) -> dict[str, Requests]:
    """Requests of the last `span` by area; the key "" holds all of them."""
    query = select(ServiceMinute.area, *_sums()).where(ServiceMinute.minute >= now() - span)
    rows = db.session.execute(query.group_by(ServiceMinute.area)).all()
    return {row.area: _added([row]) for row in rows} | ({"": _added(rows)} if rows else {})


def _sums() -> list[Any]:
    buckets = [func.sum(ServiceMinute.buckets[place + 1]).label(f"b{place}") for place in range(_BUCKETS)]
    return [
        func.sum(ServiceMinute.requests).label("requests"),
        func.sum(ServiceMinute.errors).label("errors"),
        *buckets,
    ]


def _added(rows: Iterable[Row[*tuple[Any, ...]]]) -> Requests:
    """Rows added up; quantiles are those of the sums."""
    requests = errors = 0
    buckets = [0] * _BUCKETS
    for row in rows:
        requests, errors = requests + int(row.requests), errors + int(row.errors)
        buckets = [held + int(row._mapping[f"b{place}"]) for place, held in enumerate(buckets)]
    return Requests(requests, errors, quantile(buckets, 0.5), quantile(buckets, 0.95))
