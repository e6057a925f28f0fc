"""The refresher: recomputes marked days as soon as a change rings, so that a figure is right within a second.

Rings that come while a refresh runs are one ring afterwards. Where Redis lost a ring, the sweep finds the marks.
"""

from app.rollups import refresh

from app.core import versions

_WAIT = 1.0  # seconds a round waits for a ring


def refresh_rung() -> bool:
    """Waits for rings and refreshes the organizations that rang; True when there were any."""
    rung = versions.wait(_WAIT)
    for organization_id in rung:
        refresh.refresh(organization_id)
    return bool(rung)


def sweep() -> None:
    """Refreshes whatever is marked, rung for or not."""
    refresh.refresh_all()
