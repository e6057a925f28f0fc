"""The sweeper: files that no run names, left by workers that lost their lease or died, go after an hour."""

from sqlalchemy import select

from app.core import clock
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Organization, ReportRun
from app.reports.storage import storage

AGE = 3600  # seconds; longer than any report may take


def sweep() -> int:
    """Removes files over an hour old that no run of their organization names; how many."""
    organizations = db.session.scalars(select(Organization.id)).all()
    db.session.rollback()
    removed = 0
    for organization_id in organizations:
        old = set(storage.older_than(organization_id, AGE, clock.now().timestamp()))
        if not old:
            continue
        with tenant_scope(organization_id):
            named = select(ReportRun.file_key).where(
                ReportRun.organization_id == organization_id, ReportRun.file_key.in_(old)
            )
            unnamed = old - set(db.session.scalars(named))
        for key in unnamed:
            storage.delete(key)
        removed += len(unnamed)
    return removed
