"""Forecasts of visits and money, made by a job and kept: a page reads what was made last."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select

from app.core.actor import Actor, system_actor
from app.core.clock import local_day, now
from app.core.ids import new_id
from app.core.period import Period, Span
from app.extensions import db
from app.insights.forecast import HORIZON, SEASON, SHORTEST, Forecast, Test, forecast
from app.metrics.catalogue import METRICS
from app.metrics.run import run_all
from app.metrics.scope import suppresses
from app.metrics.suppression import is_small
from app.metrics.types import Figure, Query
from app.models import Clinic, MadeForecast, Organization
from app.models.settings import rules_of

_VISITS = "attendance.booked"
FORECAST = (_VISITS, "revenue.collected")
PAST = 104 * SEASON  # days of history
DRAWN = 12 * SEASON  # of them kept for the drawing
ONE_PLACE = "Forecasts are made for one clinic or for the whole organization: choose a clinic."
NOT_OF_PEOPLE = "Forecasts are made of clinics, not of a department or of one person's work."
TOO_FEW = "Weeks that may not be shown cannot be forecast."
NOT_MADE = "No forecast has been made yet; that happens each hour."


@dataclass(frozen=True)
class Outlook:
    """A metric's forecast from `first_day` on after the `recorded` days; without `found` there is a `reason`."""

    metric: str
    first_day: date | None = None
    recorded: tuple[float, ...] = ()
    found: Forecast | None = None
    made_at: datetime | None = None
    reason: str = ""

    @property
    def change(self) -> float | None:
        """The 28 days to come against the 28 before, as a fraction; None without either."""
        before = sum(self.recorded[-HORIZON:])
        return sum(self.found.values) / before - 1 if self.found and before else None


def make(organization_id: UUID) -> int:
    """Makes every forecast of an organization anew from complete days; how many. Needs the scope; commits."""
    moment = now()
    organization = db.session.get_one(Organization, organization_id)
    end = local_day(moment, organization.zone)
    actor = system_actor(organization_id)
    ids = db.session.scalars(select(Clinic.id).where(Clinic.organization_id == organization_id).order_by(Clinic.id))
    places: list[UUID | None] = [None, *ids]
    period = Period(end - timedelta(days=PAST), end)
    queries = [
        Query(FORECAST, period, (), {} if clinic is None else {"clinic": (clinic,)}, Span.DAY, compare=False)
        for clinic in places
    ]
    rows = []
    for clinic, answer in zip(places, run_all(queries, actor), strict=True):
        for figure in answer.total.figures.values():
            values = _known(figure)
            found = forecast(values)
            rows.append(
                {
                    "organization_id": organization_id,
                    "id": new_id(),
                    "clinic_id": clinic,
                    "metric": figure.metric.key,
                    "first_day": end,
                    "days": len(values),
                    "recorded": values[-DRAWN:],
                    "found": None if found is None else asdict(found),
                    "made_at": moment,
                }
            )
    db.session.execute(delete(MadeForecast).where(MadeForecast.organization_id == organization_id))
    db.session.execute(insert(MadeForecast), rows)
    db.session.commit()
    return len(rows)


def _known(figure: Figure) -> list[float]:
    """The values since the first day with any; a day without records is 0."""
    values = [float(point.value or 0) for point in figure.series]
    first = next((place for place, value in enumerate(values) if value), len(values))
    return values[first:]


def outlooks(actor: Actor, clinic_id: UUID | None, is_part: bool = False) -> dict[str, Outlook]:
    """What was forecast last, of the metrics that the actor may see. `is_part`: a department's or a person's page."""
    allowed = [key for key in FORECAST if actor.can(METRICS[key].permission)]
    if is_part:
        return {key: Outlook(key, reason=NOT_OF_PEOPLE) for key in allowed}
    if clinic_id is None and actor.clinic_ids is not None:
        if len(actor.clinic_ids) != 1:
            return {key: Outlook(key, reason=ONE_PLACE) for key in allowed}
        (clinic_id,) = actor.clinic_ids
    query = select(MadeForecast).where(
        MadeForecast.organization_id == actor.organization_id, MadeForecast.clinic_id.is_not_distinct_from(clinic_id)
    )
    made = {row.metric: row for row in db.session.scalars(query)}
    if suppresses(actor) and _has_small_weeks(made.get(_VISITS), rules_of(actor.organization_id).small_cell):
        return {key: Outlook(key, reason=TOO_FEW) for key in allowed}
    return {key: _outlook(made[key]) if key in made else Outlook(key, reason=NOT_MADE) for key in allowed}


def weeks(days: Sequence[float]) -> tuple[float, ...]:
    """Sums of seven days, counted from the end; days before the first whole week are left out."""
    first = len(days) % SEASON
    return tuple(sum(days[start : start + SEASON]) for start in range(first, len(days), SEASON))


def _has_small_weeks(visits: MadeForecast | None, small: int) -> bool:
    """Were there weeks of so few visits that neither they nor their money may be drawn?"""
    return visits is not None and any(is_small(week, small) for week in weeks(visits.recorded))


def _outlook(row: MadeForecast) -> Outlook:
    reason = "" if row.found else f"{row.days} days are recorded; a forecast that can be tested needs {SHORTEST}."
    return Outlook(
        row.metric, row.first_day, tuple(row.recorded), _loaded(row.found) if row.found else None, row.made_at, reason
    )


def _loaded(kept: dict[str, object]) -> Forecast:
    tests = {name: Test(**kept[name]) for name in ("model", "naive")}  # type: ignore[arg-type]
    return Forecast(**{**kept, **tests, "values": tuple(kept["values"])})  # type: ignore[arg-type]
