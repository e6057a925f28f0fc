"""Writes the metric catalogue as a page: `.venv/bin/python -m app.metrics.docs` renews docs/metrics.md."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from app.metrics.catalogue import METRICS
from app.metrics.evaluate import exclusions
from app.metrics.types import Better, Metric, Unit
from app.metrics.values import Quantile, Ratio

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
_BETTER = {Better.UP: "higher", Better.DOWN: "lower", Better.NONE: "neither"}
_UNITS = {Unit.PERCENT: "share (0 to 1)", Unit.MONEY: "organization's currency"}


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield f"{len(METRICS)} metrics, generated from `app/metrics/definitions` by `.venv/bin/python -m app.metrics.docs`."
    yield "A rate is a ratio of sums in every grouping. What is not recorded has no value and says why."
    for domain, metrics in groupby(METRICS.values(), key=lambda metric: metric.domain):
        yield ""
        yield f"## {domain.capitalize()}"
        for metric in metrics:
            yield from _entry(metric)


def _entry(metric: Metric) -> Iterator[str]:
    yield ""
    yield f"### {metric.label}"
    yield f"`{metric.key}` · {_UNITS.get(metric.unit, metric.unit.value)} · better: {_BETTER[metric.better]}"
    yield ""
    yield metric.description
    yield ""
    yield from (f"- {name}: {words}" for name, words in _facts(metric))


def _facts(metric: Metric) -> Iterator[tuple[str, str]]:
    if isinstance(metric.value, Quantile):
        yield "value", f"percentile {metric.value.q:.0%} of {metric.numerator_words}"
    elif not isinstance(metric.value, Ratio):
        yield "counts", metric.numerator_words
    else:
        scale = "" if metric.value.scale == 1 else f" × {metric.value.scale}"
        yield "value", f"({metric.numerator_words}) ÷ ({metric.denominator_words}){scale}"
    yield "counted on", metric.basis
    if left_out := exclusions(metric):
        yield "left out", "; ".join(f"{part.label} ({part.why})" for part in left_out)
    for variant in metric.variants:
        yield "variant", f"{variant.label} ({variant.source})"
    if metric.min_n > 1:
        yield "shown from", f"{metric.min_n} records up"
    yield "small cells", "hidden from walls and analysts" if metric.counts_people else "counts no people"
    yield "without records", metric.not_recorded
    yield "after", metric.source
    yield "needs", f"`{metric.permission.value}`"
    yield "version", f"{metric.version} since {metric.since}. {metric.change_note}"
    yield "owner", metric.owner


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
