"""What others decide: what is paid on an invoice, where a claim stands, whether a reminder was answered."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import Cursor

from app.ingest.upsert.statements import load
from app.ingest.upsert.work import Values, Work

Written = tuple[str, Values | None, Values | None]

# An invoice without stored payments keeps what its source says was paid.
_INVOICES = """
UPDATE invoices i SET paid = p.paid, balance = i.total - i.adjusted - p.paid
FROM (SELECT invoice_id, sum(amount) FILTER (WHERE status <> 'failed') AS paid FROM payments
      WHERE organization_id = %(organization_id)s AND invoice_id = ANY(%(ids)s) GROUP BY invoice_id) p
WHERE i.organization_id = %(organization_id)s AND i.id = p.invoice_id AND p.paid IS NOT NULL
  AND (i.paid, i.balance) IS DISTINCT FROM (p.paid, i.total - i.adjusted - p.paid)
"""

# What an invoice's own source said was paid is no longer known once payments have said more; its status is.
_UNPAID = """
UPDATE invoices i SET paid = s.paid, balance = i.total - i.adjusted - s.paid
FROM (SELECT id, CASE WHEN status = 'paid' THEN total - adjusted ELSE 0 END AS paid FROM invoices
      WHERE organization_id = %(organization_id)s AND id = ANY(%(ids)s)) s
WHERE i.organization_id = %(organization_id)s AND i.id = s.id AND NOT EXISTS (
  SELECT FROM payments p WHERE p.organization_id = %(organization_id)s AND p.invoice_id = i.id)
"""

_UNDECIDED = """
UPDATE claims c SET status = CASE WHEN c.status = 'cancelled' THEN c.status ELSE 'pending' END,
  decided_day = NULL, first_outcome = NULL, final_day = NULL, paid = NULL, denied = NULL, adjusted = NULL,
  denial_code = NULL
WHERE c.organization_id = %(organization_id)s AND c.id = ANY(%(ids)s) AND NOT EXISTS (
  SELECT FROM adjudications a WHERE a.organization_id = %(organization_id)s AND a.claim_id = c.id
    AND a.outcome <> 'pending')
"""

# The first decision stays the first outcome; status and amounts follow the last one. A claim that its sender
# cancelled stays cancelled.
_CLAIMS = """
UPDATE claims c SET
  status = CASE WHEN c.status = 'cancelled' THEN c.status ELSE l.outcome END,
  decided_day = f.decided_day, first_outcome = f.outcome,
  final_day = CASE WHEN l.outcome = 'pending' THEN NULL ELSE l.decided_day END,
  paid = l.paid, denied = l.denied, adjusted = l.adjusted, denial_code = l.denial_code
FROM (SELECT DISTINCT ON (claim_id) * FROM adjudications
      WHERE organization_id = %(organization_id)s AND claim_id = ANY(%(ids)s) AND outcome <> 'pending'
      ORDER BY claim_id, decided_day, sequence, id) f,
     (SELECT DISTINCT ON (claim_id) * FROM adjudications
      WHERE organization_id = %(organization_id)s AND claim_id = ANY(%(ids)s)
      ORDER BY claim_id, decided_day DESC, sequence DESC, id DESC) l
WHERE c.organization_id = %(organization_id)s AND c.id = f.claim_id AND c.id = l.claim_id
"""


# A reminder is answered by the first money that came for its invoice on its day or later.
_REMINDERS = """
UPDATE invoice_reminders r SET answered_day = a.day
FROM (SELECT s.id, min(p.local_day) AS day FROM invoice_reminders s
      LEFT JOIN payments p ON p.organization_id = %(organization_id)s AND p.invoice_id = s.invoice_id
        AND p.status = 'settled' AND p.local_day >= s.sent_day
      WHERE s.organization_id = %(organization_id)s AND s.id = ANY(%(ids)s) GROUP BY s.id) a
WHERE r.organization_id = %(organization_id)s AND r.id = a.id AND r.answered_day IS DISTINCT FROM a.day
"""


def recompute(cursor: Cursor, organization_id: UUID, work: Work, removed: Iterable[Written]) -> list[Written]:
    """Brings invoices, claims and reminders up to date with the batch's payments and decisions, and with those that it
    took out; gives what changed."""
    unpaid = _left(work, removed, "payments", "invoice_id")
    undecided = _left(work, removed, "adjudications", "claim_id")
    invoices = _parents(work, "payments", "invoice_id") | set(work.rows.get("invoices", {})) | unpaid
    reminders = {row["id"] for row in load(cursor, "invoice_reminders", organization_id, "invoice_id", invoices)}
    claims = _parents(work, "adjudications", "claim_id") | set(work.rows.get("claims", {})) | undecided
    return [
        *_apply(cursor, organization_id, "invoices", unpaid, _UNPAID),
        *_apply(cursor, organization_id, "claims", undecided, _UNDECIDED),
        *_apply(cursor, organization_id, "invoices", invoices, _INVOICES),
        *_apply(cursor, organization_id, "claims", claims, _CLAIMS),
        *_apply(cursor, organization_id, "invoice_reminders", reminders | _own(work, "invoice_reminders"), _REMINDERS),
    ]


def _left(work: Work, removed: Iterable[Written], table: str, column: str) -> set[UUID]:
    """What rows belonged to that were taken out, or belong to another now."""
    rows = work.rows.get(table, {})
    moved = [row for row in work.before.get(table, {}).values() if row[column] != rows.get(row["id"], row)[column]]
    gone = [row for other, row, _ in removed if other == table and row]
    return {row[column] for row in (*moved, *gone) if row[column] is not None}


def _own(work: Work, table: str) -> set[UUID]:
    return set(work.rows.get(table, {}))


def _parents(work: Work, table: str, column: str) -> set[UUID]:
    """What the rows of a batch belong to now, and belonged to before."""
    rows: Iterable[Values] = [*work.of(table), *work.before.get(table, {}).values()]
    return {row[column] for row in rows if row[column] is not None}


def _apply(cursor: Cursor, organization_id: UUID, table: str, ids: set[UUID], statement: str) -> list[Written]:
    if not ids:
        return []
    before = {row["id"]: row for row in load(cursor, table, organization_id, "id", ids)}
    parameters: dict[str, Any] = {"organization_id": organization_id, "ids": list(ids)}
    cursor.execute(statement, parameters)
    after = load(cursor, table, organization_id, "id", ids) if cursor.rowcount else []
    return [(table, before[row["id"]], row) for row in after if row != before[row["id"]]]
