"""Which figure is asked about: the metric, place and period of an address, checked against what the viewer may see."""

from dataclasses import dataclass
from datetime import time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, request
from sqlalchemy import select

from app.core import clock
from app.core.errors import NotFound
from app.core.period import Span
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.types import Metric, Query
from app.models import Clinic, Department, Practitioner
from app.services import access
from app.services.places import Places, places_of
from app.web.periods import Chosen, chosen
from app.web.places import clinic_asked, id_asked


@dataclass(frozen=True)
class Asked:
    """One figure as an address names it; without a clinic it is the figure of all that the viewer sees."""

    metric: Metric
    places: Places
    clinic: Clinic | None
    department: Department | None
    practitioner: Practitioner | None
    chosen: Chosen
    until_now: bool = False

    @property
    def zone(self) -> str:
        """The zone in which its times are shown."""
        return self.clinic.zone if self.clinic else self.places.organization.zone

    @property
    def currency(self) -> str:
        """The organization's currency, ISO 4217."""
        return self.places.organization.currency

    @property
    def args(self) -> dict[str, Any]:
        """The query arguments that stand for it in links."""
        named = {"clinic": self.clinic, "department": self.department, "practitioner": self.practitioner}
        until = {"until": "now"} if self.until_now else {}
        return {name: str(row.id) for name, row in named.items() if row is not None} | self.chosen.args | until

    @cached_property
    def query(self) -> Query:
        """The question to the metrics, compared with the like part before as the dashboard compares it."""
        return Query((self.metric.key,), self.chosen.period, filters=self._filters, until=self._until)

    @property
    def _filters(self) -> dict[str, tuple[Any, ...]]:
        named = {"clinic": self.clinic, "department": self.department, "practitioner": self.practitioner}
        return {name: (row.id,) for name, row in named.items() if row is not None}

    @property
    def _until(self) -> time | None:
        """A tile counts a running day up to now; so does the explanation that it leads to (`until=now`)."""
        local = clock.now().astimezone(ZoneInfo(self.zone))
        running = self.chosen.period.span is Span.DAY and self.chosen.period.start == local.date()
        return local.time().replace(second=0, microsecond=0) if self.until_now and running else None


def asked(key: str) -> Asked:
    """The figure that the request names; raises NotFound for what is not the viewer's, Invalid for a bad period."""
    metric = metric_for(key)
    places = places_of(g.actor)
    clinic = clinic_asked(places, "clinic")
    today = clock.today(clinic.zone if clinic else places.organization.zone)
    practitioner_id = id_asked("practitioner")
    return Asked(
        metric=metric,
        places=places,
        clinic=clinic,
        department=_department(places),
        practitioner=None if practitioner_id is None else access.practitioner_for(g.actor, practitioner_id),
        chosen=chosen(today, places.organization.week_start),
        until_now=request.args.get("until") == "now",
    )


def metric_for(key: str) -> Metric:
    """A metric that the viewer may see; raises NotFound."""
    metric = METRICS.get(key)
    if metric is None or not g.actor.can(metric.permission):
        raise NotFound("There is no such metric.", code="METRIC_001", metric=key[:80])
    return metric


def _department(places: Places) -> Department | None:
    wanted = id_asked("department")
    if wanted is None:
        return None
    query = select(Department).where(
        Department.organization_id == places.organization.id,
        Department.id == wanted,
        Department.clinic_id.in_([clinic.id for clinic in places.clinics]),
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("There is no such department.")
    return found
