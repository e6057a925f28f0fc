"""A machine that changes records at random: after each step the rollup must say what the records say."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from app.core.actor import system_actor
from app.core.period import Period, Span
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.run import run_all
from app.metrics.types import Query
from app.models import Appointment
from app.rollups.families.appointments import is_visit
from app.rollups.marks import mark_rows
from app.rollups.refresh import refresh
from app.services.organizations import create_organization
from tests.metrics.world import DAYS, FIRST, World

MONTH = Period(FIRST, FIRST + timedelta(days=DAYS + 20))
NAMES = count()
# The metrics that can be told by each dimension of which facts are kept.
METRICS_BY = {
    name: tuple(key for key, metric in METRICS.items() if all(name in family.kept for family in metric.families))
    for name in ("hour", "equipment_kind")
}


class Records(RuleBasedStateMachine):
    """Each rule is one unit of work with its commit; then the refresher runs, and every metric is asked both ways."""

    def __init__(self) -> None:
        super().__init__()
        organization_id = create_organization(f"machine-{next(NAMES)}", "Machine", "America/Chicago").id
        self.actor = system_actor(organization_id)
        with tenant_scope(organization_id):
            self.world = World(seed=0)
            self.world.fill(6)
            db.session.commit()
            self.kinds = {kind: [] for kind in ("appointment", "invoice", "payment", "claim", "other", "feedback")}
            self.clinics = [clinic.id for clinic in self.world.clinics]

    def _write(self, change) -> None:
        with tenant_scope(self.actor.organization_id):
            change()
            db.session.commit()

    def _pick(self, data, kind):
        model, row_id = data.draw(st.sampled_from(self.kinds[kind]))
        return db.session.get(model, (self.actor.organization_id, row_id))

    @rule(kind=st.sampled_from(["appointment", "appointment", "invoice", "payment", "claim", "other", "feedback"]))
    def insert(self, kind):
        def change():
            row = getattr(self.world, kind)()
            self.kinds[kind].append((type(row), row.id))

        self._write(change)

    @precondition(lambda self: self.kinds["appointment"])
    @rule(data=st.data(), days=st.integers(-9, 9))
    def move_day(self, data, days):
        def change():
            row = self._pick(data, "appointment")
            row.local_day += timedelta(days=days)
            row.local_hour = (row.local_hour + days) % 24

        self._write(change)

    @precondition(lambda self: self.kinds["appointment"])
    @rule(data=st.data())
    def move_place_and_patient(self, data):
        def change():
            row = self._pick(data, "appointment")
            for name, value in (self.world.place() | self.world.person()).items():
                setattr(row, name, value)

        self._write(change)

    @precondition(lambda self: self.kinds["appointment"])
    @rule(data=st.data(), status=st.sampled_from(["completed", "cancelled", "no_show", "booked"]))
    def change_status(self, data, status):
        def change():
            row = self._pick(data, "appointment")
            row.status, row.wait_minutes = status, self.world.number(0, 60)

        self._write(change)

    @precondition(lambda self: self.kinds["invoice"])
    @rule(data=st.data(), days=st.integers(0, 12))
    def pay_and_move_the_due_day(self, data, days):
        def change():
            row = self._pick(data, "invoice")
            row.paid, row.balance, row.due_day = row.total, 0, row.issue_day + timedelta(days=days)

        self._write(change)

    @precondition(lambda self: self.kinds["claim"])
    @rule(data=st.data())
    def decide(self, data):
        def change():
            row = self._pick(data, "claim")
            row.status, row.decided_day = "denied", row.submitted_day + timedelta(days=self.world.number(0, 9))

        self._write(change)

    @precondition(lambda self: any(self.kinds.values()))
    @rule(data=st.data())
    def delete(self, data):
        kind = data.draw(st.sampled_from([kind for kind, rows in self.kinds.items() if rows]))

        def change():
            row = self._pick(data, kind)
            self.kinds[kind].remove((type(row), row.id))
            db.session.delete(row)

        self._write(change)

    @rule(days=st.integers(-5, 5))
    def move_all_of_a_clinic_in_bulk(self, days):
        """As an importer does: past the ORM, naming old and new places."""

        def change():
            table = Appointment.__table__
            mine = (table.c.organization_id == self.actor.organization_id) & (table.c.clinic_id == self.clinics[0])
            columns = (table.c.clinic_id, table.c.local_day, table.c.patient_id)
            before = db.session.execute(select(*columns).where(mine)).mappings().all()
            after = [dict(row) | {"local_day": row["local_day"] + timedelta(days=days)} for row in before]
            db.session.execute(table.update().where(mine).values(local_day=table.c.local_day + days))
            mark_rows(db.session(), self.actor.organization_id, "appointments", [*before, *after])

        self._write(change)

    @rule()
    def roll_back(self):
        with tenant_scope(self.actor.organization_id):
            self.world.appointment()
            db.session.flush()
            db.session.rollback()

    @invariant()
    def the_rollup_says_what_the_records_say(self):
        refresh(self.actor.organization_id)
        queries = [Query(tuple(METRICS), MONTH, by=by) for by in ((), ("clinic", "practitioner"))]
        here = {"clinic": (self.clinics[0],)}
        queries.append(Query(tuple(METRICS), MONTH, step=Span.WEEK, filters=here))
        queries += [Query(METRICS_BY[name], MONTH, by=(name,), filters=here) for name in METRICS_BY]
        rolled, recorded = run_all(queries, self.actor), run_all(queries, self.actor, records=True)
        for ours, theirs in zip(rolled, recorded, strict=True):
            assert ours.rows == theirs.rows
            assert ours.total == theirs.total
        assert rolled[0].figure("patients.seen").value == self._patients()

    def _patients(self) -> int:
        """Distinct patients straight from the appointments, which the catalogue reads through visit days."""
        with tenant_scope(self.actor.organization_id):
            during = Appointment.local_day.between(MONTH.start, FIRST + timedelta(days=60))
            return db.session.scalar(select(func.count(Appointment.patient_id.distinct())).where(is_visit, during))


@pytest.mark.usefixtures("session")
def test_rollups_follow_every_change_of_the_records():
    run_state_machine_as_test(
        Records,
        settings=settings(
            max_examples=4,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
