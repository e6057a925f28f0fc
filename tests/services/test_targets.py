"""The rules that an organization may set for itself."""

from dataclasses import fields

from app.models.settings import Rules
from app.services.targets import LIMITS


def test_every_rule_can_be_set_within_limits():
    assert {field.name for field in fields(Rules)} == set(LIMITS)


def test_what_holds_until_then_lies_within_the_limits():
    usual = Rules()
    assert [key for key, limit in LIMITS.items() if not limit.low <= getattr(usual, key) <= limit.high] == []
