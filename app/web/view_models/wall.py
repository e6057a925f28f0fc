"""A wall in the corridor: no patient, no money, at most three panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.web.view_models.board import FlowSegment
from app.web.view_models.parts import Action, Link, Poll


@dataclass(frozen=True, slots=True)
class WallBar:
    """A row of a panel; `share` and `target` are fractions of the panel's scale, 0 to 1. `missing` are the words that
    stand in the place of a figure and its bar."""

    label: str
    value: str = ""
    share: float = 0.0
    target: float | None = None
    beyond: bool = False
    missing: str = ""


@dataclass(frozen=True, slots=True)
class StaleFigure:
    """A figure whose source is late, with its age."""

    value: str
    label: str
    words: str  # "as of 15:40"


@dataclass(frozen=True, slots=True)
class WallLine:
    """A line under a figure; its strong part is the number."""

    strong: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class WallPanel:
    """One of three: a main figure with two lines, rooms as boxes, or up to seven bars."""

    kind: Literal["figure", "rooms", "bars"]
    title: str
    aside: str = ""
    value: str = ""
    unit: str = ""
    lines: tuple[WallLine, ...] = ()
    taken: int = 0
    whole: int = 0
    bars: tuple[WallBar, ...] = ()
    stale: StaleFigure | None = None
    stale_words: str = ""  # the whole panel is late: its figure stays on a hatched ground
    missing: str = ""  # no figure at all: the words that stand in its place
    hidden: bool = False  # there is a figure, of too few to show it


@dataclass(frozen=True, slots=True)
class WallPage:
    """`clock` is the server's time at the clinic; `offset` its minutes from UTC, `now` epoch seconds."""

    clinic: str
    date: str
    clock: str
    zone: str
    offset: int
    now: int
    segments: tuple[FlowSegment, ...]
    whole: int
    panels: tuple[WallPanel, ...]
    fresh: str
    late: tuple[str, ...]
    playlist: str
    position: int
    length: int
    poll: Poll
    next_url: str = ""
    previous_url: str = ""
    next_after: int = 0  # seconds until the playlist moves on; 0 stays
    theme: Literal["dark", "light", "contrast"] = "dark"
    small: bool = False
    dark_until: str = ""  # outside the screen's hours: it shows nothing but when it is back


@dataclass(frozen=True, slots=True)
class PairPage:
    """A screen without a wall: the code that it shows, and where to type it."""

    code: str
    address: str
    poll: Poll
    missing: str = ""  # why there is no code
    theme: Literal["dark", "light"] = "dark"
    small: bool = False


@dataclass(frozen=True, slots=True)
class EndedPage:
    """A screen whose wall was revoked or never was, and where it can get another."""

    address: str
    poll: Poll
    theme: Literal["dark", "light"] = "dark"
    small: bool = False


@dataclass(frozen=True, slots=True)
class FaultPage:
    """What a screen shows when its wall cannot be shown just now."""

    title: str
    what: str
    poll: Poll
    theme: Literal["dark", "light"] = "dark"
    small: bool = False


@dataclass(frozen=True, slots=True)
class WallRow:
    """A screen in the list of walls."""

    name: str
    clinic: str
    shows: str
    seen: str
    state: Literal["live", "silent", "new"]
    link: Link
    revoke: Action
    setup: Link | None = None  # its playlist and hours


@dataclass(frozen=True, slots=True)
class PairingCode:
    """Shown once after a wall is made: what to open on the screen, and the code to type there if there is one."""

    wall: str
    address: str
    code: str = ""
    expires: str = ""
