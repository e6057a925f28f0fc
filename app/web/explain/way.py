"""How a figure came about: its weeks with their limits and events, and where it comes from, step by step."""

from dataclasses import replace

from app.charts.types import Event
from app.core import format
from app.metrics.explanation import Explanation
from app.metrics.values import Quantile
from app.web.dashboards.charts import control_chart
from app.web.view_models import Chart, Step


def trend(found: Explanation, currency: str) -> Chart | None:
    """The weeks with their limits and the events of the time; None with fewer than two known weeks."""
    points = found.trend.points
    if sum(point.value is not None for point in points) < 2:
        return None
    series = replace(found.figure, series=points, signal=found.trend.chart)
    marks = tuple(Event(one.day, one.title) for one in found.trend.events if one.kind == "system_change")
    return control_chart(series, found.figure, "trend", currency, found.zone, marks)


def trend_title(found: Explanation) -> str:
    """How many weeks the trend has."""
    whole = sum(not point.partial for point in found.trend.points)
    running = any(point.partial for point in found.trend.points)
    return f"Trend: {format.plural(whole, 'week')}{' and this week so far' if running else ''}"


def steps(found: Explanation) -> tuple[Step, ...]:
    """Where the number comes from: source, records, daily sums, definition, privacy."""
    way = found.way
    own_n = found.metric.n_of is not None or isinstance(found.metric.value, Quantile)
    records = found.figure.n if way.records is None and own_n else way.records
    stored = "summed up, not counted" if records is None else f"{format.number(records)} stored"
    excluded = found.funnel.left_out if found.funnel else 0
    hidden = way.suppressed_below
    return (
        _source_step(found),
        Step("check", "Records", stored, f"{format.number(excluded)} left out"),
        Step("sigma", "Daily sums", way.rollup_at, f"{format.plural(way.rollup_rows, 'sum')} read"),
        Step("book-open", "Definition", way.definition, f"since {format.date(way.since, 'year')}"),
        Step(
            "eye-off",
            "Privacy",
            f"counts below {hidden} stay hidden" if hidden else "open to your role",
            "this one is hidden" if found.figure.reason_code == "too_few" else "nothing hidden",
        ),
    )


def _source_step(found: Explanation) -> Step:
    sources = found.way.sources
    if not sources:
        return Step("database", "Source", "no source sends these records", found.metric.not_recorded)
    oldest = min(sources, key=lambda one: (one.fresh_at is not None, one.fresh_at or 0))
    name = oldest.name if len(sources) == 1 else f"{oldest.name} and {len(sources) - 1} more"
    fresh = format.moment(oldest.fresh_at, found.zone, unknown="never")
    late = sum(one.late for one in sources)
    return Step("database", name, f"last received {fresh}", f"{late} late" if late else "on time")
