"""The tables of the migration are those of the declarations."""

from sqlalchemy import inspect, text

from app.extensions import db
from app.models import DataVersion, DirtyMark, RollupState, VisitDay
from app.rollups.catalogue import FAMILIES
from app.rollups.marks import watched
from app.rollups.tables import TABLES

OTHERS = [model.__table__ for model in (DataVersion, DirtyMark, RollupState, VisitDay)]


def test_each_declared_column_is_migrated_with_its_type(session):
    found = inspect(db.engine)
    for table in (*TABLES.values(), *OTHERS):
        migrated = {column["name"]: column for column in found.get_columns(table.name)}
        assert set(migrated) == set(table.c.keys())
        for column in table.c:
            ours = column.type.compile(db.engine.dialect)
            assert migrated[column.name]["type"].compile(db.engine.dialect) == ours, f"{table.name}.{column.name}"
            assert migrated[column.name]["nullable"] == column.nullable, f"{table.name}.{column.name}"


def test_each_table_has_the_declared_key_and_row_security(session):
    found = inspect(db.engine)
    forced = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = :name"
    for table in (*TABLES.values(), *OTHERS):
        key = found.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key]
        assert session.scalar(text(forced), {"name": table.name}) is True


def test_every_family_has_something_that_marks_its_days():
    marked = {family for watch in watched().values() for family, _ in watch.days}
    follow_patients = {key for key, family in FAMILIES.items() if family.rows is VisitDay.__table__}
    assert marked | follow_patients == set(FAMILIES)
    assert watched()["appointments"].patients
