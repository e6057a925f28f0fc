"""A patient's records of many kinds, read in one statement however many kinds there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal, null, select, union_all
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import Patient, Practitioner

LISTED = 10


@dataclass(frozen=True)
class Part:
    """Which of a patient's records of one kind: the first `limit` in `order`; `marked` ones are counted beyond it.

    `owner` is the column that names the patient. `beside` is another table whose row is wanted with each record, by
    the record's column `by`.
    """

    model: type[Any]
    where: tuple[ColumnElement[bool], ...]
    order: tuple[SQLColumnExpression[Any], ...]
    limit: int = 200
    marked: ColumnElement[bool] | None = None
    owner: str = "patient_id"
    beside: type[Any] | None = None
    by: str = ""


@dataclass(frozen=True)
class Found:
    """A record with the doctor it names and the row beside it."""

    record: Any
    doctor: Practitioner | None
    beside: Any


@dataclass(frozen=True)
class Records:
    """What was found, by the names of the parts, in their order; `marked`: how many fit a part's mark."""

    found: Mapping[str, tuple[Found, ...]]
    marked: Mapping[str, int]


def records_of(patient: Patient, parts: Mapping[str, Part]) -> Records:
    """Reads all parts in one statement; each begins at an index that begins with the patient."""
    chosen = union_all(*(_chosen(patient, name, part) for name, part in parts.items())).subquery()
    columns: list[Any] = [chosen.c.part, chosen.c.marked, Practitioner]
    beside = [(part, aliased(part.beside)) for part in parts.values() if part.beside is not None]
    columns += [part.model for part in parts.values()] + [model for _, model in beside]
    query = select(*columns).select_from(chosen).outerjoin(Practitioner, _same(patient, Practitioner, chosen.c.doctor))
    for name, part in parts.items():
        query = query.outerjoin(part.model, _same(patient, part.model, chosen.c.id) & (chosen.c.part == name))
    for part, model in beside:
        query = query.outerjoin(model, _same(patient, model, getattr(part.model, part.by)))
    return _sorted(parts, db.session.execute(query.order_by(chosen.c.part, chosen.c.place)).all())


def _sorted(parts: Mapping[str, Part], rows: Sequence[Any]) -> Records:
    """Sorts the rows of the statement by part: each row holds one record among the columns of all."""
    places = {name: number for number, name in enumerate(parts, 3)}
    besides = {name: number for number, name in enumerate((n for n in parts if parts[n].beside), 3 + len(parts))}
    found: dict[str, list[Found]] = {name: [] for name in parts}
    marked = dict.fromkeys(parts, 0)
    for row in rows:
        name = row[0]
        beside = row[besides[name]] if name in besides else None
        found[name].append(Found(row[places[name]], row[2], beside))
        marked[name] = row[1]
    return Records({name: tuple(each) for name, each in found.items()}, marked)


def _chosen(patient: Patient, name: str, part: Part) -> Any:
    model = part.model
    counted = func.count().filter(part.marked).over() if part.marked is not None else literal(0)
    doctor = model.practitioner_id if hasattr(model, "practitioner_id") else null().cast(Practitioner.id.type)
    return (
        select(
            literal(name).label("part"),
            model.id.label("id"),
            doctor.label("doctor"),
            func.row_number().over(order_by=part.order).label("place"),
            counted.label("marked"),
        )
        .where(model.organization_id == patient.organization_id, getattr(model, part.owner) == patient.id, *part.where)
        .order_by(*part.order)
        .limit(part.limit)
    )


def _same(patient: Patient, model: Any, row_id: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    same: ColumnElement[bool] = (model.organization_id == patient.organization_id) & (model.id == row_id)
    return same


def spoken(doctor: Practitioner | None) -> str | None:
    """A doctor's name as people say it, with the title."""
    return None if doctor is None else doctor.spoken
