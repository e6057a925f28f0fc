"""What care reaches: blood pressure, results, medication supply, messages, goals."""

from datetime import timedelta

from sqlalchemy import and_

from app.models.goals import Goal
from app.models.medications import Dispense
from app.models.messages import Message
from app.models.observations import Observation
from app.models.results import Result
from app.rollups.family import Measure, Spread, family

ANSWER_WITHIN = 24 * 60  # minutes
REVIEW_WITHIN = 72 * 60  # minutes
REFILL_WITHIN = timedelta(days=7)
SYSTOLIC_BELOW, DIASTOLIC_BELOW = 140, 90

_pressure = and_(
    Observation.kind == "blood_pressure",
    Observation.systolic.is_not(None),
    Observation.diastolic.is_not(None),
    Observation.status.in_(("final", "amended")),
)
_of_hypertensive = and_(_pressure, Observation.hypertensive)

BLOOD_PRESSURE = family(
    Observation,
    "blood_pressure",
    Observation.local_day,
    "The clinic's local date of the reading.",
    label="blood pressure readings",
    at=Observation.observed_at,
    measures=(
        Measure("readings", "blood pressure readings", where=_pressure),
        Measure("hypertensive", "readings of patients with hypertension", where=_of_hypertensive),
        Measure(
            "controlled",
            "of these below 140/90 mmHg",
            where=and_(
                _of_hypertensive, Observation.systolic < SYSTOLIC_BELOW, Observation.diastolic < DIASTOLIC_BELOW
            ),
        ),
    ),
)

_issued = Result.status.in_(("final", "amended"))
_pending = and_(_issued, Result.review == "pending")

RESULTS = family(
    Result,
    "results",
    Result.local_day,
    "The clinic's local date on which the result was issued.",
    label="results",
    at=Result.issued_at,
    dimensions={"kind": Result.kind},
    measures=(
        Measure("issued", "results issued", where=_issued),
        Measure("judged", "results known to be normal or not", where=and_(_issued, Result.abnormal.is_not(None))),
        Measure("abnormal", "results out of range", where=and_(_issued, Result.abnormal.is_(True))),
        Measure("for_review", "results that are to be reviewed", where=and_(_issued, Result.review.is_not(None))),
        Measure("pending", "results not reviewed", where=_pending, now=True),
        Measure(
            "pending_abnormal",
            "abnormal results not reviewed",
            where=and_(_pending, Result.abnormal.is_(True)),
            now=True,
        ),
        Measure(
            "reviewed_in_time",
            "results reviewed within 72 h",
            where=and_(_issued, Result.review == "reviewed", Result.review_minutes <= REVIEW_WITHIN),
        ),
    ),
    spreads=(
        Spread("turnaround", "minutes to the result", Result.turnaround_minutes, where=_issued),
        Spread("review", "minutes to the review", Result.review_minutes, where=_issued),
    ),
)

_due = and_(Dispense.expected, Dispense.status == "completed")

REFILLS = family(
    Dispense,
    "refills",
    Dispense.runs_out,
    "The last day of the dispensed supply.",
    label="refills due",
    measures=(
        Measure("due", "refills due", where=_due),
        Measure(
            "in_time",
            "refilled within 7 days",
            where=and_(_due, Dispense.next_day <= Dispense.runs_out + REFILL_WITHIN),
        ),
        Measure("open", "not refilled", where=and_(_due, Dispense.next_day.is_(None)), now=True),
        Measure("days", "days between dispenses", of=Dispense.interval_days, where=_due),
        Measure("days_covered", "of these days with medication", of=Dispense.covered_days, where=_due),
    ),
)

_asked = Message.sender == "patient"

MESSAGES = family(
    Message,
    "messages",
    Message.local_day,
    "The clinic's local date of sending.",
    label="messages",
    at=Message.sent_at,
    dimensions={"channel": Message.channel},
    measures=(
        Measure("received", "messages of patients", where=_asked),
        Measure("sent", "messages to patients", where=Message.sender == "practice"),
        Measure("unread", "messages of patients not read", where=and_(_asked, Message.read_at.is_(None)), now=True),
        Measure("answered", "messages answered", where=and_(_asked, Message.answered_at.is_not(None)), now=True),
        Measure(
            "answered_in_time",
            "messages answered within 24 h",
            where=and_(_asked, Message.answer_minutes <= ANSWER_WITHIN),
        ),
        Measure(
            "read_by_patients",
            "messages read by patients",
            where=and_(Message.sender == "practice", Message.read_at.is_not(None)),
            now=True,
        ),
    ),
    spreads=(Spread("answer", "minutes to the answer", Message.answer_minutes, where=_asked),),
)

_pursued = Goal.status.in_(("active", "completed"))

GOALS = family(
    Goal,
    "goals",
    Goal.due_day,
    "The date by which the goal is to be reached.",
    label="goals",
    measures=(
        Measure("due", "goals", where=_pursued),
        Measure("judged", "goals with a judgement", where=and_(_pursued, Goal.achievement.is_not(None)), now=True),
        Measure(
            "on_track",
            "goals reached or improving",
            where=and_(_pursued, Goal.achievement.in_(("achieved", "improving"))),
            now=True,
        ),
        Measure("achieved", "goals reached", where=and_(_pursued, Goal.achievement == "achieved"), now=True),
    ),
)
FAMILIES = (BLOOD_PRESSURE, RESULTS, REFILLS, MESSAGES, GOALS)
