"""Pages on which somebody keeps something: what is there as a table, and forms that change it."""

from __future__ import annotations

from dataclasses import dataclass

from app.web.view_models.forms import FormView
from app.web.view_models.parts import Action, Link, TableView


@dataclass(frozen=True, slots=True)
class ManagePart:
    """One card: a table, a form, buttons, in this order, each where it is given."""

    key: str
    title: str
    summary: str = ""
    table: TableView | None = None
    form: FormView | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class ManagePage:
    """`once` is shown this once, under `once_title`; `said` is what was just done or refused."""

    title: str
    under: str
    parts: tuple[ManagePart, ...]
    crumbs: tuple[Link, ...] = ()
    said: str = ""
    bad: bool = False
    once: str = ""
    once_title: str = ""
    once_words: str = ""
    links: tuple[Link, ...] = ()
