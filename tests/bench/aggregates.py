"""Eight plain aggregates over one organization's records of one year: what a page's time is measured against.

Written as an analyst would write them for eight charts, with the organization and the dates bound, over the tables and
indexes as they are.
"""

import time

from sqlalchemy import Connection, text

from tests.bench.volume import Volume

_A = "FROM appointments a WHERE a.organization_id = :o AND a.local_day >= current_date - 365"

AGGREGATES = {
    "count": f"SELECT count(*) {_A}",
    "by status": f"SELECT status, count(*) {_A} GROUP BY status",
    "revenue by month": """SELECT date_trunc('month', local_day), sum(amount) FROM payments
        WHERE organization_id = :o AND local_day >= current_date - 365 AND status = 'settled' GROUP BY 1""",
    "count by week": f"SELECT date_trunc('week', local_day), count(*) {_A} GROUP BY 1",
    "mean wait by week": f"SELECT date_trunc('week', local_day), avg(wait_minutes) {_A} GROUP BY 1",
    "ten doctors by revenue": """SELECT p.name, sum(m.amount) FROM payments m JOIN practitioners p
        ON p.organization_id = m.organization_id AND p.id = m.practitioner_id
        WHERE m.organization_id = :o AND m.local_day >= current_date - 365 GROUP BY p.name ORDER BY 2 DESC LIMIT 10""",
    "by department": f"SELECT department_id, count(*) {_A} GROUP BY 1",
    "no-show rate by clinic": f"""SELECT clinic_id, count(*) FILTER (WHERE status = 'no_show')::float
        / nullif(count(*) FILTER (WHERE status IN ('no_show', 'completed')), 0) {_A} GROUP BY 1""",
}


def seconds(connection: Connection, volume: Volume) -> float:
    """How long the eight take one after the other, their rows fetched."""
    start = time.perf_counter()
    for statement in AGGREGATES.values():
        connection.execute(text(statement), {"o": volume.organization_id}).all()
    return time.perf_counter() - start
