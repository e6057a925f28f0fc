"""The table of each family's daily facts, made from its declaration.

A clinic's day stands once as a whole (grain `clinic`), once for each doctor and department (grain `doctor`), and once
for each `member` of each dimension kept (grain: the dimension's name). Each of these stands for the clinic's week from
Monday on as well, on its Monday (grain `clinic_week` and so on). So what a page reads depends on days alone, and a long
period on weeks. The key begins with what every question names.
"""

from collections.abc import Iterable

from sqlalchemy import Column, Date, Index, Integer, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from app.extensions import Base
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Family

CLINIC, DOCTOR = "clinic", "doctor"
WEEKLY = "_week"  # after a grain of days: that of the weeks that sum them up
KEY = ("organization_id", "grain", "clinic_id", "day", "department_id", "practitioner_id")
MEMBER = "member"  # of a dimension that is kept; empty where a record names none, and in the other grains


def key_of(family: Family) -> tuple[str, ...]:
    """The columns that name a row of a family's table."""
    return (*KEY, MEMBER) if family.kept else KEY


def grains_of(family: Family) -> tuple[str, ...]:
    """The grains in which a family keeps days."""
    return (CLINIC, *((DOCTOR,) if family.has_doctors else ()), *family.kept)


def weekly(grain: str) -> str:
    """The grain of the weeks that sum up the days of another."""
    return grain + WEEKLY


def _table(family: Family) -> Table:
    types = {"grain": Text, "day": Date, MEMBER: Text}
    name = family.table_name
    return Table(
        name,
        Base.metadata,
        *(Column(column, types.get(column, Uuid), primary_key=True, nullable=False) for column in key_of(family)),
        *(Column(measure.name, measure.type, nullable=False) for measure in family.measures),
        *(
            Column(column, ARRAY(of), nullable=False)
            for spread in family.spreads
            for column, of in zip(spread.columns, (SmallInteger, Integer), strict=True)
        ),
        Index(f"ix_{name}_day", "organization_id", "grain", "day"),
        *_index_of_doctors(family),
    )


def _index_of_doctors(family: Family) -> Iterable[Index]:
    """Finds the rows of one doctor, which lie among those of all clinics."""
    if family.practitioner is not None:
        yield Index(f"ix_{family.table_name}_doctor", "organization_id", "practitioner_id", "grain", "day")


TABLES: dict[str, Table] = {family.key: _table(family) for family in FAMILIES.values()}
