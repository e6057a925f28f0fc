"""Which clinic a page is about, where its address may name one, and how the viewer picks another."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import request

from app.core.errors import Invalid
from app.models import Clinic
from app.services.places import Places
from app.web.view_models import Link, Picker

ALL = "All clinics"
WHOLE = "All departments"


def clinic_asked(places: Places, name: str = "clinic_id") -> Clinic | None:
    """The clinic named in the query, if one is; raises NotFound for one that is not the viewer's."""
    wanted = id_asked(name)
    return None if wanted is None else places.clinic(wanted)


def id_asked(name: str) -> UUID | None:
    """An id among the query arguments; raises Invalid for what is none."""
    text = request.args.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(f"What {name} says is no id.", field=name) from None


def flag_asked(name: str, default: bool) -> bool:
    """A yes or no among the query arguments; raises Invalid for anything else."""
    text = request.args.get(name, "").lower()
    if text in ("true", "1", "false", "0"):
        return text in ("true", "1")
    if text:
        raise Invalid("Say true or false.", field=name)
    return default


def clinic_picker(places: Places, current: Clinic | None, url: Callable[[dict[str, Any]], str]) -> tuple[Picker, ...]:
    """The choice among the viewer's clinics, with all of them first; none where there is nothing to choose."""
    if len(places.clinics) < 2:
        return ()
    links = [Link(ALL, url({}), current=current is None)]
    links += [Link(clinic.name, url({"clinic_id": clinic.id}), current=clinic == current) for clinic in places.clinics]
    return (Picker("Clinic", current.name if current else ALL, tuple(links)),)


def department_picker(names: Sequence[str], current: str, url: Callable[[dict[str, Any]], str]) -> tuple[Picker, ...]:
    """The choice among departments by name, with all of them first; none where there is nothing to choose."""
    if len(names) < 2:
        return ()
    links = [Link(WHOLE, url({}), current=not current)]
    links += [Link(name, url({"department": name}), current=name == current) for name in names]
    return (Picker("Department", current or WHOLE, tuple(links)),)
