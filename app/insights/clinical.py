"""Alert rules about patients' records: follow-ups overdue, results not seen, interactions, supplies that run out.

The functions that judge one record are shared with the doctor's dashboard, so that page and alert cannot differ.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from app.core import format
from app.extensions import db
from app.insights.episodes import Finding, PatientRule, Practice
from app.insights.interactions import SUBSTANCES, Interaction, ingredients, interactions
from app.models import Medication, Result, Task
from app.models.settings import Rules

Severity = Literal["medium", "high", "critical"]

FOLLOW_UP, RESULT, INTERACTION, REFILL = (
    "clinical.follow_up_overdue",
    "clinical.result_not_seen",
    "clinical.interaction",
    "clinical.refill_due",
)
LISTED = "|".join(sorted(re.escape(substance) for substance in SUBSTANCES))  # what an interaction could come of


def late_follow_up(due: date | None, day: date, rules: Rules) -> Severity | None:
    """How grave an open follow-up is that was due on a day; None while it is not late enough."""
    late = 0 if due is None else (day - due).days
    if late < rules.follow_up_days:
        return None
    return "high" if late >= rules.follow_up_high_days else "medium"


def unseen_result(issued: datetime | None, at: datetime, rules: Rules) -> Severity:
    """How grave it is that nobody has looked at a result out of range: critical once it has waited too long."""
    limit = timedelta(hours=rules.result_hours)
    return "critical" if issued is not None and at - issued >= limit else "high"


def short_supply(covered: date | None, day: date, rules: Rules) -> Severity | None:
    """How grave it is that a dispensed supply reaches to a day; None while there is enough."""
    if covered is None or covered >= day + timedelta(days=rules.refill_days):
        return None
    return "high" if (day - covered).days >= rules.refill_high_days else "medium"


def pair_of(patient_id: UUID, found: Interaction) -> str:
    """What an interaction's alert is about: two substances that one patient takes."""
    return f"{patient_id}:{'+'.join(sorted(found.substances))}"


def follow_ups(practice: Practice) -> Iterator[Finding]:
    """Open follow-ups that are overdue by so many days."""
    last = practice.day - timedelta(days=practice.rules.follow_up_days)
    query = select(Task.id, Task.patient_id, Task.practitioner_id, Task.due_day).where(
        Task.organization_id == practice.actor.organization_id,
        Task.kind == "follow_up",
        Task.done_at.is_(None),
        Task.due_day <= last,
        Task.patient_id.is_not(None),
    )
    for task_id, patient_id, practitioner_id, due in db.session.execute(query):
        severity = late_follow_up(due, practice.day, practice.rules)
        if severity is not None:
            yield Finding(
                FOLLOW_UP,
                str(task_id),
                severity,
                "Follow-up overdue",
                f"Due {format.date(due)}; the limit is {_days(practice.rules.follow_up_days)}.",
                {"due": due, "limit": practice.rules.follow_up_days},
                recommendation="Reach the patient, or book the visit.",
                patient_id=patient_id,
                practitioner_id=practitioner_id,
            )


def results(practice: Practice) -> Iterator[Finding]:
    """Final results out of range that nobody has looked at."""
    query = select(Result.id, Result.patient_id, Result.practitioner_id, Result.issued_at).where(
        Result.organization_id == practice.actor.organization_id,
        Result.review == "pending",
        Result.status.in_(("final", "amended")),
        Result.abnormal.is_(True),
        Result.patient_id.is_not(None),
    )
    for result_id, patient_id, practitioner_id, issued in db.session.execute(query):
        severity = unseen_result(issued, practice.at, practice.rules)
        limit = practice.rules.result_hours
        yield Finding(
            RESULT,
            str(result_id),
            severity,
            "Result out of range not seen",
            f"Nobody has reviewed it; critical from {limit} h on.",
            {"issued": issued, "limit": limit},
            recommendation="Look at the result and mark it as reviewed.",
            patient_id=patient_id,
            practitioner_id=practitioner_id,
        )


def refills(practice: Practice) -> Iterator[Finding]:
    """Active prescriptions whose dispensed supply has run out, or soon will."""
    query = select(Medication.id, Medication.patient_id, Medication.practitioner_id, Medication.covered_until).where(
        Medication.organization_id == practice.actor.organization_id,
        Medication.status == "active",
        Medication.covered_until < practice.day + timedelta(days=practice.rules.refill_days),
        Medication.patient_id.is_not(None),
    )
    for medication_id, patient_id, practitioner_id, covered in db.session.execute(query):
        severity = short_supply(covered, practice.day, practice.rules)
        if severity is not None:
            yield Finding(
                REFILL,
                str(medication_id),
                severity,
                "Refill due",
                f"The dispensed supply reaches to {format.date(covered)}.",
                {"covered_until": covered, "limit": practice.rules.refill_days},
                recommendation="Renew the prescription, or ask why it was not collected.",
                patient_id=patient_id,
                practitioner_id=practitioner_id,
            )


def dangerous_pairs(practice: Practice) -> Iterator[Finding]:
    """Pairs of the interaction table that one patient takes."""
    query = (
        select(Medication.patient_id, Medication.practitioner_id, Medication.substance)
        .where(
            Medication.organization_id == practice.actor.organization_id,
            Medication.status == "active",
            Medication.substance.regexp_match(LISTED),
            Medication.patient_id.is_not(None),
        )
        .order_by(Medication.patient_id, Medication.prescribed_day.desc().nulls_last(), Medication.id)
    )
    for patient_id, rows in groupby(db.session.execute(query), key=lambda row: row.patient_id):
        taken = [(practitioner_id, substance) for _, practitioner_id, substance in rows]
        for found in interactions(substance for _, substance in taken):
            one, other = (each.capitalize() for each in found.substances)
            yield Finding(
                INTERACTION,
                pair_of(patient_id, found),
                found.rule.priority,
                f"{one} with {other}",
                f"{found.rule.effect}. {found.rule.source.words}.",
                {"substances": list(found.substances), "source": found.rule.source.url},
                recommendation="See whether one of them can be stopped or replaced.",
                patient_id=patient_id,
                practitioner_id=_prescriber(taken, found),
            )


def _prescriber(taken: Sequence[tuple[UUID | None, str | None]], found: Interaction) -> UUID | None:
    """Who prescribed one of the pair, the latest first: it made the pair."""
    return next(
        (doctor for doctor, substance in taken if doctor is not None and _names(substance, found.substances)), None
    )


def _names(substance: str | None, pair: Iterable[str]) -> bool:
    return bool(ingredients([substance]) & set(pair))


def _days(count: int) -> str:
    return format.plural(count, "day")


RULES = (
    PatientRule(FOLLOW_UP, "overdue_followup", "A follow-up is overdue", follow_ups, "tasks.follow_ups_overdue"),
    PatientRule(
        RESULT, "abnormal_result", "A result out of range not seen", results, "clinical.abnormal_results_pending"
    ),
    PatientRule(INTERACTION, "medication_interaction", "Two drugs that should not meet", dangerous_pairs),
    PatientRule(REFILL, "refill_overdue", "A supply has run out or soon will", refills, "clinical.refills_overdue"),
)
