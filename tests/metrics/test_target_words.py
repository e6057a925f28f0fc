"""What is said of a target: met or missed once a period is over, and before that only what is known."""

from decimal import Decimal

import pytest

from app.metrics.catalogue import METRICS
from app.metrics.show import target_words
from app.metrics.types import Figure


def words(metric: str, value: str | None, target: str, numerator: int | None = 1, is_running: bool = False) -> str:
    number = None if value is None else Decimal(value)
    figure = Figure(METRICS[metric], number, numerator, target=Decimal(target))
    return target_words(figure, "USD", is_running)


@pytest.mark.parametrize(
    ("metric", "value", "target", "said"),
    [
        ("revenue.collected", "6196", "8400", "Target ≥ $8,400: missed by $2,204"),
        ("revenue.collected", "8400", "8400", "Target ≥ $8,400: met"),
        ("waiting.wait_median", "12", "15", "Target ≤ 15 min: met"),
        ("waiting.on_time_rate", "0.68", "0.8", "Target ≥ 80.0%: missed by 12.0 points"),
        ("waiting.on_time_rate", None, "0.8", "Target ≥ 80.0%"),
    ],
)
def test_when_a_period_is_over_its_target_is_met_or_missed(metric, value, target, said):
    assert words(metric, value, target) == said


@pytest.mark.parametrize(
    ("metric", "value", "numerator", "target", "said"),
    [
        ("revenue.collected", "0", 0, "8400", "Target ≥ $8,400"),  # before opening
        ("revenue.collected", "6196", 6196, "8400", "Target ≥ $8,400: $2,204 to go"),
        ("revenue.collected", "9000", 9000, "8400", "Target ≥ $8,400: met"),
        ("attendance.no_shows", "2", 2, "3", "Target ≤ 3: met so far"),
        ("attendance.no_shows", "4", 4, "3", "Target ≤ 3: missed by 1"),
        ("capacity.room_utilisation", "0", 0, "0.5", "Target 50.0%"),  # neither is better
        ("waiting.on_time_rate", "0.68", 13, "0.8", "Target ≥ 80.0%: missed by 12.0 points"),
    ],
)
def test_while_it_runs_nothing_that_can_still_come_is_missed(metric, value, numerator, target, said):
    assert words(metric, value, target, numerator, is_running=True) == said
