"""The catalogue: every metric has all its facts."""

import pytest

from app.metrics.catalogue import DOMAINS, METRICS
from app.metrics.types import Better, Unit
from app.metrics.values import Ratio


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_a_metric_has_all_its_facts(metric):
    assert metric.key.count(".") == 1
    assert metric.description.endswith(".")
    assert metric.not_recorded.endswith(".")
    assert metric.label
    assert metric.owner
    assert metric.source
    assert metric.basis.endswith(".")
    assert metric.version >= 1
    assert metric.change_note
    assert isinstance(metric.better, Better)
    assert metric.numerator_words
    assert metric.denominator_words or not isinstance(metric.value, Ratio)


def test_there_are_at_least_sixty():
    assert len(METRICS) >= 60


def test_a_share_of_people_never_stands_for_an_unscaled_ratio():
    percents = [metric for metric in METRICS.values() if metric.unit is Unit.PERCENT]
    assert all(isinstance(metric.value, Ratio) and metric.value.scale == 1 for metric in percents)


def test_every_domain_has_its_place_in_the_catalogue():
    assert {metric.domain for metric in METRICS.values()} == set(DOMAINS)
