"""A board: what its widgets are built from, and how one widget is declared."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal

from flask import url_for

from app.core import format
from app.core.permissions import Permission
from app.metrics.catalogue import METRICS
from app.metrics.types import Figure
from app.services.dashboards.readings import Read
from app.services.places import Places
from app.web.dashboards.tiles import Setting
from app.web.periods import Chosen, comparison_words
from app.web.view_models import OK, Body, Condition, Poll, Widget, WidgetKind

LIVE, STANDARD, HISTORICAL, ANALYTICS = 30, 120, 900, 3600  # seconds between polls


@dataclass(frozen=True)
class Board(Generic[Read]):
    """Everything that the widgets of one board are built from.

    `place` is what stands in its addresses besides the period: `{"clinic_id": ...}`, or `{}` for the viewer's own.
    """

    endpoint: str  # Flask's name of its page
    reading: Read
    places: Places
    chosen: Chosen
    place: dict[str, Any] = field(default_factory=dict)
    as_table: frozenset[str] = frozenset()

    @cached_property
    def setting(self) -> Setting:
        """What the tiles share. The answer "now" is the one that is compared."""
        reading, period = self.reading, self.chosen.period
        answer = reading.answers.get("now")
        before = answer.previous if answer is not None and answer.previous is not None else period.previous()
        until = format.time(reading.moment, reading.zone) if reading.is_today else ""
        is_running = answer is not None and answer.partial
        words = comparison_words(self.chosen, before, is_running, until)
        source_url = url_for("imports.index") if reading.actor.can(Permission.DATA_READ) else ""
        return Setting(reading.currency, reading.zone, words, reading.moment, source_url, is_running, reading.is_today)

    def explain(self, metric: str, **period: str) -> str:
        """The page that explains a figure of the board's own period, or of another one (`period`, `start`, `end`).

        Empty where the viewer sees the figure of their own work alone: the catalogue's pages are not open to them.
        """
        if not self.reading.actor.can(METRICS[metric].permission):
            return ""
        named: dict[str, Any] = {name: str(keys[0]) for name, keys in self.reading.filters.items() if len(keys) == 1}
        return url_for("metrics.explain", key=metric, **named, **(period or self.chosen.args))

    def explain_running(self, metric: str) -> str:
        """The explanation of a figure that counts a running day up to now, as the compared ones do."""
        running = {"until": "now"} if self.reading.is_today else {}
        return self.explain(metric, **({"period": "today"} if running else self.chosen.args), **running)

    def page(self, **more: str) -> str:
        """The board's own page."""
        return url_for(self.endpoint, **(self.place | self.chosen.args | more))

    def widget_url(self, key: str) -> str:
        """Where one widget of the board asks for itself."""
        more: dict[str, Any] = {"table": sorted(self.as_table)} if self.as_table else {}
        return url_for(f"{self.endpoint}_widget", key=key, **(self.place | self.chosen.args | more))

    def time_of(self, figure: Figure | None) -> str:
        """When a figure was fresh, on the clinic's clocks."""
        return format.time(figure.as_of if figure else None, self.setting.zone, unknown="never")


@dataclass(frozen=True)
class Built:
    """What a builder gives: the title, the body (None: only the condition is shown) and the condition."""

    title: str
    body: Body | None
    condition: Condition = OK


@dataclass(frozen=True)
class Spec(Generic[Read]):
    """A widget of a board, declared once; `seconds` lie between its polls.

    `private` ones show rows about patients and are never cached. `moves` with the day: a period that holds today is
    asked for as often as today's figures are.
    """

    key: str
    section: str
    kind: WidgetKind
    span: Literal[2, 3, 4, 5, 6, 7, 8, 12]
    seconds: int
    build: Callable[[Board[Read]], Built | None]
    early: Literal["", "first", "early"] = ""
    permission: Permission = Permission.METRICS_OPERATIONS
    private: bool = False
    moves: bool = False

    def seconds_between(self, board: Board[Read]) -> int:
        """How long the widget of a board waits before it asks again."""
        period = board.chosen.period
        return LIVE if self.moves and period.start <= board.reading.today < period.end else self.seconds

    def widget(self, board: Board[Read], poll: Poll | None) -> Widget | None:
        """The card; None where there is nothing to say."""
        built = self.build(board)
        if built is None:
            return None
        return Widget(self.key, self.kind, built.title, built.body, self.span, poll, built.condition, self.early)
