"""Figures counted a second time: each statement says the words of docs/metrics.md and nothing of the project's code.

A clinic's June, which is over. `WHERE` of each begins with the organization and the clinic.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import text

from app.core.period import Span, period_of
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.run import run
from app.metrics.types import Query
from app.models import Patient
from app.rollups.refresh import refresh
from tests.metrics.world import World

JUNE = period_of(Span.MONTH, date(2026, 6, 1))
_HERE = "organization_id = :organization AND clinic_id = :clinic"


def _during(day: str) -> str:
    return f"{_HERE} AND {day} >= :start AND {day} < :end"


def _of(table: str, day: str, value: str, more: str = "true") -> str:
    return f"SELECT {value} FROM {table} WHERE {_during(day)} AND {more}"


def _standing(table: str, day: str, value: str, more: str = "true") -> str:
    return f"SELECT {value} FROM {table} WHERE {_HERE} AND {day} < :end AND {more}"


def _share(above: str, below: str = "true") -> str:
    return f"count(*) FILTER (WHERE {above})::numeric / nullif(count(*) FILTER (WHERE {below}), 0)"


def _visits(value: str, more: str = "true") -> str:
    return _of("appointments", "local_day", value, f"NOT is_test AND {more}")


def _quantile(share: str, of: str) -> str:
    return f"percentile_disc({share}) WITHIN GROUP (ORDER BY {of})"


MOVED = "status = 'cancelled' AND rescheduled"
STANDS = f"NOT ({MOVED})"
CAME = "status IN ('arrived', 'started', 'completed')"
BY_CLINIC = f"status = 'cancelled' AND {STANDS} AND cancelled_by = 'clinic'"
BY_PATIENT = f"status = 'cancelled' AND {STANDS} AND cancelled_by IS DISTINCT FROM 'clinic'"
LATE = f"{BY_PATIENT} AND cancelled_notice_hours < 24"
OPEN_MINUTES = (
    f"(SELECT sum(CASE kind WHEN 'open' THEN minutes ELSE -minutes END) FROM availability WHERE {_during('local_day')})"
)
COMPLETED = _visits("count(*)", "status = 'completed'")
SEEN = _visits("count(DISTINCT patient_id)", "status = 'completed'")
VALID = "status NOT IN ('draft', 'cancelled')"
MONEY_CAME = "status IN ('settled', 'refunded')"
SENT = "status <> 'cancelled'"
IN_FORCE = "status IN ('paid', 'partial', 'denied')"

WORDS = {
    "attendance.booked": _visits("count(*)", STANDS),
    "attendance.seen": _visits("count(*)", CAME),
    "attendance.completed": _visits("count(*)", "status = 'completed'"),
    "attendance.in_progress": _visits("count(*)", "status IN ('arrived', 'started')"),
    "attendance.to_come": _visits("count(*)", "status IN ('booked', 'unknown')"),
    "attendance.no_shows": _visits("count(*)", "status = 'no_show'"),
    "attendance.cancelled": _visits("count(*)", f"status = 'cancelled' AND {STANDS}"),
    "attendance.no_show_rate": _visits(_share("status = 'no_show'", f"status = 'no_show' OR {CAME}")),
    "attendance.completion_rate": _visits(
        _share("status = 'completed'", f"status IN ('completed', 'no_show') OR {BY_PATIENT}")
    ),
    "attendance.cancellation_rate": _visits(_share(BY_PATIENT, STANDS)),
    "attendance.late_cancellation_rate": _visits(_share(LATE, STANDS)),
    "attendance.clinic_cancellation_rate": _visits(_share(BY_CLINIC, STANDS)),
    "attendance.lost_slot_rate": _visits(
        _share(f"status = 'no_show' OR {LATE}", f"status = 'no_show' OR {LATE} OR {CAME}")
    ),
    "attendance.rescheduled_rate": _visits(_share(MOVED)),
    "attendance.outcome_missing_rate": _visits(_share("status IN ('booked', 'unknown')", STANDS)),
    "capacity.available_minutes": f"SELECT {OPEN_MINUTES}",
    "capacity.attended_utilisation": _visits(f"sum(minutes) FILTER (WHERE {CAME})::numeric / {OPEN_MINUTES}"),
    "capacity.blocked_rate": _of(
        "availability",
        "local_day",
        "sum(minutes) FILTER (WHERE kind = 'blocked')::numeric / sum(minutes) FILTER (WHERE kind = 'open')",
    ),
    "capacity.visits_per_hour": _visits(f"60.0 * count(*) FILTER (WHERE {CAME}) / {OPEN_MINUTES}"),
    "capacity.third_next_median": _of("access_samples", "local_day", _quantile("0.5", "days")),
    "capacity.third_next_p90": _of("access_samples", "local_day", _quantile("0.9", "days")),
    "waiting.wait_median": _visits(_quantile("0.5", "wait_minutes"), CAME),
    "waiting.wait_p90": _visits(_quantile("0.9", "wait_minutes"), CAME),
    "waiting.wait_mean": _visits("avg(wait_minutes)", CAME),
    "waiting.over_30_rate": _visits(_share("wait_minutes > 30", "wait_minutes IS NOT NULL"), CAME),
    "waiting.on_time_rate": _visits(_share("start_delay_minutes <= 15", "start_delay_minutes IS NOT NULL"), CAME),
    "waiting.cycle_median": _visits(_quantile("0.5", "cycle_minutes"), CAME),
    "waiting.visit_mean": _visits("avg(visit_minutes)", CAME),
    "waiting.timed_rate": _visits(_share(f"{CAME} AND wait_minutes IS NOT NULL", CAME)),
    "patients.seen": SEEN,
    "patients.new": (
        "SELECT count(*) FROM (SELECT DISTINCT ON (patient_id) * FROM appointments"
        " WHERE organization_id = :organization AND status = 'completed' AND NOT is_test AND patient_id IS NOT NULL"
        " ORDER BY patient_id, starts_at) AS firsts"
        f" WHERE {_during('local_day')}"
    ),
    "satisfaction.score": _of("survey_answers", "asked_day", "avg(satisfaction)"),
    "satisfaction.top_box": _of("survey_answers", "asked_day", _share("satisfaction = 5", "satisfaction IS NOT NULL")),
    "satisfaction.complaints": _of("complaints", "received_day", "count(*)"),
    "satisfaction.complaints_open": _standing("complaints", "received_day", "count(*)", "closed_day IS NULL"),
    "satisfaction.complaint_days_median": _of(
        "complaints", "received_day", _quantile("0.5", "closed_day - received_day")
    ),
    "satisfaction.complaints_per_1000": _of("complaints", "received_day", f"1000.0 * count(*) / ({COMPLETED})"),
    "satisfaction.incidents": _of("incidents", "day", "count(*)"),
    "satisfaction.harm_incidents": _of("incidents", "day", "count(*)", "severity IN ('moderate', 'severe')"),
    "revenue.charged": _of("invoices", "service_day", "sum(total)", VALID),
    "revenue.invoiced": _of("invoices", "issue_day", "sum(total)", VALID),
    "revenue.invoices": _of("invoices", "issue_day", "count(*)", VALID),
    "revenue.collected": _of("payments", "local_day", "sum(amount)", MONEY_CAME),
    "revenue.refunds": _of("payments", "local_day", "-sum(amount)", "status = 'refunded'"),
    "revenue.card_share": _of(
        "payments", "local_day", "sum(amount) FILTER (WHERE method = 'card') / sum(amount)", MONEY_CAME
    ),
    "revenue.payments": _of("payments", "local_day", "count(*)", "status = 'settled'"),
    "revenue.failed_rate": _of("payments", "local_day", _share("status = 'failed'", "status IN ('settled', 'failed')")),
    "revenue.automatic_rate": _of("invoices", "issue_day", _share("automatic", "automatic IS NOT NULL"), VALID),
    "revenue.per_visit": _of("invoices", "service_day", f"round(sum(total) / ({COMPLETED}), 2)", VALID),
    "revenue.collected_per_patient": _of("payments", "local_day", f"round(sum(amount) / ({SEEN}), 2)", MONEY_CAME),
    "revenue.charged_per_hour": _of("invoices", "service_day", f"round(sum(total) * 60 / {OPEN_MINUTES}, 2)", VALID),
    "revenue.costs": _of("expenses", "day", "sum(amount)"),
    "revenue.costs_per_patient": _of("expenses", "day", f"round(sum(amount) / ({SEEN}), 2)"),
    "receivables.outstanding": _standing("invoices", "issue_day", "sum(balance)", f"{VALID} AND balance > 0"),
    "receivables.open_invoices": _standing("invoices", "issue_day", "count(*)", f"{VALID} AND balance > 0"),
    "receivables.aging_31_60": (
        f"SELECT coalesce(sum(balance), 0) FROM invoices WHERE {_HERE} AND {VALID} AND balance > 0"
        " AND :last - issue_day BETWEEN 31 AND 60"
    ),
    "receivables.overdue": _standing(
        "invoices", "due_day", "sum(balance)", f"{VALID} AND balance > 0 AND due_day < :last"
    ),
    "receivables.overdue_invoices": _standing(
        "invoices", "due_day", "count(*)", f"{VALID} AND balance > 0 AND due_day < :last"
    ),
    "receivables.credits": _standing("invoices", "issue_day", "-sum(balance)", f"{VALID} AND balance < 0"),
    "receivables.drafts": _standing("invoices", "issue_day", "count(*)", "status = 'draft'"),
    "receivables.cancelled_invoices": _standing("invoices", "issue_day", "count(*)", "status = 'cancelled'"),
    "receivables.paid_invoices": _standing("invoices", "issue_day", "count(*)", f"{VALID} AND balance <= 0"),
    "claims.submitted": _of("claims", "submitted_day", "count(*)", SENT),
    "claims.submitted_amount": _of("claims", "submitted_day", "sum(amount)", SENT),
    "claims.clean_rate": _of("claims", "submitted_day", _share("clean", "clean IS NOT NULL"), SENT),
    "claims.pending": _standing("claims", "submitted_day", "count(*)", "status = 'pending'"),
    "claims.pending_amount": _standing("claims", "submitted_day", "sum(amount)", "status = 'pending'"),
    "claims.denial_rate": _of("claims", "decided_day", _share("status = 'denied'", IN_FORCE)),
    "claims.approval_rate": _of("claims", "decided_day", _share("status IN ('paid', 'partial')", IN_FORCE)),
    "claims.denied": _of("claims", "decided_day", "count(*)", "status = 'denied'"),
    "claims.decided": _of("claims", "decided_day", "count(*)", SENT),
    "claims.initial_denial_rate": _of("claims", "decided_day", _share("first_outcome = 'denied'"), SENT),
    "claims.decision_days_median": _of("claims", "decided_day", _quantile("0.5", "decided_day - submitted_day"), SENT),
    "claims.processing_days": _of("claims", "decided_day", "avg(decided_day - submitted_day)", SENT),
    "payments.attempts": _of("payments", "local_day", "count(*)", "status IN ('settled', 'failed')"),
    "payments.failed_amount": _of("payments", "local_day", "sum(amount)", "status = 'failed'"),
    "payments.success_rate": _of(
        "payments", "local_day", _share("status = 'settled'", "status IN ('settled', 'failed')")
    ),
    "payments.collection_days": _of(
        "payments",
        "local_day",
        "sum(amount * greatest(local_day - invoiced_day, 0)) / sum(amount)",
        "status = 'settled' AND invoiced_day IS NOT NULL",
    ),
    "payments.active_plans": _standing("payment_plans", "started_day", "count(*)", "status = 'active'"),
    "payments.plan_on_time_rate": _of("plan_instalments", "due_day", _share("paid_day <= due_day")),
    "payments.chargeback_amount": _of("chargebacks", "day", "sum(amount)"),
    "tasks.due": _of("tasks", "due_day", "count(*)"),
    "tasks.on_time_rate": _of("tasks", "due_day", _share("done_day <= due_day")),
    "tasks.overdue": _standing("tasks", "due_day", "count(*)", "due_day < :last AND done_day IS NULL"),
    "tasks.follow_up_rate": _of("tasks", "due_day", _share("done_day <= due_day"), "kind = 'follow_up'"),
    "tasks.encounters": _of("encounters", "local_day", "count(*)", "status = 'finished'"),
    "clinical.bp_control_rate": _of(
        "observations",
        "local_day",
        _share("systolic < 140 AND diastolic < 90"),
        "kind = 'blood_pressure' AND hypertensive",
    ),
    "clinical.review_rate": _of(
        "results", "local_day", _share("review = 'reviewed' AND review_minutes <= 72 * 60"), "review IS NOT NULL"
    ),
    "clinical.results_pending": _standing("results", "local_day", "count(*)", "review = 'pending'"),
    "clinical.turnaround_median": _of("results", "local_day", _quantile("0.5", "turnaround_minutes")),
    "clinical.answer_rate": _of("messages", "local_day", _share("answer_minutes <= 24 * 60"), "sender = 'patient'"),
    "clinical.answer_median": _of("messages", "local_day", _quantile("0.5", "answer_minutes"), "sender = 'patient'"),
    "clinical.days_covered_rate": _of(
        "dispenses", "runs_out", "sum(covered_days)::numeric / sum(interval_days)", "interval_days IS NOT NULL"
    ),
    "clinical.goals_on_track_rate": _of(
        "goals", "due_day", _share("achievement IN ('achieved', 'improving')", "achievement IS NOT NULL")
    ),
    "clinical.goals_reached_rate": _of("goals", "due_day", _share("achievement = 'achieved'")),
    "staff.doctor_on_duty": _of("shifts", "local_day", "count(*)", "role = 'doctor' AND NOT absent"),
    "staff.minutes": _of("shifts", "local_day", "sum(minutes)", "NOT absent"),
    "staff.absence_rate": _of("shifts", "local_day", _share("absent")),
    "staff.nurses_per_doctor": _of(
        "shifts",
        "local_day",
        "sum(minutes) FILTER (WHERE role = 'nurse')::numeric / sum(minutes) FILTER (WHERE role = 'doctor')",
        "NOT absent",
    ),
}


@pytest.fixture
def world(scope, organization) -> Iterator[World]:
    """Two clinics, 28 days of records of which the last 21 lie in June."""
    with time_machine.travel(datetime(2026, 7, 3, 15, tzinfo=UTC), tick=False):
        found = World(5)
        found.patients += [found.add(Patient()) for _ in range(80)]
        db.session.flush()
        found.fill(400)
        db.session.commit()
        refresh(organization.id)
        yield found


def test_every_family_is_counted_again():
    assert {key.partition(".")[0] for key in WORDS} == {metric.domain for metric in METRICS.values()}
    assert len(WORDS) >= 90


def test_a_figure_is_what_its_words_say(world, organization, system):
    clinic = world.clinics[0].id
    given = {"organization": organization.id, "clinic": clinic, "start": JUNE.start, "end": JUNE.end, "last": JUNE.last}
    result = run(Query(tuple(WORDS), JUNE, filters={"clinic": (clinic,)}, compare=False), system)
    shown, counted = {}, {}
    for key, statement in WORDS.items():
        shown[key] = _rounded(result.figure(key).value)
        counted[key] = _rounded(db.session.execute(text(statement), given).scalar_one())
    assert {key: (shown[key], counted[key]) for key in WORDS if shown[key] != counted[key]} == {}
    assert [key for key, value in shown.items() if not value] == []  # a figure of nothing would tell nothing


def _rounded(value: float | Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)
