"""Who the patients are and how they stand, counted whole each hour: dashboards read the counts, never the patients.

A patient is active with a visit in the last 30 days or one to come, dormant up to 90 days, at risk after (thresholds of
the patient rules). A patient who was last seen 60 to 90 days ago and has nothing booked is leaving: how many of them
stay away is not guessed but taken from those who stood there 30 days ago.

Engagement, 0 to 10, is the mean of what is known of a patient over a year: appointments kept among those kept or missed
without notice, and surveys answered among those sent. Portal use and community features are not recorded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt
from uuid import UUID

from sqlalchemy import delete, insert, select, text

from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.ids import new_id
from app.extensions import db
from app.models import Organization, PopulationCount
from app.models.settings import rules_of

WARNING = 30  # days ahead that a patient is called leaving
_Z = 1.96

_CENSUS = text(
    """
    WITH last AS (
        SELECT patient_id, max(day) AS day, max(day) FILTER (WHERE day <= :then) AS then_day,
               coalesce(sum(visits) FILTER (WHERE day > :year), 0) AS visits,
               bool_or(day > :then) AS came
        FROM visit_days WHERE organization_id = :organization GROUP BY patient_id
    ), booked AS (
        SELECT patient_id, bool_or(status = 'booked' AND starts_at > :moment) AS ahead,
               bool_or(booked_at <= :then_moment AND starts_at > :then_moment
                       AND (cancelled_at IS NULL OR cancelled_at > :then_moment)) AS then_ahead
        FROM appointments
        WHERE organization_id = :organization AND patient_id IS NOT NULL AND NOT is_test AND local_day >= :then
        GROUP BY patient_id
    ), known AS (
        SELECT p.home_clinic_id AS clinic_id, p.postal_area AS area,
               CASE WHEN p.birth_date IS NULL THEN 'unknown'
                    WHEN p.birth_date > :born_18 THEN '0-17' WHEN p.birth_date > :born_31 THEN '18-30'
                    WHEN p.birth_date > :born_51 THEN '31-50' WHEN p.birth_date > :born_71 THEN '51-70'
                    ELSE '70+' END AS age,
               :today - l.day AS days, :then - l.then_day AS then_days, coalesce(l.visits, 0) AS visits,
               coalesce(l.came, false) AS came, coalesce(b.ahead, false) AS ahead,
               coalesce(b.then_ahead, false) AS then_ahead
        FROM patients p
        LEFT JOIN last l ON l.patient_id = p.id
        LEFT JOIN booked b ON b.patient_id = p.id
        WHERE p.organization_id = :organization AND p.active AND p.deceased_on IS NULL
    )
    SELECT clinic_id, 'standing' AS kind,
           CASE WHEN ahead OR days < :active THEN 'active' WHEN days < :dormant THEN 'dormant'
                WHEN days IS NULL THEN 'never' ELSE 'at_risk' END AS member,
           count(*) AS patients, NULL::numeric AS total, NULL::numeric AS squares
    FROM known GROUP BY 1, 3
    UNION ALL
    SELECT clinic_id, 'standing', 'leaving', count(*), NULL, NULL
    FROM known WHERE NOT ahead AND days >= :dormant - :warning AND days < :dormant GROUP BY 1
    UNION ALL
    SELECT clinic_id, 'standing', CASE WHEN came THEN 'stayed' ELSE 'left' END, count(*), NULL, NULL
    FROM known WHERE NOT then_ahead AND then_days >= :dormant - :warning AND then_days < :dormant GROUP BY 1, 3
    UNION ALL
    SELECT clinic_id, 'age', age, count(*), sum(visits), NULL FROM known GROUP BY 1, 3
    UNION ALL
    SELECT clinic_id, 'area', coalesce(area, 'unknown'), count(*), sum(visits), NULL FROM known GROUP BY 1, 3
    """
)
_ENGAGEMENT = text(
    """
    WITH kept AS (
        SELECT patient_id, avg((status = 'completed')::int) AS share
        FROM appointments
        WHERE organization_id = :organization AND patient_id IS NOT NULL AND NOT is_test
          AND local_day > :first AND local_day <= :last AND status IN ('completed', 'no_show')
        GROUP BY patient_id
    ), replied AS (
        SELECT patient_id, avg((answered_at IS NOT NULL)::int) AS share
        FROM survey_answers
        WHERE organization_id = :organization AND patient_id IS NOT NULL AND asked_day > :first AND asked_day <= :last
        GROUP BY patient_id
    ), scores AS (
        SELECT p.home_clinic_id AS clinic_id,
               10 * CASE WHEN r.share IS NULL THEN k.share WHEN k.share IS NULL THEN r.share
                         ELSE (k.share + r.share) / 2 END AS score
        FROM patients p LEFT JOIN kept k ON k.patient_id = p.id LEFT JOIN replied r ON r.patient_id = p.id
        WHERE p.organization_id = :organization AND p.active AND (k.share IS NOT NULL OR r.share IS NOT NULL)
    )
    SELECT clinic_id, count(*) AS patients, sum(score) AS total, sum(score * score) AS squares,
           percentile_cont(0.75) WITHIN GROUP (ORDER BY score) AS top
    FROM scores GROUP BY clinic_id
    """
)


@dataclass(frozen=True)
class Member:
    """Patients of one kind, and the sum kept of them (visits of a year, or scores)."""

    patients: int
    total: Decimal | None


@dataclass(frozen=True)
class Engagement:
    """`mean` and `top` (upper quartile) are 0 to 10 over `patients`; `direction` only where chance is no explanation."""

    patients: int
    mean: float
    top: float | None
    direction: str


@dataclass(frozen=True)
class Leaving:
    """How many are about to be lost, how many of them are expected to be, with the 95% interval of that share."""

    patients: int
    expected: float
    share: float
    low: float
    high: float
    tested: int


@dataclass(frozen=True)
class Population:
    """The counts of the clinics that an actor sees; empty before the first count."""

    standing: Mapping[str, Member]
    ages: Mapping[str, Member]
    areas: Mapping[str, Member]
    engagement: Engagement | None
    made_at: datetime | None

    @property
    def leaving(self) -> Leaving | None:
        """Who will be at risk within 30 days, by what became of those who stood there before; None without them."""
        left, stayed = (self.standing.get(name, Member(0, None)).patients for name in ("left", "stayed"))
        tested = left + stayed
        if not tested:
            return None
        low, high = wilson(left, tested)
        patients = self.standing.get("leaving", Member(0, None)).patients
        return Leaving(patients, patients * left / tested, left / tested, low, high, tested)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927); `of` is not 0."""
    share, square = hits / of, _Z * _Z
    middle, half = share + square / (2 * of), _Z * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (middle - half) / (1 + square / of)), min(1.0, (middle + half) / (1 + square / of))


