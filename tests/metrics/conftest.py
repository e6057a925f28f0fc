"""Asking: records are committed and summed up first, so that an answer comes from the rollup."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

from app.core.period import Period, Span, period_of
from app.extensions import db
from app.metrics.run import run_all
from app.metrics.types import Figure, Query, Result
from app.rollups.refresh import refresh

MONDAY = date(2026, 6, 8)
WEEK = period_of(Span.WEEK, MONDAY)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    """It is Friday 19 June 2026, 10:00 in Chicago: the week of MONDAY is over, the next one runs."""
    with time_machine.travel(datetime(2026, 6, 19, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def ask(system, clinic) -> Callable[..., Result]:
    """Commits, refreshes, and asks; the answer from the records must be the same."""

    def answer(*metrics: str, period: Period = WEEK, actor=None, **more) -> Result:
        db.session.commit()
        refresh(clinic.organization_id)
        query = Query(metrics, period, **({"filters": {"clinic": (clinic.id,)}} | more))
        (rolled,), (recorded,) = run_all([query], actor or system), run_all([query], actor or system, records=True)
        assert rolled.rows == recorded.rows
        return rolled

    return answer


@pytest.fixture
def figure(ask) -> Callable[..., Figure]:
    """The figure of one metric for the whole clinic."""
    return lambda metric, **more: ask(metric, **more).figure(metric)
