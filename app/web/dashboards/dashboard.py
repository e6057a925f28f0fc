"""A dashboard, declared as data: who may open it, its sections and widgets, and how its board is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic
from uuid import UUID

from flask import request

from app.core.actor import Actor
from app.core.permissions import Permission
from app.models import Clinic
from app.services.dashboards.readings import Read, local_today
from app.services.places import Places
from app.web.dashboards.board import Board, Spec
from app.web.periods import Chosen, chosen_or_usual
from app.web.view_models import Picker


@dataclass(frozen=True)
class Head:
    """The heading of a page: its title, and the line under it."""

    title: str
    under: str


def of_whole_organization(**_place: UUID) -> UUID | None:
    """The clinic whose data version a board stands for: none, it is the organization's."""
    return None


def nothing_instead() -> str | None:
    """A dashboard whose address always says what it is about."""
    return None


def own_organization(actor: Actor) -> UUID:
    """Whose data version the fragments of a board follow: the viewer's organization."""
    return actor.organization_id


def no_pickers(_board: Board[Read]) -> tuple[Picker, ...]:
    """A dashboard without choices besides the period."""
    return ()


@dataclass(frozen=True)
class Dashboard(Generic[Read]):
    """One dashboard. `open` loads and authorises: it gets the ids of the address and raises NotFound.

    `instead` is the page shown where the address does not say what the dashboard is about. `clinic_of` names the
    clinic, and `follows` the organization (or the installation), whose data version its fragments carry.
    `of_installation` opens it to platform admins who have picked no organization. `api` is the endpoint that has the
    same figures for programs.
    """

    key: str
    label: str
    permission: Permission
    sections: Mapping[str, str]
    widgets: Mapping[str, Spec[Read]]
    open: Callable[..., Board[Read]]
    head: Callable[[Board[Read]], Head]
    api: str
    template: str = "dashboards/board.html"
    quiet: frozenset[str] = frozenset()  # sections whose title is only read out
    has_periods: bool = True
    usual: str = "today"  # the period where the address names none
    on_walls: bool = False
    about_patients: bool = False  # a login left alone does not open it for long
    of_installation: bool = False
    pickers: Callable[[Board[Read]], tuple[Picker, ...]] = no_pickers
    clinic_of: Callable[..., UUID | None] = of_whole_organization
    instead: Callable[[], str | None] = nothing_instead
    follows: Callable[[Actor], UUID] = own_organization

    @property
    def endpoint(self) -> str:
        """Flask's name of its page."""
        return f"dashboards.{self.key}"


def board_of(
    dashboard: Dashboard[Read],
    places: Places,
    clinic: Clinic | None,
    read: Callable[[Chosen], Read],
    **place: UUID | str,
) -> Board[Read]:
    """The board of one place for the period of the request; `read` asks its figures."""
    today = local_today(places.organization, clinic)
    period = chosen_or_usual(today, places.organization.week_start, dashboard.usual)
    reading = read(period)
    tables = frozenset(request.args.getlist("table"))
    named: dict[str, Any] = {name: str(value) for name, value in place.items()}
    return Board(dashboard.endpoint, reading, places, period, named, tables)
