"""What Prometheus is told is that of all web processes: the same wherever it asks."""

import re

import pytest

from app.extensions import store
from app.services.platform import request_counts


def value(text: str, name: str) -> float:
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])


@pytest.fixture(autouse=True)
def from_zero(session):
    """What earlier tests left in this process is handed over and forgotten."""
    request_counts.hand_over()
    store.client.flushdb()


def test_requests_of_other_processes_count_too(browser, session):
    for seconds, status in ((0.03, 200), (0.2, 200), (0.2, 500)):
        request_counts.count("clinic", status, seconds, None, None)
    text = browser.get("/metrics").text
    assert value(text, 'mediconnect_request_seconds_bucket{area="clinic",le="0.05"}') == 1
    assert value(text, 'mediconnect_request_seconds_count{area="clinic"}') == 3
    assert round(value(text, 'mediconnect_request_seconds_sum{area="clinic"}'), 2) == 0.43
    assert value(text, 'mediconnect_request_errors_total{area="clinic"}') == 1


def test_counts_go_on_after_the_scheduler_took_the_minutes(browser, session):
    request_counts.count("clinic", 200, 0.01, None, None)
    request_counts.hand_over()
    request_counts.collect()
    request_counts.count("clinic", 200, 0.01, None, None)
    text = browser.get("/metrics").text
    assert value(text, 'mediconnect_request_seconds_count{area="clinic"}') == 2
    assert value(text, "mediconnect_open_alerts") == 0
