"""A patient's health as the chart has it: conditions with their readings, allergies, goals, care plans.

Everything is opened from sealed columns: never cache it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, or_, select

from app.core.clock import now
from app.extensions import db
from app.insights import readings as rules
from app.insights.readings import Reading, Trend
from app.models import Allergy, CarePlan, Condition, Goal, Observation, Patient
from app.services.chart.chart_reading import LISTED, Found, Part

READINGS = 24  # kept of each kind: enough for a trend of two years of monthly readings
_PRESSURE = "blood_pressure"

PROBLEMS = Part(
    Condition,
    (Condition.status.in_(("active", "recurrence", "relapse")), Condition.confirmed.is_not(False)),
    (func.coalesce(Condition.onset_day, Condition.recorded_day).desc().nulls_last(), Condition.id),
)
ALLERGIES = Part(
    Allergy, (Allergy.status.in_(("active", "unknown")),), (Allergy.recorded_day.desc().nulls_last(), Allergy.id)
)
GOALS = Part(Goal, (Goal.status.in_(("active", "on_hold")),), (Goal.due_day.asc().nulls_last(), Goal.id))
PLANS = Part(CarePlan, (CarePlan.status == "active",), (CarePlan.starts_on.desc().nulls_last(), CarePlan.id), LISTED)


@dataclass(frozen=True)
class Problem:
    """A current condition. `status`: managed or not_controlled where a rule stands behind it, else as recorded."""

    name: str | None
    kind: str | None
    diagnosed: date | None
    status: str
    reading: Reading | None
    trend: Trend | None


@dataclass(frozen=True)
class AllergyLine:
    """An allergy that is not resolved."""

    allergen: str | None
    severity: str | None
    criticality: str | None
    reaction: str | None


@dataclass(frozen=True)
class GoalLine:
    """A health goal. `progress` 0 to 1 from the first reading since its start; None without readings."""

    title: str | None
    target: str | None
    current: str | None
    progress: float | None
    achievement: str | None
    due: date | None
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A care plan that runs."""

    title: str | None
    starts: date | None
    activities: tuple[str, ...]


def readings_of(patient: Patient) -> dict[str, tuple[Reading, ...]]:
    """The newest findings of each kind that our rules know, newest first."""
    newest = func.row_number().over(partition_by=Observation.kind, order_by=Observation.observed_at.desc())
    ranked = (
        select(
            Observation.kind,
            Observation.observed_at,
            case((Observation.kind == _PRESSURE, Observation.systolic), else_=Observation.value).label("value"),
            Observation.diastolic,
            Observation.unit,
            newest.label("place"),
        )
        .where(
            Observation.organization_id == patient.organization_id,
            Observation.patient_id == patient.id,
            Observation.kind.is_not(None),
            Observation.observed_at <= now(),
            Observation.status.in_(("final", "amended")),
            or_(Observation.value.is_not(None), Observation.systolic.is_not(None)),
        )
        .subquery()
    )
    found: dict[str, list[Reading]] = {}
    query = select(ranked).where(ranked.c.place <= READINGS).order_by(ranked.c.kind, ranked.c.place)
    for kind, at, value, second, unit, _ in db.session.execute(query):
        if value is not None:
            reading = Reading(kind, at, float(value), None if second is None else float(second), unit)
            found.setdefault(kind, []).append(reading)
    return {kind: tuple(each) for kind, each in found.items()}


def problems_in(found: Sequence[Found], readings: Mapping[str, Sequence[Reading]], day: date) -> tuple[Problem, ...]:
    """Current conditions, the latest diagnosis first."""
    return tuple(_problem(each.record, readings, day) for each in found)


def _problem(condition: Condition, found: Mapping[str, Sequence[Reading]], day: date) -> Problem:
    reading = rules.latest(condition.kind, found)
    managed = rules.is_managed(condition.kind, reading, day)
    return Problem(
        name=condition.name,
        kind=condition.kind,
        diagnosed=condition.onset_day or condition.recorded_day,
        status=condition.status if managed is None else "managed" if managed else "not_controlled",
        reading=reading,
        trend=rules.trend(condition.kind, found),
    )


def allergies_in(found: Sequence[Found]) -> tuple[AllergyLine, ...]:
    """Allergies that are not resolved."""
    records = (each.record for each in found)
    return tuple(AllergyLine(each.allergen, each.severity, each.criticality, each.reaction) for each in records)


def goals_in(found: Sequence[Found], readings: Mapping[str, Sequence[Reading]]) -> tuple[GoalLine, ...]:
    """Goals that are pursued, the nearest date first."""
    return tuple(_goal(each.record, readings) for each in found)


def _goal(goal: Goal, found: Mapping[str, Sequence[Reading]]) -> GoalLine:
    targets = (goal.targets or {}).get("targets", [])
    since = [_since(each, goal.starts_on) for each in found.values()]
    first, current = _values([each[-1] for each in since if each]), _values([each[0] for each in found.values()])
    return GoalLine(
        title=goal.title,
        target=rules.target_words(targets),
        current=_current_words(targets, found),
        progress=1.0 if goal.achievement == "achieved" else rules.progress(targets, first, current),
        achievement=goal.achievement,
        due=goal.due_day,
        actions=listed(goal.actions),
    )


def _since(readings: Sequence[Reading], start: date | None) -> list[Reading]:
    return [each for each in readings if start is None or each.at.date() >= start]


def _values(readings: Sequence[Reading]) -> dict[str, float]:
    values = {each.kind: each.value for each in readings}
    for each in readings:
        if each.second is not None:
            values |= {"systolic": each.value, "diastolic": each.second}
    return values


def _current_words(targets: Sequence[Mapping[str, str]], found: Mapping[str, Sequence[Reading]]) -> str | None:
    kinds = {_PRESSURE if each["kind"] in ("systolic", "diastolic") else each["kind"] for each in targets}
    return "; ".join(found[kind][0].words for kind in sorted(kinds) if found.get(kind)) or None


def plans_in(found: Sequence[Found]) -> tuple[Plan, ...]:
    """Care plans that run."""
    records = (each.record for each in found)
    return tuple(Plan(each.title, each.starts_on, listed(each.activities)) for each in records)


def listed(sealed: str | None) -> tuple[str, ...]:
    """The lines of a list that is kept sealed as JSON."""
    return tuple(json.loads(sealed)) if sealed else ()
