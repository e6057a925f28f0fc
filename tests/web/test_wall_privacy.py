"""No wall shows anything of a person or of money: whatever stands in whichever column of whichever record."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import Table, Text, UniqueConstraint, select

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_tables
from app.extensions import db
from app.models import Medication, Message, Result, SurveyAnswer, Task
from app.rollups.refresh import refresh
from app.services import alerts, wall_playlists, walls
from app.services.wall_playlists import BOARDS

NOON = datetime(2026, 6, 19, 17, tzinfo=UTC)
DAY = date(2026, 6, 19)
CANARY = "Zebracanary"
AMOUNT = Decimal("98765.43")
# What a wall names by its nature: places and the system that is late. Its own name is for staff.
SHOWN = {("clinics", "name"), ("departments", "name"), ("sources", "name")}
CODES = {"zone", "metric", "rule"}  # words of the program's own, which it would stumble over
FIXED = {"audit_events", "audit_heads", "rollup_dirty"}  # nobody may change them; the program's own notes


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False):
        yield


def free_texts(table: Table) -> Iterator[str]:
    """The columns that take any text: neither keys of their rows nor one of a list."""
    listed = {str(check.name).removeprefix(f"ck_{table.name}_") for check in table.constraints}
    keys = {column.name for key in table.constraints if isinstance(key, UniqueConstraint) for column in key.columns}
    keys |= {column.name for index in table.indexes if index.unique for column in index.columns}
    for column in table.columns:
        plain = isinstance(column.type, Text) and not column.foreign_keys
        if plain and column.name not in listed | keys | CODES and (table.name, column.name) not in SHOWN:
            yield column.name


def planted(organization_id: UUID) -> set[str]:
    """Writes a name into every free text of every record of the organization, sealed ones too; says in which tables."""
    done = set()
    for name, model in tenant_tables().items():
        if name in FIXED:
            continue
        table = model.__table__
        mine = table.c.organization_id == organization_id
        values = {column: f"{CANARY} {name} {column}" for column in free_texts(table)}
        if values and db.session.execute(table.update().where(mine).values(values)).rowcount:
            done.add(name)
        sealed = [column.name.removesuffix("_sealed") for column in table.columns if column.name.endswith("_sealed")]
        for row in db.session.scalars(select(model).where(mine)) if sealed else ():
            for column in sealed:
                setattr(row, column, f"{CANARY} {name} {column}")
            done.add(name)
        db.session.flush()
    return done


@pytest.fixture
def full(
    organization, clinic, make_department, make_practitioner, make_patient, make_appointment, make_invoice, make_payment
):
    """A clinic with a record of each kind that concerns a person."""
    department, doctor, patient = make_department(clinic), make_practitioner(), make_patient()
    whose = {"patient_id": patient.id, "practitioner_id": doctor.id}
    for _ in range(12):
        make_appointment(
            clinic, DAY, "completed", arrived=0, started=9, finished=20, department_id=department.id, **whose
        )
    make_appointment(clinic, DAY, "arrived", arrived=0, department_id=department.id, **whose)
    make_invoice(clinic, DAY - timedelta(days=90), str(AMOUNT), due_day=DAY - timedelta(days=60), patient_id=patient.id)
    make_payment(clinic, DAY, str(AMOUNT), patient_id=patient.id)
    place = {"organization_id": organization.id, "clinic_id": clinic.id, "patient_id": patient.id}
    rows = (
        Task(
            id=new_id(),
            kind="follow_up",
            created_day=DAY,
            due_day=DAY - timedelta(days=9),
            practitioner_id=doctor.id,
            **place,
        ),
        Message(id=new_id(), sender="patient", sent_at=NOON, local_day=DAY, practitioner_id=doctor.id, **place),
        Medication(id=new_id(), status="active", substance="warfarin", practitioner_id=doctor.id, **place),
        Result(id=new_id(), status="final", review="pending", abnormal=True, practitioner_id=doctor.id, **place),
        SurveyAnswer(id=new_id(), asked_day=DAY, answered_at=NOON, satisfaction=4, recommend=9, **place),
    )
    db.session.add_all(rows)
    db.session.commit()
    alerts.check(organization.id)
    return clinic


def test_every_wall_of_every_look_names_nobody_and_no_money(browser, organization, full, make_actor):
    staff = make_actor(Role.CLINIC_STAFF, clinics={full.id})
    made = [
        walls.make_wall(staff, full.id, f"{theme} {size}", theme, size)
        for theme in walls.THEMES
        for size in walls.SIZES
    ]
    for wall, _ in made:
        for board in BOARDS:
            wall_playlists.add_page(staff, wall.id, full.id, board, 30)
    done = planted(organization.id)
    kinds = {"patients", "practitioners", "appointments", "tasks", "messages", "medications", "results", "alerts"}
    assert kinds <= done
    db.session.commit()
    refresh(organization.id)
    for _, token in made:
        for number in range(1, len(BOARDS) + 1):
            shown = browser.get(f"/wall/{token}?page={number}")
            assert (shown.status_code, full.name in shown.text) == (200, True)
            assert CANARY not in shown.text
            assert "98,765" not in shown.text
            assert "98765" not in shown.text


def test_a_dark_an_ended_and_an_unpaired_screen_name_nobody(browser, organization, full, make_actor):
    staff = make_actor(Role.CLINIC_STAFF, clinics={full.id})
    wall, token = walls.make_wall(staff, full.id, "Corridor")
    wall_playlists.set_hours(staff, wall.id, time(1), time(2))
    planted(organization.id)
    db.session.commit()
    dark = browser.get(f"/wall/{token}").text
    assert "This screen shows again at 01:00." in dark
    walls.revoke_wall(staff, wall.id)
    for shown in (dark, browser.get(f"/wall/{token}").text, browser.get("/wall").text):
        assert CANARY not in shown
