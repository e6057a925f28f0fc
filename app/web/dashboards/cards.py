"""What every dashboard's widgets are made of: a figure as a tile, as a line of a list, as a cell of a table."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from app.core.period import Period
from app.metrics import show
from app.metrics.types import Figure
from app.web.dashboards import tiles
from app.web.dashboards.board import Board, Built
from app.web.view_models import Cell, Condition, Fact, Facts


def tile_of(metric: str, answer: str = "now", second: str = "") -> Callable[[Board[Any]], Built | None]:
    """The builder of one metric's tile, from an answer of the board's own period; `trend` gives its signal."""
    return partial(_tile, metric, answer, second)


def _tile(metric: str, answer: str, second: str, board: Board[Any]) -> Built | None:
    figure = board.reading.get(answer, metric)
    if figure is None:
        return None
    trend = board.reading.get("trend", metric)
    body = tiles.tile(figure, trend, board.setting, board.explain_running(metric), second)
    return Built(tiles.label_of(figure, board.setting), body, tiles.condition(figure, board.setting))


def fact(
    board: Board[Any], figure: Figure | None, note: str = "", label: str = "", period: Period | None = None
) -> Fact | None:
    """A figure as a line; None where the viewer may not see it."""
    if figure is None:
        return None
    span = {} if period is None else {"period": "custom", "start": str(period.start), "end": str(period.last)}
    value = show.value_words(figure.metric.unit, figure.value, board.setting.currency, unknown="")
    return Fact(
        label or figure.metric.label,
        value,
        note if value else tiles.condition_words(figure),
        board.explain(figure.metric.key, **span),
    )


def facts_card(
    board: Board[Any], title: str, facts: Iterable[Fact | None], figure: Figure | None, time_note: str = ""
) -> Built | None:
    """Lines as a card whose freshness is that of one of its figures; None where the viewer may see none of them."""
    shown = tuple(one for one in facts if one is not None)
    if not shown:
        return None
    condition = tiles.condition(figure, board.setting) if figure and figure.value is not None else Condition()
    return Built(title, Facts(shown, time_note=time_note or board.time_of(figure)), condition)


def cell(figure: Figure | None, currency: str, absent: str = "–") -> Cell:
    """A figure in a table; without a value its state in a word or two. `absent` stands where there is no figure: "0"
    for a count by members, which names only those who have something to count."""
    if figure is None:
        return Cell(absent)
    if figure.value is None:
        words = {"too_few": "Too few", "not_recorded": "Not recorded"}.get(figure.reason_code or "", "–")
        return Cell(words, tone="muted")
    return Cell(show.value_words(figure.metric.unit, figure.value, currency))
