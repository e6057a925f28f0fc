"""Where the year may end, by a method that can be checked by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from app.extensions import db
from app.rollups.refresh import refresh
from app.services.revenue_outlook import outlook

FRIDAY = date(2026, 6, 19)
MONDAY = date(2026, 6, 15)


@pytest.fixture(autouse=True)
def now(session):
    """It is Friday 19 June 2026, 10:00 in Chicago."""
    with time_machine.travel(datetime(2026, 6, 19, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def paid(clinic, make_payment):
    """Stores payments by day and sums them up."""

    def store(*payments: tuple[date, int]) -> None:
        for day, amount in payments:
            make_payment(clinic, day, f"{amount}.00")
        db.session.commit()
        refresh(clinic.organization_id)

    return store


def test_the_same_part_of_last_year_is_compared(paid, system):
    paid((FRIDAY, 300), (date(2025, 6, 19), 150), (date(2025, 6, 20), 999), (date(2025, 1, 1), 50))
    found = outlook(system)
    assert (found.year_to_date, found.last_year, found.vs_last_year) == (300, 200, 0.5)


def test_equal_weeks_go_on_as_they_were(paid, system):
    paid(*((MONDAY - timedelta(weeks=number), 70) for number in range(1, 14)))
    found = outlook(system)
    left = (date(2027, 1, 1) - date(2026, 6, 20)).days  # 195 days of 10 each
    assert found.projection == 13 * 70 + 10 * left == Decimal(2860)
    assert found.low == found.high == found.projection


def test_uneven_weeks_widen_the_interval_around_the_same_middle(paid, system):
    paid(*((MONDAY - timedelta(weeks=number), 70 + (35 if number % 2 else -35)) for number in range(1, 13)))
    found = outlook(system)
    assert found.low < found.projection < found.high
    assert abs((found.high + found.low) / 2 - found.projection) <= Decimal("0.01")


def test_too_few_weeks_project_nothing(paid, system):
    paid(*((MONDAY - timedelta(weeks=number), 70) for number in range(1, 8)))
    found = outlook(system)
    assert (found.projection, found.low, found.high) == (None, None, None)
    assert "Fewer than 8" in found.reason


def test_a_leap_day_is_compared_with_the_day_after_the_end_of_february(paid, system):
    paid((date(2023, 2, 28), 40), (date(2023, 3, 1), 60))
    assert outlook(system, day=date(2024, 2, 29)).last_year == 40
