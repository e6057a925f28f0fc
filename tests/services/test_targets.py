"""The rules and targets that an organization may set for itself."""

import threading
from dataclasses import fields
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.core.actor import system_actor
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Target
from app.models.settings import Rules
from app.services.targets import LIMITS, put


def test_every_rule_can_be_set_within_limits():
    assert {field.name for field in fields(Rules)} == set(LIMITS)


def test_what_holds_until_then_lies_within_the_limits():
    usual = Rules()
    assert [key for key, limit in LIMITS.items() if not limit.low <= getattr(usual, key) <= limit.high] == []


def test_a_target_that_two_set_at_once_is_there_once(app, committed):
    admin, start, since = system_actor(committed.id, "Admin"), threading.Barrier(4), date(2026, 11, 1)

    def save(share: str) -> None:
        with app.app_context(), tenant_scope(committed.id):
            start.wait()
            put(admin, "attendance.no_show_rate", None, Decimal(share), since)

    savers = [threading.Thread(target=save, args=(share,)) for share in ("0.04", "0.05", "0.06", "0.07")]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    with tenant_scope(committed.id):
        kept = db.session.scalars(select(Target).where(Target.organization_id == committed.id)).all()
    assert len(kept) == 1
