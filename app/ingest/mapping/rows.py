"""What a mapping yields: rows by natural values, still naming their targets as the source names them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


class Name(NamedTuple):
    """What a source calls a row of a table. Tables without a class of their own (`schedules`) may be named too."""

    table: str
    text: str


@dataclass(slots=True)
class Row:
    """A row of `name.table`. `refs`: column to the names it may mean, best first; `texts`: sealed attribute to text."""

    name: Name
    values: dict[str, Any]
    refs: dict[str, tuple[Name, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    blinds: dict[str, str] = field(default_factory=dict)  # column of the blind index to the value looked up by
    wall_times: bool = False  # it holds times without an offset: those on the clinic's wall


@dataclass(slots=True)
class Alias:
    """Another name: for the first of `targets` that is known, for the record's own row (self), or for nothing (())."""

    name: Name
    targets: tuple[Name, ...] | None = None  # None: the record's main row


@dataclass(slots=True)
class Mapped:
    """All that one record stands for. `holder` is the name under which the record's digest is kept."""

    kind: str
    holder: Name
    rows: list[Row] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    ensured: list[Row] = field(default_factory=list)  # stored only where the name is not known yet
    children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # table to rows replaced as a whole
    remove: bool = False
    gone: tuple[Name, ...] = ()  # beside the holder: rows that it may have stood for before, and does not now
    gone_from: Name | None = None  # the same, the first of names that are numbered: "x/3", "x/4" and so on
    version: datetime | None = None  # when the source changed it last
    digest: bytes = b""  # of all of this, where it was made ahead of storing
