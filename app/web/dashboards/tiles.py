"""A figure as a tile: value, change and target in words, signal and sparkline, count and time."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from app.charts.series import VERDICTS, limits_of, points_of, value_format
from app.charts.sparkline import sparkline
from app.charts.theme import SCREEN
from app.core import format
from app.metrics import show
from app.metrics.spc import Verdict
from app.metrics.types import Figure, Unit
from app.web.view_models import OK, Condition, Link, Phrase, Signal, Tile


@dataclass(frozen=True)
class Setting:
    """What all tiles of a page share: currency, zone, what is compared with, where explanations are, whether the
    period is still running, and whether it is a day that is counted up to now."""

    currency: str
    zone: str
    compared: str
    moment: datetime
    source_url: str
    is_running: bool = False
    until_now: bool = False


def tile(figure: Figure, trend: Figure | None, setting: Setting, explain_url: str, second: str = "") -> Tile:
    """The tile of a figure; `trend` is the same metric's weekly series with its signal."""
    metric = figure.metric
    value, unit = show.parts(metric.unit, figure.value, setting.currency)
    return Tile(
        label=label_of(figure, setting),
        value=value,
        unit=unit,
        second=second if value else "",
        change=_change(figure, setting),
        target=show.target_words(figure, setting.currency, setting.is_running) or ("No target set" if value else ""),
        signal=signal_of(trend),
        sparkline=spark(trend, setting.currency),
        count_note=count_note(figure, setting.currency),
        time_note=format.time(figure.as_of, setting.zone, unknown="never"),
        explain_url=explain_url,
    )


def label_of(figure: Figure, setting: Setting) -> str:
    """What a figure is called; one that adds up during a day says that more may come."""
    return f"{figure.metric.label} so far" if setting.until_now and figure.metric.accrues else figure.metric.label


def condition(figure: Figure, setting: Setting) -> Condition:
    """Why a figure is not simply shown."""
    if figure.value is None:
        if figure.reason_code == "not_recorded":
            link = Link("Connect a source", setting.source_url) if setting.source_url else None
            return Condition("not_recorded", "Not recorded", figure.reason or "", link)
        if figure.reason_code == "too_few":
            return Condition("suppressed", "Too few to show", figure.reason or "")
        return Condition("empty", "None yet", figure.reason or "")
    if figure.late and figure.as_of is not None:
        return Condition("stale", f"{format.minutes((setting.moment - figure.as_of).total_seconds() / 60)} old")
    return OK


def condition_words(figure: Figure) -> str:
    """The state of a figure without a value, in two or three words."""
    return {"not_recorded": "Not recorded", "too_few": "Too few to show"}.get(figure.reason_code or "", "None yet")


def signal_of(trend: Figure | None, period: str = "weekly") -> Signal | None:
    """The verdict of a series in words with its direction; None without a series."""
    if trend is None or trend.signal is None:
        return None
    chart = trend.signal
    kind, words = VERDICTS[chart.verdict]
    if kind == "common" or chart.latest is None:
        return Signal(*VERDICTS[Verdict.COMMON_CAUSE])
    return Signal(kind, f"{words}, {period}", "up" if chart.latest.high else "down")


def spark(trend: Figure | None, currency: str) -> Markup:
    """The small drawing of a series; empty without one."""
    if trend is None or sum(point.value is not None for point in trend.series) < 2:
        return Markup("")
    drawn = sparkline(
        points_of(trend),
        limits=next(iter(limits_of(trend)), None),
        title=trend.metric.label,
        theme=SCREEN,
        value_format=value_format(trend.metric, currency),
    )
    return Markup(drawn.svg)  # noqa: S704 - our own drawing; its texts are escaped


def count_note(figure: Figure, currency: str) -> str:
    """What stands behind a figure: "3 of 77", "1,337 of 1,605 h", "69 counted"."""
    if figure.metric.unit is Unit.PERCENT and figure.numerator is not None and figure.denominator is not None:
        return show.share_words(figure.metric, figure.numerator, figure.denominator, currency)
    return "" if figure.n is None else f"{format.number(figure.n)} counted"


def _change(figure: Figure, setting: Setting) -> Phrase | None:
    words = show.change_words(figure, setting.currency)
    if words is None:
        return None
    return Phrase(words, f"{'as' if words == 'Same' else 'than'} {setting.compared}")
