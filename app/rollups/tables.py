"""The table of each family's daily facts, made from its declaration.

A clinic's day stands once as a whole (grain `clinic`), once for each doctor and department (grain `doctor`), and once
for each `member` of each dimension kept (grain: the dimension's name), once for each member and doctor (grain
`doctor_hour` and so on). Each of these stands for whole weeks and for four weeks as well, on their first Monday (grains
`clinic_week`, `clinic_4weeks` and so on). So what a page reads depends on days alone, and a long period has fewer rows
than days. The key begins with what every question names.
"""

from collections.abc import Iterable

from sqlalchemy import Column, Date, Index, Integer, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from app.extensions import Base
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Family

CLINIC, DOCTOR = "clinic", "doctor"
# By what stands behind a grain of days: the days that its rows sum up, shortest first. All begin on a Monday, whichever
# day the organization's weeks begin on, and the longer ones are made of the shorter ones.
STRETCHES = {"_week": 7, "_4weeks": 28}
KEY = ("organization_id", "grain", "clinic_id", "day", "department_id", "practitioner_id")
MEMBER = "member"  # of a dimension that is kept; empty where a record names none, and in the other grains


def key_of(family: Family) -> tuple[str, ...]:
    """The columns that name a row of a family's table."""
    return (*KEY, MEMBER) if family.kept else KEY


def grains_of(family: Family) -> tuple[str, ...]:
    """The grains in which a family keeps days."""
    by_doctor = (False, True) if family.has_doctors else (False,)
    return tuple(grain_of(doctors, name) for doctors in by_doctor for name in ("", *family.kept))


def grain_of(by_doctor: bool, dimension: str = "") -> str:
    """The grain of days by the members of a dimension, by doctor and department, by both or by neither."""
    if not dimension:
        return DOCTOR if by_doctor else CLINIC
    return f"{DOCTOR}_{dimension}" if by_doctor else dimension


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
