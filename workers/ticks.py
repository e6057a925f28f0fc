"""What happens by the clock: alerts each minute, samples and sweeps. A tick asks for jobs; a job's key keeps it one."""

from sqlalchemy import select

from app.extensions import db
from app.models import Organization
from app.services import jobs

_EVERY = (("alerts.check", 60), ("access.sample", 3600))  # seconds


def tick() -> None:
    """Asks for every job that is due by now."""
    for organization_id in db.session.scalars(select(Organization.id).order_by(Organization.id)).all():
        for kind, seconds in _EVERY:
            jobs.enqueue_every(db.session(), kind, organization_id, organization_id, seconds)
        db.session.commit()
