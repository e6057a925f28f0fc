"""The widgets of the analytics dashboard that look ahead: forecasts with their record, and the reports at hand."""

from datetime import timedelta

from app.charts import types as charts
from app.charts.lines import line
from app.charts.series import value_format
from app.core import format
from app.insights.forecast import HORIZON, LEVEL, SEASON, Forecast
from app.metrics.catalogue import METRICS
from app.services.dashboards.forecasts import Outlook, weeks
from app.web.dashboards.analytics_people import Analytics
from app.web.dashboards.board import Built
from app.web.dashboards.charts import chart_card
from app.web.view_models import Condition


def forecast(metric: str, key: str, board: Analytics) -> Built | None:
    """The next four weeks of a metric with their range; a series that cannot be tested is not forecast."""
    outlook = board.reading.outlooks.get(metric)
    if outlook is None:
        return None
    title = f"{METRICS[metric].label}, the next four weeks"
    if outlook.found is None or outlook.first_day is None:
        return Built(title, None, Condition("empty", "No forecast", outlook.reason))
    found = outlook.found

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return _drawing(outlook, found, board.setting.currency, title, size, prefix)

    url = board.explain(metric, period="month")
    body = chart_card(
        board, key, draw, summary=words(outlook, found, board.setting.currency), explain_url=url, notes=(record(found),)
    )
    return Built(title, body)


def words(outlook: Outlook, found: Forecast, currency: str) -> str:
    """The expectation in a sentence: the sum of four weeks, its change, and the range of the first."""
    write = value_format(METRICS[outlook.metric], currency)
    change = outlook.change
    against = "" if change is None else f", {format.signed(100 * change, 1)}% against the last four weeks"
    first = sum(found.values[:SEASON])
    low, high = max(0.0, first - found.week_half_width), first + found.week_half_width
    return f"{write(sum(found.values))} in {HORIZON} days{against}. The first week: {write(low)} to {write(high)}."


def record(found: Forecast) -> str:
    """How such forecasts did on the past, beside the seasonal naive one."""
    shown = found.shown
    method = "smoothing with a weekly season" if found.beats else "the last week again, since the model did no better"
    return (
        f"By {method}. In {found.origins} tests on the past: MASE {found.model.mase:.2f} against"
        f" {found.naive.mase:.2f} of the seasonal naive forecast; {format.percent(shown.coverage, 0)} of the days lay"
        f" within the {format.percent(LEVEL, 0)} range."
    )


def _drawing(
    outlook: Outlook, found: Forecast, currency: str, title: str, size: charts.Size, prefix: str
) -> charts.Chart:
    past, ahead = weeks(outlook.recorded), weeks(found.values)
    before, after = (None,) * len(past), (None,) * len(ahead)
    assert outlook.first_day is not None
    days = [outlook.first_day + timedelta(days=SEASON * place) for place in range(-len(past), len(ahead))]
    series = (
        charts.Series("Recorded", (*past, *after)),
        charts.Series("Expected", (*before, *ahead)),
        charts.Series("From", (*before, *(max(0.0, value - found.week_half_width) for value in ahead))),
        charts.Series("To", (*before, *(value + found.week_half_width for value in ahead))),
    )
    return line(
        [charts.Slot(f"{day.day} {day:%b}", day) for day in days],
        series,
        title=title,
        id_prefix=prefix,
        value_format=value_format(METRICS[outlook.metric], currency),
        head="Seven days from",
        size=size,
    )
