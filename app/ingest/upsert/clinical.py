"""What clinical records decide about others: watched pressures, how far a supply reaches, what was answered."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import dict_row

from app.ingest.mapping.kinds import BLOOD_PRESSURE, HYPERTENSION
from app.ingest.upsert.work import Values, Work

Written = tuple[str, Values | None, Values | None]

_HYPERTENSIVE = f"""
UPDATE observations o SET hypertensive = NOT o.hypertensive
WHERE o.organization_id = %(organization_id)s AND o.patient_id = ANY(%(ids)s) AND o.kind = '{BLOOD_PRESSURE}'
  AND o.hypertensive IS DISTINCT FROM EXISTS (
    SELECT 1 FROM conditions c WHERE c.organization_id = %(organization_id)s AND c.patient_id = o.patient_id
      AND c.kind = '{HYPERTENSION}' AND c.confirmed IS NOT FALSE
      AND coalesce(c.onset_day, c.recorded_day, o.local_day) <= o.local_day
      AND coalesce(c.abated_day, o.local_day) >= o.local_day)
RETURNING o.clinic_id, o.local_day
"""

# A supply begins when it is handed out, or when the one before it is used up: with S the sum of the supplies up to a
# dispense, it runs out on the latest of (day - S before it) over all dispenses up to it, plus S, less one day.
_SUPPLY = """
WITH ordered AS (
  SELECT id, medication_id, local_day, days_supply, sum(days_supply) OVER past AS supplied,
         lead(local_day) OVER whole AS next_day
  FROM dispenses WHERE organization_id = %(organization_id)s AND medication_id = ANY(%(ids)s)
    AND status = 'completed' AND local_day IS NOT NULL AND days_supply > 0
  WINDOW whole AS (PARTITION BY medication_id ORDER BY local_day, id), past AS (whole)
), reached AS (
  SELECT *, max(local_day - (supplied - days_supply)::int) OVER (PARTITION BY medication_id ORDER BY local_day, id)
            + supplied::int - 1 AS runs_out
  FROM ordered
), judged AS (
  SELECT r.id, r.runs_out, r.next_day,
         CASE WHEN r.next_day IS NOT NULL THEN least(r.next_day - r.local_day, 32767) END AS interval_days,
         CASE WHEN r.next_day IS NOT NULL
              THEN least(r.next_day - r.local_day, r.runs_out - r.local_day + 1, 32767) END AS covered_days,
         r.next_day IS NOT NULL OR m.status = 'active' AS expected
  FROM reached r JOIN medications m
    ON m.organization_id = %(organization_id)s AND m.id = r.medication_id
), before AS (
  SELECT d.id, d.clinic_id, d.runs_out FROM dispenses d JOIN judged j ON j.id = d.id
  WHERE d.organization_id = %(organization_id)s
    AND (d.runs_out, d.next_day, d.interval_days, d.covered_days, d.expected)
        IS DISTINCT FROM (j.runs_out, j.next_day, j.interval_days, j.covered_days, j.expected)
)
UPDATE dispenses d SET runs_out = j.runs_out, next_day = j.next_day, interval_days = j.interval_days,
  covered_days = j.covered_days, expected = j.expected
FROM judged j, before b
WHERE d.organization_id = %(organization_id)s AND d.id = j.id AND b.id = j.id
RETURNING d.clinic_id, d.runs_out, b.runs_out AS earlier
"""
_COVERED = """
UPDATE medications m SET covered_until = d.until
FROM (SELECT p.id, max(d.runs_out) AS until FROM medications p
      LEFT JOIN dispenses d ON d.organization_id = %(organization_id)s AND d.medication_id = p.id
      WHERE p.organization_id = %(organization_id)s AND p.id = ANY(%(ids)s) GROUP BY p.id) d
WHERE m.organization_id = %(organization_id)s AND m.id = d.id AND m.covered_until IS DISTINCT FROM d.until
"""

_ANSWERED = """
UPDATE messages m SET answered_at = a.at,
  answer_minutes = least(floor(extract(epoch FROM a.at - m.sent_at) / 60), 32767)
FROM (SELECT r.in_reply_to_id, min(r.sent_at) AS at FROM messages r
      JOIN messages q ON q.organization_id = %(organization_id)s AND q.id = r.in_reply_to_id
        AND q.sender <> r.sender AND q.sent_at <= r.sent_at
      WHERE r.organization_id = %(organization_id)s AND r.in_reply_to_id = ANY(%(ids)s)
      GROUP BY r.in_reply_to_id) a