def count(organization_id: UUID) -> int:
    """Counts all patients of an organization anew; how many rows. Needs the scope; commits."""
    moment = now()
    organization = db.session.get_one(Organization, organization_id)
    rules = rules_of(organization_id)
    today = local_day(moment, organization.zone)
    then = today - timedelta(days=WARNING)
    ages = {f"born_{age}": _years_before(today, age) for age in (18, 31, 51, 71)}
    bound = {
        "organization": organization_id,
        "moment": moment,
        "then_moment": moment - timedelta(days=WARNING),
        "today": today,
        "then": then,
        "year": today - timedelta(days=365),
        "active": rules.active_days,
        "dormant": rules.dormant_days,
        "warning": WARNING,
    }
    rows = [row._asdict() for row in db.session.execute(_CENSUS, bound | ages)]
    for member, last in (("now", today), ("before", today - timedelta(days=90))):
        rows += _engagement(organization_id, member, last)
    db.session.execute(delete(PopulationCount).where(PopulationCount.organization_id == organization_id))
    if rows:
        stamped = [{"organization_id": organization_id, "id": new_id(), "made_at": moment, **row} for row in rows]
        db.session.execute(insert(PopulationCount), stamped)
    db.session.commit()
    return len(rows)


def _years_before(day: "date", years: int) -> "date":
    return day.replace(year=day.year - years, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - years)
