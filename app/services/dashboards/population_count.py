"""Counts all patients of an organization whole, each hour, so that dashboards read the counts and never the patients.

A patient is active with a visit in the last 30 days or one to come, dormant up to 90 days, at risk after (thresholds of
the organization's rules). One who will be at risk within 30 days and has nothing booked is leaving; what became of
those who stood there 30 days ago is the track record of that call.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, text

from app.core.clock import local_day, now
from app.core.ids import new_id
from app.extensions import db
from app.models import Organization, PopulationCount
from app.models.settings import Rules, rules_of

WARNING = 30  # days ahead that a patient is called leaving
YEAR = 365  # days whose visits, stamps and surveys count
RETURN = 180  # days within which a new patient comes back, or not
BEFORE = 90  # days between the two counts of engagement
BOUNDARIES = (18, 31, 51, 71)  # ages at which the next band begins

_CENSUS = text(
    """
    WITH seen AS (
        SELECT patient_id, max(day) AS last, max(day) FILTER (WHERE day <= :then) AS then_last,
               coalesce(sum(visits) FILTER (WHERE day > :year), 0) AS visits, bool_or(day > :then) AS came
        FROM visit_days WHERE organization_id = :organization GROUP BY patient_id
    ), booked AS (
        SELECT patient_id, bool_or(status = 'booked' AND starts_at > :moment) AS ahead,
               bool_or(booked_at <= :then_moment AND starts_at > :then_moment
                       AND (cancelled_at IS NULL OR cancelled_at > :then_moment)) AS then_ahead
        FROM appointments
        WHERE organization_id = :organization AND patient_id IS NOT NULL AND NOT is_test AND local_day >= :then
        GROUP BY patient_id
    ), known AS (
        SELECT p.home_clinic_id AS clinic_id, coalesce(p.postal_area, 'unknown') AS area,
               CASE WHEN p.birth_date IS NULL THEN 'unknown'
                    WHEN p.birth_date > :born_18 THEN '0-17' WHEN p.birth_date > :born_31 THEN '18-30'
                    WHEN p.birth_date > :born_51 THEN '31-50' WHEN p.birth_date > :born_71 THEN '51-70'
                    ELSE '70+' END AS age,
               :today - s.last AS days, :then - s.then_last AS then_days, coalesce(s.visits, 0) AS visits,
               coalesce(s.came, false) AS came, coalesce(b.ahead, false) AS ahead,
               coalesce(b.then_ahead, false) AS then_ahead
        FROM patients p
        LEFT JOIN seen s ON s.patient_id = p.id
        LEFT JOIN booked b ON b.patient_id = p.id
        WHERE p.organization_id = :organization AND p.active AND p.deceased_on IS NULL
    )
    SELECT clinic_id, 'standing' AS kind,
           CASE WHEN ahead OR days < :active THEN 'active' WHEN days < :dormant THEN 'dormant'
                WHEN days IS NULL THEN 'never' ELSE 'at_risk' END AS member,
           count(*) AS patients, NULL::numeric AS visits
    FROM known GROUP BY 1, 3
    UNION ALL
    SELECT clinic_id, 'leaving', 'now', count(*), NULL
    FROM known WHERE NOT ahead AND days >= :dormant - :warning AND days < :dormant GROUP BY 1
    UNION ALL
    SELECT clinic_id, 'leaving', CASE WHEN came OR ahead THEN 'stayed' ELSE 'left' END, count(*), NULL
    FROM known WHERE NOT then_ahead AND then_days >= :dormant - :warning AND then_days < :dormant GROUP BY 1, 3
    UNION ALL
    SELECT clinic_id, 'age', age, count(*), sum(visits) FROM known GROUP BY 1, 3
    UNION ALL
    SELECT clinic_id, 'area', area, count(*), sum(visits) FROM known GROUP BY 1, 3
    """
)
_NEWCOMERS = text(
    """
    SELECT p.home_clinic_id AS clinic_id, 'newcomer' AS kind,
           CASE WHEN v.next_org <= v.day + :within THEN 'returned' ELSE 'lost' END AS member,
           count(DISTINCT v.patient_id) AS patients
    FROM visit_days v JOIN patients p ON p.organization_id = v.organization_id AND p.id = v.patient_id
    WHERE v.organization_id = :organization AND v.prev_org IS NULL AND v.day > :first AND v.day <= :last
    GROUP BY 1, 3
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
               round(100 * coalesce((k.share + r.share) / 2, k.share, r.share))::int AS tenths
        FROM patients p LEFT JOIN kept k ON k.patient_id = p.id LEFT JOIN replied r ON r.patient_id = p.id
        WHERE p.organization_id = :organization AND p.active AND p.deceased_on IS NULL
    )
    SELECT clinic_id, tenths::text AS member, count(*) AS patients
    FROM scores WHERE tenths IS NOT NULL GROUP BY 1, 2
    """
)


def count(organization_id: UUID) -> int:
    """Counts all patients anew and replaces the counts; how many rows. Needs the scope; commits."""
    # Tables filled a moment ago have no statistics yet, and a plan by guesses takes a minute: each patient, each visit.
    db.session.execute(text("SET LOCAL enable_nestloop = off"))
    moment = now()
    zone = db.session.get_one(Organization, organization_id).zone
    today = local_day(moment, zone)
    rows = _census(organization_id, moment, today, rules_of(organization_id))
    rows += _newcomers(organization_id, today)
    rows += _engagement(organization_id, "engagement", today)
    rows += _engagement(organization_id, "engagement_before", today - timedelta(days=BEFORE))
    db.session.execute(delete(PopulationCount).where(PopulationCount.organization_id == organization_id))
    if rows:
        same = {"organization_id": organization_id, "made_at": moment, "visits": None}
        db.session.execute(insert(PopulationCount), [{**same, **row, "id": new_id()} for row in rows])
    db.session.commit()
    return len(rows)


def _census(organization_id: UUID, moment: datetime, today: date, rules: Rules) -> list[dict[str, Any]]:
    """Standing, leaving, ages and areas."""
    warning = timedelta(days=WARNING)
    bound = {
        "organization": organization_id,
        "moment": moment,
        "then_moment": moment - warning,
        "today": today,
        "then": today - warning,
        "year": today - timedelta(days=YEAR),
        "active": rules.active_days,
        "dormant": rules.dormant_days,
        "warning": WARNING,
    }
    ages = {f"born_{age}": years_before(today, age) for age in BOUNDARIES}
    return [dict(row) for row in db.session.execute(_CENSUS, bound | ages).mappings()]


def _newcomers(organization_id: UUID, today: date) -> list[dict[str, Any]]:
    """Patients first seen in the year whose 180 days are over: who came back within them."""
    last = today - timedelta(days=RETURN)
    first = last - timedelta(days=YEAR)
    bound = {"organization": organization_id, "within": RETURN, "first": first, "last": last}
    return [dict(row) for row in db.session.execute(_NEWCOMERS, bound).mappings()]


def _engagement(organization_id: UUID, kind: str, last: date) -> list[dict[str, Any]]:
    """The mean of what is known of a patient over a year, in tenths of 0 to 10: appointments kept among those kept or
    missed without notice, and surveys answered among those sent."""
    bound = {"organization": organization_id, "first": last - timedelta(days=YEAR), "last": last}
    return [{"kind": kind, **row} for row in db.session.execute(_ENGAGEMENT, bound).mappings()]


def years_before(day: date, years: int) -> date:
    """The same date years ago; 28 February for the 29th. Who was born after it is younger than that."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if leap else day.day)
