"""The rows that stand for sources: made where missing, and told what they have brought."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.ids import new_id
from app.extensions import db
from app.ingest.counts import Counts
from app.models.ingest import Source

# Which records a type feeds; the names are those of the tables.
FEEDS = {
    "Appointment": "appointments",
    "Encounter": "encounters",
    "Slot": "availability",
    "Invoice": "invoices",
    "PaymentReconciliation": "payments",
    "PaymentNotice": "payments",
    "Claim": "claims",
    "ClaimResponse": "claims",
    "ExplanationOfBenefit": "claims",
    "QuestionnaireResponse": "survey_answers",
    "Patient": "patients",
}


def source_for(organization_id: UUID, key: str, kind: str) -> Source:
    """The organization's source of that key; made, not committed, where there is none.

    Of two that make it at once, one waits for the other's transaction and takes its source."""
    return _known(organization_id, key) or _made(organization_id, key, kind)


def _known(organization_id: UUID, key: str) -> Source | None:
    mine = select(Source).where(Source.organization_id == organization_id, Source.key == key)
    return db.session.scalars(mine).one_or_none()


def _made(organization_id: UUID, key: str, kind: str) -> Source:
    new = {"organization_id": organization_id, "id": new_id(), "key": key, "name": key, "kind": kind, "feeds": []}
    db.session.execute(insert(Source.__table__).values(new).on_conflict_do_nothing())
    made = _known(organization_id, key)
    assert made is not None  # committed by another, or this transaction's own
    return made


def feed_source(organization_id: UUID, source_id: UUID, counts: Counts) -> None:
    """Notes what a source has brought, and that it is as fresh as now; the caller commits."""
    source = db.session.get_one(Source, (organization_id, source_id))
    brought = {FEEDS.get(kind, kind) for kind, found in counts.types.items() if found["stored"] or found["unchanged"]}
    source.feeds = sorted({*source.feeds, *(feed for feed in brought if feed.islower())})
    source.synced_at = source.fresh_at = now()
