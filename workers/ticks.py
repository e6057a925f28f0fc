"""What happens by the clock: alerts each minute, samples, counts, backups. A tick asks for jobs; a key keeps it one."""

import logging
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.config import Config, local_url
from app.core import versions
from app.extensions import db
from app.models import Organization
from app.services.background import jobs
from app.services.platform import backups, checks, platform_health, request_counts

_EVERY = (  # seconds
    ("alerts.check", 60),
    ("access.sample", 3600),
    ("population.count", 3600),
    ("forecasts.make", 3600),
)

_COUNT, _COUNT_MOVED = 900, 60  # seconds between counts of an organization, where nothing and where something moved

log = logging.getLogger(__name__)
_counted: dict[UUID, int | None] = {}  # the data version at which this process last asked for a count


def tick() -> None:
    """Asks for every job that is due by now."""
    for organization_id in db.session.scalars(select(Organization.id).order_by(Organization.id)).all():
        for kind, seconds in _EVERY:
            jobs.enqueue_every(db.session(), kind, organization_id, organization_id, seconds)
        _count(organization_id)
        db.session.commit()


def _count(organization_id: UUID) -> None:
    """Has an organization counted anew soon after its data moved: its admin's page shows figures of today."""
    version = versions.current(organization_id)
    seconds = _COUNT if version == _counted.get(organization_id, 0) else _COUNT_MOVED
    if jobs.enqueue_every(db.session(), "platform.count", organization_id, organization_id, seconds):
        _counted[organization_id] = version


def measure() -> None:
    """Takes over what the web counted; once a minute measures the installation and holds it against the limits."""
    config: Config = current_app.extensions["mediconnect"]
    request_counts.collect()
    if platform_health.sample(config.home, local_url(config.host, config.port)):
        vitals = platform_health.vitals()
        platform_health.check(vitals)
        checks.run(vitals)


def back_up() -> None:
    """The backup of the night, once it is due."""
    run = backups.nightly(current_app.extensions["mediconnect"])
    if run is not None:
        log.info("backup of the night: %s bytes", run.size)
