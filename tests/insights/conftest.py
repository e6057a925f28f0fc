"""What tests of alert rules share: one noon, a check of the rules, and the episodes that stand."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import select

from app.core.ids import new_id
from app.extensions import Base, db
from app.models import Alert, OrganizationSettings
from app.rollups.refresh import refresh
from app.services import alerts

NOON = datetime(2026, 6, 19, 17, tzinfo=UTC)  # a Friday; 12:00 at the clinic in Chicago


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as found:
        yield found


@pytest.fixture
def check(organization) -> Callable[..., tuple[int, int]]:
    """Sums up and checks the rules, as often as said: how many episodes opened and closed at the last check."""

    def run(times: int = 1) -> tuple[int, int]:
        db.session.commit()
        refresh(organization.id)
        found = (0, 0)
        for _ in range(times):
            found = alerts.check(organization.id)
        return found

    return run


@pytest.fixture
def standing(scope) -> Callable[[str], list[tuple[str, str, str]]]:
    """Subject, severity and words of a rule's episodes that have not closed."""

    def found(rule: str) -> list[tuple[str, str, str]]:
        query = select(Alert).where(Alert.closed_at.is_(None), Alert.rule == rule).order_by(Alert.subject)
        rows = db.session.scalars(query.execution_options(populate_existing=True))
        return [(alert.subject, alert.severity, alert.evidence["words"]) for alert in rows]

    return found


@pytest.fixture
def allow(organization) -> Callable[..., None]:
    """Sets limits of the organization."""

    def set_limits(**values: float) -> None:
        db.session.scalars(select(OrganizationSettings)).one().values = values
        db.session.commit()

    return set_limits


@pytest.fixture
def store(organization) -> Callable[..., Base]:
    """Stores a record; sealed texts are given as `texts`."""

    def make(model: type[Base], texts: dict[str, str] | None = None, **values: object) -> Base:
        row = model(organization_id=organization.id, id=new_id(), **values)
        for name, text in (texts or {}).items():
            setattr(row, name, text)
        db.session.add(row)
        db.session.flush()
        return row

    return make
