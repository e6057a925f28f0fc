"""A board: what its widgets are built from, and the declared list of widgets that becomes a page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from flask import url_for

from app.core import format
from app.core.permissions import Permission
from app.metrics.types import Figure
from app.services.clinic_dashboard import ClinicDashboard
from app.services.places import Places
from app.web.dashboards.tiles import Setting
from app.web.periods import Chosen
from app.web.view_models import OK, Body, Condition, Poll, Widget, WidgetKind

LIVE, STANDARD, HISTORICAL = 30, 120, 900  # seconds between polls


@dataclass(frozen=True)
class Board:
    """Everything that the widgets of one clinic's board are built from."""

    reading: ClinicDashboard
    places: Places
    chosen: Chosen
    setting: Setting
    as_table: frozenset[str] = frozenset()

    @property
    def clinic_id(self) -> str:
        """The clinic's id as it stands in addresses."""
        return str(self.reading.clinic.id)

    def explain(self, metric: str, **period: str) -> str:
        """The page that explains a figure of the board's own period, or of another one (`period`, `start`, `end`)."""
        return url_for("metrics.explain", key=metric, clinic=self.clinic_id, **(period or self.chosen.args))

    def page(self, **more: str) -> str:
        """The board's own page."""
        return url_for("dashboards.clinic", clinic_id=self.clinic_id, **(self.chosen.args | more))

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
class Spec:
    """A widget of a board, declared once. `private` ones show rows about patients and are never cached."""

    key: str
    section: str
    kind: WidgetKind
    span: Literal[2, 3, 4, 5, 6, 7, 8, 12]
    seconds: int
    build: Callable[[Board], Built | None]
    early: Literal["", "first", "early"] = ""
    permission: Permission = Permission.METRICS_OPERATIONS
    private: bool = False

    def widget(self, board: Board, poll: Poll | None) -> Widget | None:
        """The card; None where there is nothing to say."""
        built = self.build(board)
        if built is None:
            return None
        return Widget(self.key, self.kind, built.title, built.body, self.span, poll, built.condition, self.early)


SECTIONS: Mapping[str, str] = {
    "today": "Today",
    "week": "Last week",
    "money": "Money",
    "people": "Doctors and departments",
    "outlook": "Findings and events",
}
