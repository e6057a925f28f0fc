"""The days on which patients were seen, with the visits before and after: rebuilt whole for each changed patient."""

from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Uuid, and_, delete, exists, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.ids import UNKNOWN
from app.core.statement import Given, Statement
from app.models.appointments import Appointment
from app.models.facts import VisitDay
from app.rollups.families.appointments import is_visit
from app.rollups.writing import Bucket

_TABLE = VisitDay.__table__


def rebuild(session: Session, organization_id: UUID, patients: Collection[UUID]) -> set[Bucket]:
    """Brings the visit days of the patients in line with their appointments; the clinics' days that changed."""
    if not patients:
        return set()
    bound = {"organization": organization_id, "patients": list(patients)}
    gone = _forget().run(session, bound).all()
    new = _remember().run(session, bound).all()
    return {(clinic_id, day) for clinic_id, day in (*gone, *new)}


def _fresh() -> CTE:
    """What the appointments say: one row a patient, day, clinic and doctor, with its neighbours in time."""
    a = Appointment
    clinic, doctor = func.coalesce(a.clinic_id, UNKNOWN), func.coalesce(a.practitioner_id, UNKNOWN)
    days = (
        select(
            a.organization_id,
            a.patient_id,
            a.local_day.label("day"),
            clinic.label("clinic_id"),
            doctor.label("practitioner_id"),
            func.count().label("visits"),
        )
        .where(
            a.organization_id == Given("organization", Uuid),
            a.patient_id == func.any(Given("patients", ARRAY(Uuid))),
            is_visit,
        )
        .group_by(a.organization_id, a.patient_id, a.local_day, clinic, doctor)
        .subquery("days")
    ).c

    def before(*level: ColumnElement[Any]) -> ColumnElement[date]:
        order = (days.day, days.clinic_id, days.practitioner_id)
        return func.lag(days.day).over(partition_by=(days.patient_id, *level), order_by=order)

    fresh = select(
        *days,
        before().label("prev_org"),
        before(days.clinic_id).label("prev_clinic"),
        before(days.clinic_id, days.practitioner_id).label("prev_doctor"),
        before(days.practitioner_id).label("prev_doctor_anywhere"),
        func.min(days.day).over(partition_by=days.patient_id, order_by=days.day, groups=(1, None)).label("next_org"),
    )
    # Without statistics, as after a first load, the planner takes it for one row and would work it out for each row.
    return fresh.cte("fresh").prefix_with("MATERIALIZED")


def _same(fresh: CTE) -> ColumnElement[bool]:
    """The stored row is the fresh one, column for column; plain equality where it can be, so that rows are hashed."""
    return and_(
        *(
            column.is_not_distinct_from(fresh.c[column.name]) if column.nullable else column == fresh.c[column.name]
            for column in _TABLE.c
        )
    )


@cache
def _forget() -> Statement:
    fresh = _fresh()
    return Statement.of(
        delete(_TABLE)
        .where(
            _TABLE.c.organization_id == Given("organization", Uuid),
            _TABLE.c.patient_id == func.any(Given("patients", ARRAY(Uuid))),
            ~exists().where(_same(fresh)),
        )
        .returning(_TABLE.c.clinic_id, _TABLE.c.day)
    )


@cache
def _remember() -> Statement:
    """After `_forget`, what is stored of these patients is right, so a row is missing or it is the same."""
    fresh = _fresh()
    key = [
        _TABLE.c[name] == fresh.c[name]
        for name in ("organization_id", "patient_id", "day", "clinic_id", "practitioner_id")
    ]
    missing = select(*(fresh.c[column.name] for column in _TABLE.c)).where(~exists().where(*key))
    names = [column.name for column in _TABLE.c]
    return Statement.of(insert(_TABLE).from_select(names, missing).returning(_TABLE.c.clinic_id, _TABLE.c.day))
