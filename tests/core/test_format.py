"""How values become words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.core import format
from app.core.format import MINUS


def test_a_number_has_thousands_and_a_true_minus() -> None:
    assert format.number(1234567) == "1,234,567"
    assert format.number(-1234.5, 1) == f"{MINUS}1,234.5"


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert format.number(-0.4) == "0"
    assert format.signed(-0.04, 1) == "0.0"


@pytest.mark.parametrize(
    "show", [format.number, format.money, format.percent, format.points, format.minutes, format.time]
)
def test_unknown_is_words_and_not_zero(show: object) -> None:
    assert show(None) == "not recorded"  # type: ignore[operator]
    assert show(None, unknown="too few to show") == "too few to show"  # type: ignore[operator]


def test_a_difference_carries_its_sign() -> None:
    assert [format.signed(value, 1) for value in (0.7, -3, 0)] == ["+0.7", f"{MINUS}3.0", "0.0"]


def test_money_puts_the_minus_before_the_sign_of_the_currency() -> None:
    assert format.money(Decimal("-6310.40"), "USD", 2) == f"{MINUS}$6,310.40"
    assert format.money(6310, "CHF") == "CHF 6,310"


def test_a_stored_fraction_is_shown_in_percent() -> None:
    assert format.percent(18 / 391) == "4.6%"
    assert format.percent(Decimal("0.05"), 0) == "5%"


def test_a_difference_of_rates_is_in_points() -> None:
    assert format.points(0.051 - 0.061) == f"{MINUS}1.0 points"


@pytest.mark.parametrize(
    ("length", "said"), [(0, "0 min"), (59.4, "59 min"), (60, "1 h 00 min"), (192, "3 h 12 min"), (2900, "2 d 0 h")]
)
def test_a_length_of_time_is_in_the_units_people_use(length: float, said: str) -> None:
    assert format.minutes(length) == said


def test_a_date_has_four_forms() -> None:
    day = date(2026, 11, 9)
    assert [format.date(day, form) for form in ("day", "full", "year", "month")] == [
        "Mon 9 Nov",
        "Monday 9 November 2026",
        "9 Nov 2026",
        "November 2026",
    ]


def test_a_moment_is_told_at_the_clinic_with_its_zone() -> None:
    at = datetime(2026, 11, 19, 22, 12, tzinfo=UTC)
    assert format.time(at, "America/Chicago") == "16:12"
    assert format.moment(at, "America/Chicago") == "Thu 19 Nov 2026 16:12 CST"


def test_a_moment_after_midnight_utc_belongs_to_the_day_before_at_the_clinic() -> None:
    assert format.moment(datetime(2026, 11, 20, 4, 30, tzinfo=UTC), "America/Chicago") == "Thu 19 Nov 2026 22:30 CST"


def test_one_reply_and_two_replies() -> None:
    assert [format.plural(count, "reply", "replies") for count in (1, 0, 1932)] == [
        "1 reply",
        "0 replies",
        "1,932 replies",
    ]
