"""One simulated clinic, and its records, for all tests of this folder."""

from collections import defaultdict
from datetime import UTC, datetime
from itertools import chain
from random import Random

import pytest

from app.demo.blueprint import plans
from app.demo.charts import Charts
from app.demo.clinic import History, live
from app.demo.ledger import Ledger
from app.demo.places import diaries, standing

NOW = datetime(2026, 11, 19, 21, 0, tzinfo=UTC)  # a Thursday, 15:00 in Chicago
SEED = 7


@pytest.fixture(scope="session")
def downtown() -> History:
    """Three years of the largest clinic."""
    return live(plans()[0], 0, SEED, NOW)


@pytest.fixture(scope="session")
def riverside() -> History:
    """Three years of the smallest clinic of the group."""
    return live(plans()[0], 3, SEED, NOW)


@pytest.fixture(scope="session")
def rows(riverside: History) -> dict[type, list]:
    """Every record of the smallest clinic, by type."""
    found = defaultdict(list)
    rng, ledger, charts = Random(SEED), Ledger(riverside, Random(SEED)), Charts(riverside, SEED)
    parts = [standing(riverside, rng)]
    for old in (True, False):
        parts += [diaries(riverside, rng, old), ledger.records(old), charts.records(old)]
    for row in chain.from_iterable(parts):
        found[type(row)].append(row)
    return found
