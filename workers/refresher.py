"""The refresher: recomputes marked days as soon as a change rings, so that a figure is right within a second.

Rings that come while a refresh runs are one ring afterwards. Where Redis lost a ring, the sweep finds the marks.
"""

from time import monotonic, sleep
from uuid import UUID

from sqlalchemy import select

from app.core import versions
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models.facts import DirtyMark
from app.rollups import refresh

_WAIT = 1.0  # seconds a round waits for a ring
# Seconds in which further changes join the same refresh: twice as long as the last round took, within these.
_SHORTEST, _LONGEST = 0.1, 1.0
_last_round = 0.0


def refresh_rung() -> bool:
    """Waits for rings and refreshes the organizations that rang; True when there were any."""
    global _last_round
    rung = versions.wait(_WAIT)
    if rung:
        sleep(min(max(_SHORTEST, 2 * _last_round), _LONGEST))
    begun = monotonic()
    for organization_id in rung:
        if not refresh.refresh(organization_id) and _is_marked(organization_id):
            # Another refresher is at work on what was there before this ring: come back when it is done.
            versions.ring(organization_id)
    _last_round = monotonic() - begun
    return bool(rung)


def _is_marked(organization_id: UUID) -> bool:
    with tenant_scope(organization_id):
        marked = select(DirtyMark.id).where(DirtyMark.organization_id == organization_id).limit(1)
        return db.session.scalar(marked) is not None


def sweep() -> None:
    """Refreshes whatever is marked, rung for or not."""
    refresh.refresh_all()
