"""What Prometheus is told: requests of all web processes, and what the installation last measured of itself."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from app.services.platform import checks, platform_health, request_counts
from app.services.platform.request_counts import BOUNDS, Total

_BOUNDS = (*(str(bound / 1000) for bound in BOUNDS), "+Inf")  # seconds


class Exposition(Collector):
    """Reads anew at each scrape; nothing is kept in the process."""

    def collect(self) -> Iterator[Metric]:
        """Every family; those that were not measured have no sample."""
        yield from _requests(request_counts.totals())
        yield from _state()


def _requests(totals: dict[str, Total]) -> Iterator[Metric]:
    times = HistogramMetricFamily("mediconnect_request_seconds", "Time to answer a request.", labels=["area"])
    errors = CounterMetricFamily(
        "mediconnect_request_errors", "Requests that ended in an error (5xx).", labels=["area"]
    )
    for area, total in totals.items():
        times.add_metric([area], list(zip(_BOUNDS, accumulate(total.buckets), strict=True)), total.seconds)
        errors.add_metric([area], total.errors)
    yield times
    yield errors


def _state() -> Iterator[Metric]:
    sample = platform_health.last_sample()
    right = GaugeMetricFamily("mediconnect_check_ok", "Is a part of the installation as it should be?", labels=["part"])
    for row in checks.latest():
        right.add_metric([row.key], int(row.ok))
    yield right
    yield GaugeMetricFamily(
        "mediconnect_open_alerts", "Open alerts about the installation.", len(platform_health.open_system_alerts())
    )
    if sample is None:
        return
    yield GaugeMetricFamily("mediconnect_queue_depth", "Jobs that wait.", sample.queue_depth)
    yield GaugeMetricFamily(
        "mediconnect_refresh_lag_seconds", "Age of the oldest change not summed up.", sample.refresh_lag_seconds
    )
    yield GaugeMetricFamily("mediconnect_database_bytes", "Size of the database.", sample.database_bytes)
    yield GaugeMetricFamily("mediconnect_storage_free_bytes", "Free space of the storage.", sample.storage_free_bytes)
    yield GaugeMetricFamily(
        "mediconnect_sampled_timestamp_seconds", "When this was measured.", sample.minute.timestamp()
    )