WHERE m.organization_id = %(organization_id)s AND m.id = a.in_reply_to_id AND m.answered_at IS DISTINCT FROM a.at
RETURNING m.clinic_id, m.local_day
"""

_UNANSWERED = """
UPDATE messages m SET answered_at = NULL, answer_minutes = NULL
WHERE m.organization_id = %(organization_id)s AND m.id = ANY(%(ids)s)
RETURNING m.clinic_id, m.local_day
"""

_REPORTS = """
SELECT DISTINCT result_id FROM result_items
WHERE organization_id = %(organization_id)s AND observation_id = ANY(%(ids)s) AND result_id IS NOT NULL
"""
_ABNORMAL = """
UPDATE results r SET abnormal = i.abnormal
FROM (SELECT i.result_id, bool_or(o.abnormal) AS abnormal FROM result_items i
      JOIN observations o ON o.organization_id = %(organization_id)s AND o.id = i.observation_id
      WHERE i.organization_id = %(organization_id)s AND i.result_id = ANY(%(ids)s) GROUP BY i.result_id) i
WHERE r.organization_id = %(organization_id)s AND r.id = i.result_id AND r.abnormal IS DISTINCT FROM i.abnormal
RETURNING r.clinic_id, r.local_day
"""


def recompute(cursor: Cursor, organization_id: UUID, work: Work, removed: Iterable[Written]) -> list[Written]:
    """Brings what the batch's records, and those it took out, decide about others up to date; gives the places in
    which facts changed."""
    ask = _Asking(cursor, organization_id)
    gone = [(table, row) for table, row, _ in removed if row is not None]
    supplied = _named(work, gone, "dispenses", "medication_id") | set(work.rows.get("medications", {}))
    refills = ask(_SUPPLY, supplied)
    ask.run(_COVERED, supplied)
    asked = _named(work, gone, "messages", "in_reply_to_id") | set(work.rows.get("messages", {}))
    unanswered = {row["in_reply_to_id"] for table, row in gone if table == "messages"} - {None}
    return [
        *(("observations", None, row) for row in ask(_HYPERTENSIVE, _watched(work, gone))),
        *(("dispenses", {**row, "runs_out": row["earlier"]}, row) for row in refills),
        *(("messages", None, row) for row in ask(_UNANSWERED, unanswered)),
        *(("messages", None, row) for row in ask(_ANSWERED, asked)),
        *(("results", None, row) for row in ask(_ABNORMAL, _reports(work, gone, ask))),
    ]


class _Asking:
    """Runs statements over the ids that a batch concerns; none, no statement."""

    def __init__(self, cursor: Cursor, organization_id: UUID) -> None:
        self.cursor, self.organization_id = cursor, organization_id

    def __call__(self, statement: str, ids: set[UUID]) -> list[Values]:
        if not ids:
            return []
        with self.cursor.connection.cursor(row_factory=dict_row) as rows:
            rows.execute(statement, self._parameters(ids), prepare=False)
            return rows.fetchall()

    def run(self, statement: str, ids: set[UUID]) -> None:
        if ids:
            self.cursor.execute(statement, self._parameters(ids), prepare=False)

    def _parameters(self, ids: set[UUID]) -> dict[str, Any]:
        return {"organization_id": self.organization_id, "ids": list(ids)}


Gone = list[tuple[str, Values]]


def _versions(work: Work, gone: Gone, table: str) -> list[Values]:
    """The rows of a batch as they are and as they were, and those that were taken out."""
    out = [row for other, row in gone if other == table]
    return [*work.of(table), *work.before.get(table, {}).values(), *out]


def _named(work: Work, gone: Gone, table: str, column: str) -> set[UUID]:
    """What the rows of a batch refer to now, and referred to before."""
    return {row[column] for row in _versions(work, gone, table) if row[column] is not None}


def _watched(work: Work, gone: Gone) -> set[UUID]:
    """Patients whose blood pressure or hypertension the batch tells of."""
    found: set[UUID] = set()
    for table, kind in (("conditions", HYPERTENSION), ("observations", BLOOD_PRESSURE)):
        rows = _versions(work, gone, table)
        found |= {row["patient_id"] for row in rows if row["kind"] == kind and row["patient_id"] is not None}
    return found


def _reports(work: Work, gone: Gone, ask: _Asking) -> set[UUID]:
    judged = {row["id"] for row in work.of("observations") if row["abnormal"] is not None}
    found = {row["result_id"] for row in ask(_REPORTS, judged)}
    return found | _named(work, gone, "result_items", "result_id") | set(work.rows.get("results", {}))
