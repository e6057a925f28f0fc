"""Forms: fields, and the button that sends them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Literal


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form; `options` are (value, label), `chosen` those of them that are ticked in "choices".

    `key` tells fields of one name apart where several forms stand on a page. `when` names the values of the field
    `frequency` for which this one is needed, separated by spaces; a browser that can hides it otherwise.
    """

    name: str
    label: str
    type: str = "text"  # text, email, password, number, date, file, select, checkbox, choices, textarea
    value: str = ""
    hint: str = ""
    error: str = ""
    optional: bool = False
    autocomplete: str = ""
    inputmode: str = ""
    accept: str = ""
    options: tuple[tuple[str, str], ...] = ()
    checked: bool = False
    chosen: frozenset[str] = frozenset()
    autofocus: bool = False
    key: str = ""
    when: str = ""

    @property
    def id(self) -> str:
        return f"field-{self.key or self.name}"


@dataclass(frozen=True, slots=True)
class FormView:
    """A form with one primary button. `error` concerns the form as a whole; `parts` are headings with how many of the
    fields stand below each, for a long form that is set in columns."""

    action: str
    submit: str
    fields: tuple[FormField, ...]
    method: Literal["get", "post"] = "post"
    error: str = ""
    upload: bool = False
    hidden: tuple[tuple[str, str], ...] = ()
    row: bool = False
    parts: tuple[tuple[str, int], ...] = ()

    def by_part(self) -> list[tuple[str, tuple[FormField, ...]]]:
        """The fields under their headings."""
        left = iter(self.fields)
        return [(title, tuple(islice(left, count))) for title, count in self.parts]


@dataclass(frozen=True, slots=True)
class PasskeyForm:
    """A form that a passkey answers: `options_url` says what the browser is to ask it, at `origin` alone.

    Without scripts it stays hidden.
    """

    kind: Literal["get", "create"]
    action: str
    options_url: str
    submit: str
    origin: str
    fields: tuple[FormField, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page that is one form."""

    title: str
    words: str
    form: FormView
