"""A schedule that should have run and did not: said on the page of alerts and to its owner, until it has run."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Alert, Notification, ReportRun, ScheduleClock
from app.services.organizations import add_member, create_user
from tests.faults.harness import Requests
from tests.faults.outages import seconds_until
from tests.fixtures.clients import _HASH, Browser

WORDS = "A scheduled report did not run"


@pytest.fixture
def page(app, committed) -> Browser:
    """The browser of an administrator."""
    user = create_user("admin@missed.example", "Ada", _HASH)
    add_member(committed.id, user.id, [Role.ADMIN])
    browser = Browser(app, use_cookies=True)
    browser.log_in(user.email)
    return browser


def runs(asked: Requests) -> list[str]:
    with tenant_scope(asked.organization_id):
        found = list(db.session.scalars(select(ReportRun.state).where(ReportRun.schedule_id.is_not(None))))
        db.session.rollback()
        return found


def is_over(asked: Requests) -> list[bool]:
    """Of each alert, whether it is closed."""
    with tenant_scope(asked.organization_id):
        found = [closed is not None for closed in db.session.scalars(select(Alert.closed_at))]
        db.session.rollback()
        return found


def due_since(asked: Requests, time: timedelta) -> None:
    """As if no scheduler had run for so long."""
    with tenant_scope(asked.organization_id):
        db.session.execute(update(ScheduleClock).values(due_at=now() - time))
        db.session.commit()


def six_minutes_later(asked: Requests) -> None:
    """As if the runs of the schedule had waited for six minutes, and nothing were due for an hour."""
    with tenant_scope(asked.organization_id):
        db.session.execute(update(ScheduleClock).values(due_at=now() + timedelta(hours=1)))
        db.session.execute(update(ReportRun).values(due_at=ReportRun.due_at - timedelta(minutes=6)))
        db.session.commit()


@pytest.mark.long
def test_a_scheduler_raises_the_alert_of_a_report_that_nobody_makes_and_closes_it_when_it_is_made(
    installation, asked, page
):
    asked.schedule("Morning count", missed="once")
    due_since(asked, timedelta(minutes=11))  # so long that only the last moment is made good
    installation.start("scheduler-1")  # and no worker
    seconds_until(lambda: bool(runs(asked)), 60)
    six_minutes_later(asked)
    seconds_until(lambda: is_over(asked) == [False], 60)
    assert is_over(asked) == [False]
    assert f"{WORDS}: Morning count" in page.get("/alerts/").text
    with tenant_scope(asked.organization_id):
        told = select(Notification.user_id).where(Notification.kind == "schedule.missed")
        seconds_until(lambda: asked.actor.user_id in list(db.session.scalars(told)), 30)
        assert asked.actor.user_id in list(db.session.scalars(told))
        db.session.rollback()
    installation.start("worker-1")
    seconds_until(lambda: set(runs(asked)) == {"completed"}, 240)
    assert set(runs(asked)) == {"completed"}
    seconds_until(lambda: is_over(asked) == [True], 60)
    assert is_over(asked) == [True]
    assert "No open alerts." in page.get("/alerts/").text
