"""The table of each family's daily facts, made from its declaration.

A clinic's day stands once as a whole (grain `clinic`) and once for each doctor and department (grain `doctor`), so that
what a clinic's page reads depends on days alone. The key begins with what every question names.
"""

from sqlalchemy import Column, Date, Index, Integer, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from app.extensions import Base
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Family

CLINIC, DOCTOR = "clinic", "doctor"
KEY = ("organization_id", "grain", "clinic_id", "day", "department_id", "practitioner_id")


def _table(family: Family) -> Table:
    types = {"grain": Text, "day": Date}
    name = family.table_name
    return Table(
        name,
        Base.metadata,
        *(Column(column, types.get(column, Uuid), primary_key=True, nullable=False) for column in KEY),
        *(Column(measure.name, measure.type, nullable=False) for measure in family.measures),
        *(
            Column(column, ARRAY(of), nullable=False)
            for spread in family.spreads
            for column, of in zip(spread.columns, (SmallInteger, Integer), strict=True)
        ),
        Index(f"ix_{name}_day", "organization_id", "grain", "day"),
    )


TABLES: dict[str, Table] = {family.key: _table(family) for family in FAMILIES.values()}
