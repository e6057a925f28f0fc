"""The figures of one topic over a range of dates, for programs that want no document: asked of the metrics at once."""

from collections.abc import Mapping
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.period import Period, Span
from app.metrics.catalogue import METRICS
from app.metrics.run import run
from app.metrics.types import Query, Result
from app.services import access
from app.services.reports.report_errors import NotYours

# Names that programs know to metrics of the catalogue.
TOPICS: Mapping[str, Mapping[str, str]] = {
    "revenue": {
        "total_revenue": "revenue.collected",
        "invoiced": "revenue.invoiced",
        "charged": "revenue.charged",
        "refunds": "revenue.refunds",
        "discounts": "revenue.discounts",
        "payments": "revenue.payments",
        "revenue_per_visit": "revenue.per_visit",
        "gross_collection_rate": "revenue.gross_collection_rate",
        "net_collection_rate": "revenue.net_collection_rate",
    },
    "appointments": {
        "total_appointments": "attendance.booked",
        "completed": "attendance.completed",
        "cancelled": "attendance.cancellations",
        "no_shows": "attendance.no_shows",
        "completion_rate": "attendance.completion_rate",
        "cancellation_rate": "attendance.cancellation_rate",
        "no_show_rate": "attendance.no_show_rate",
        "median_wait_minutes": "waiting.wait_median",
        "utilisation": "capacity.utilisation",
    },
    "patients": {
        "patients_seen": "patients.seen",
        "new_patients": "patients.new",
        "returning_patients": "patients.returning",
        "retention_rate": "patients.retention_rate",
        "visits_per_patient": "patients.visits_per_patient",
        "satisfaction_score": "satisfaction.score",
        "nps": "satisfaction.nps",
    },
    "tasks": {
        "due": "tasks.due",
        "overdue": "tasks.overdue",
        "on_time_rate": "tasks.on_time_rate",
        "follow_up_rate": "tasks.follow_up_rate",
        "documentation_rate": "tasks.documentation_rate",
        "results_waiting": "tasks.results_waiting",
    },
    "claims": {
        "submitted": "claims.submitted",
        "submitted_amount": "claims.submitted_amount",
        "decided": "claims.decided",
        "pending": "claims.pending",
        "pending_amount": "claims.pending_amount",
        "approval_rate": "claims.approval_rate",
        "denial_rate": "claims.denial_rate",
        "clean_claim_rate": "claims.clean_rate",
        "median_days_to_decision": "claims.decision_days_median",
    },
}
OVERVIEW: Mapping[str, str] = {
    "total_revenue": "revenue.collected",
    "total_appointments": "attendance.booked",
    "completed_appointments": "attendance.completed",
    "no_show_rate": "attendance.no_show_rate",
    "patients_seen": "patients.seen",
    "new_patients": "patients.new",
    "retention_rate": "patients.retention_rate",
    "tasks_overdue": "tasks.overdue",
    "claims_submitted": "claims.submitted",
    "claim_denial_rate": "claims.denial_rate",
    "outstanding": "receivables.outstanding",
    "satisfaction_score": "satisfaction.score",
}


def ask(
    actor: Actor, names: Mapping[str, str], period: Period, clinic_id: UUID | None, compare: bool, step: Span | None
) -> tuple[dict[str, str], Result]:
    """The names that the actor may see with their metrics, and the answer; NotYours without any of them."""
    own = {name: key for name, key in names.items() if actor.can(METRICS[key].permission)}
    if not own:
        raise NotYours("Your role does not include these figures.")
    return own, run(Query(_keys(own), period, filters=_place(actor, clinic_id), compare=compare, step=step), actor)


def _keys(names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.values()))


def _place(actor: Actor, clinic_id: UUID | None) -> dict[str, tuple[UUID, ...]]:
    if clinic_id is None:
        return {}
    try:
        return {"clinic": (access.clinic_for(actor, clinic_id).id,)}
    except NotFound:
        raise NotYours("This is none of your clinics.", field="clinic_id") from None
