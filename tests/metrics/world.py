"""A small world with something in every table, drawn at random from a seed: what any metric may meet."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from app.core.ids import new_id
from app.extensions import db
from app.models import (
    AccessSample,
    Appointment,
    Availability,
    Chargeback,
    Claim,
    Clinic,
    Complaint,
    CreditAccount,
    CreditEntry,
    Department,
    Dispense,
    Encounter,
    Equipment,
    Expense,
    Goal,
    Incident,
    Invoice,
    InvoiceReminder,
    Message,
    Observation,
    Patient,
    Payment,
    PaymentPlan,
    PlanInstalment,
    Practitioner,
    ResourceUse,
    Result,
    Room,
    Shift,
    SurveyAnswer,
    Task,
)
from app.models.appointments import STATUSES
from app.models.collection import PATIENCE
from app.models.invoices import METHODS

ZONE = ZoneInfo("America/Chicago")
FIRST = date(2026, 5, 25)
DAYS = 28
HOURS = {str(day): [["08:00", "12:00"], ["13:00", "17:00"]] for day in range(5)}


class World:
    """Places and people, and a maker of records on days among them. The scope must be open."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.clinics = [self.add(Clinic(name=name, zone=str(ZONE), opening_hours=HOURS)) for name in ("A", "B")]
        self.departments = [self.add(Department(clinic_id=self.clinics[i % 2].id, name=f"D{i}")) for i in range(3)]
        self.doctors = [self.add(Practitioner(name=f"P{i}", prefix="Dr.")) for i in range(3)]
        self.patients = [self.add(Patient()) for _ in range(12)]
        db.session.flush()
        self.rooms = [self.add(Room(clinic_id=self.clinics[i % 2].id, name=f"R{i}")) for i in range(4)]
        self.devices = [
            self.add(Equipment(clinic_id=self.clinics[i % 2].id, name=f"E{i}", kind=f"kind{i}", minutes_a_day=480))
            for i in range(2)
        ]
        db.session.flush()

    def add(self, row):
        """Stores a row under a new id."""
        row.id = new_id()
        db.session.add(row)
        return row

    def some(self, *choices):
        """One of the choices."""
        return self.random.choice(choices)

    def number(self, low: int, high: int) -> int:
        """A whole number between two others, both possible."""
        return self.random.randint(low, high)

    def day(self) -> date:
        """A day of the world."""
        return FIRST + timedelta(days=self.number(0, DAYS - 1))

    def instant(self, day: date) -> datetime:
        """A time of a working day."""
        return datetime.combine(day, time(self.number(8, 16), self.some(0, 15, 30, 45)), ZONE)

    def place(self) -> dict:
        """Clinic, department and doctor, each of them sometimes not named."""
        return {
            "clinic_id": self.some(*self.clinics, None) and self.some(*self.clinics).id,
            "department_id": self.some(None, *(one.id for one in self.departments)),
            "practitioner_id": self.some(None, *(one.id for one in self.doctors)),
        }

    def person(self) -> dict:
        """A patient, or none."""
        return {"patient_id": self.some(None, *(one.id for one in self.patients))}

    def money(self) -> Decimal:
        """An amount with cents."""
        return Decimal(self.number(100, 30000)) / 100

    def appointment(self) -> Appointment:
        """A booking in any state, its stamps there or not."""
        day, status = self.day(), self.some(*STATUSES, "completed", "completed")
        start = self.instant(day)
        row = Appointment(**self.place(), **self.person(), status=status, starts_at=start, local_day=day)
        row.local_hour, row.minutes = start.hour, self.some(15, 30, None)
        row.is_test, row.channel = self.number(1, 12) == 1, self.some("online", "phone", None)
        row.is_new_patient, row.lead_days = self.some(True, False, None), self.some(None, self.number(0, 60))
        if status == "cancelled":
            row.cancelled_by, row.rescheduled = self.some("patient", "clinic", None), self.some(True, False, False)
            row.cancelled_notice_hours = self.some(None, 2, 24, 90)
        if status in ("arrived", "started", "completed"):
            row.wait_minutes, row.start_delay_minutes = self.some(None, self.number(0, 70)), self.some(-5, 10, 20, None)
            row.cycle_minutes, row.visit_minutes = self.some(None, self.number(10, 90)), self.some(None, 15, 25)
        return self.add(row)

    def invoice(self) -> Invoice:
        """An invoice in any state, paid, open, or paid too much."""
        day, total, paid = self.day(), self.money(), self.some(Decimal(0), self.money())
        row = Invoice(**self.place(), **self.person(), status=self.some("draft", "issued", "paid", "cancelled"))
        row.service_day, row.issue_day, row.due_day = (
            self.some(day, None),
            day,
            day + timedelta(days=self.number(5, 20)),
        )
        row.total, row.paid, row.adjusted, row.balance = total, paid, Decimal(5), total - paid - 5
        row.automatic, row.sent_automatically = self.some(True, False, None), self.some(True, False, None)
        return self.add(row)

    def payment(self) -> Payment:
        """A payment that came, went back or failed."""
        day = self.day()
        row = Payment(**self.place(), **self.person(), status=self.some("settled", "refunded", "failed"))
        row.method, row.amount, row.local_day, row.paid_at = self.some(*METHODS), self.money(), day, self.instant(day)
        row.invoiced_day = self.some(None, day - timedelta(days=9), day + timedelta(days=1))
        if row.status == "refunded":
            row.amount = -row.amount
        return self.add(row)

    def claim(self) -> Claim:
        """A claim in any state."""
        day, status = self.day(), self.some("pending", "paid", "partial", "denied", "cancelled")
        row = Claim(**self.place(), **self.person(), status=status, submitted_day=day, amount=self.money())
        row.clean = self.some(True, False, None)
        if self.some(True, False):
            row.decided_day = day + timedelta(days=self.number(0, 9))
            row.first_outcome, row.paid, row.denied = self.some("paid", "denied"), self.money(), self.money()
        return self.add(row)

    def other(self) -> object:
        """A record of one of the smaller kinds."""
        day = self.day()
        start, place = self.instant(day), self.place()
        clinic_id = self.some(*self.clinics).id
        makers = (
            lambda: Availability(
                **place, kind=self.some("open", "blocked"), starts_at=start, ends_at=start, minutes=60
            ),
            lambda: AccessSample(**place, days=self.number(0, 20), sampled_at=start),
            lambda: Shift(
                **place, person="x", role=self.some("doctor", "nurse", "support"), starts_at=start, ends_at=start,
                minutes=480, absent=self.some(True, False, False),
            ),
            lambda: ResourceUse(clinic_id=clinic_id, room_id=self.some(*self.rooms).id, starts_at=start, minutes=25),
            lambda: ResourceUse(
                clinic_id=clinic_id, equipment_id=self.some(*self.devices).id, starts_at=start, minutes=9
            ),
            lambda: Encounter(
                **place, **self.person(), status=self.some("finished", "planned"), starts_at=start,
                signed_at=self.some(None, start + timedelta(hours=self.number(1, 120))),
            ),
        )  # fmt: skip
        row = self.some(*makers)()
        row.local_day = day
        return self.add(row)

    def feedback(self) -> object:
        """What patients and staff report, and tasks."""
        day, place = self.day(), self.place()
        score, recommend = self.some(None, 1, 4, 5), self.some(None, 0, 6, 7, 9, 10)
        closed = self.some(None, day + timedelta(days=3))
        done = self.some(None, day, day + timedelta(days=4))
        where = {name: place[name] for name in ("clinic_id", "department_id")}
        makers = (
            lambda: SurveyAnswer(**place, asked_day=day, satisfaction=score, recommend=recommend),
            lambda: Complaint(**place, received_day=day, closed_day=closed, category="wait"),
            lambda: Incident(**where, day=day, severity=self.some("near_miss", "severe"), category="fall"),
            lambda: InvoiceReminder(
                **place, channel="email", sent_day=day - PATIENCE, judged_day=day,
                answered_day=self.some(None, day, day + timedelta(days=1)), automatic=self.some(True, None),
            ),
            lambda: Chargeback(**place, status=self.some("open", "lost"), reason="fraud", day=day, amount=self.money()),
            lambda: PaymentPlan(
                clinic_id=place["clinic_id"], status=self.some("active", "completed", "defaulted", "cancelled"),
                started_day=day, total=self.money(),
            ),
            lambda: PlanInstalment(
                clinic_id=place["clinic_id"], position=1, due_day=day, amount=self.money(),
                paid_day=self.some(None, day, day + timedelta(days=2)),
            ),
            lambda: CreditAccount(
                clinic_id=place["clinic_id"], status=self.some("open", "closed"), opened_day=day
            ),
            lambda: CreditEntry(
                clinic_id=place["clinic_id"], kind=self.some("credited", "used", "returned"), day=day,
                amount=self.money(),
            ),
            lambda: Expense(**where, day=day, category="rent", amount=self.money()),
            lambda: Task(
                **place, kind=self.some("follow_up", "lab_review"), created_day=day, due_day=day, done_day=done
            ),
        )  # fmt: skip
        return self.add(self.some(*makers)())

    def care(self) -> object:
        """Clinical records."""
        day, place = self.day(), self.place()
        start = self.instant(day)
        del place["department_id"]
        pressure = {"systolic": self.number(110, 170), "diastolic": self.number(60, 100)}
        waited = self.some(None, self.number(5, 3000))
        refilled = self.some(None, day + timedelta(days=self.number(-3, 20)))
        makers = (
            lambda: Observation(
                **place, **pressure, kind="blood_pressure", status="final", observed_at=start, local_day=day,
                hypertensive=self.some(True, False),
            ),
            lambda: Result(
                **place, status="final", kind="laboratory", issued_at=start, local_day=day, turnaround_minutes=waited,
                review=self.some(None, "pending", "reviewed"), review_minutes=waited,
                abnormal=self.some(None, True, False),
            ),
            lambda: Dispense(
                **place, status="completed", local_day=day, runs_out=day, next_day=refilled, expected=True,
                interval_days=refilled and 30, covered_days=refilled and self.number(20, 30),
            ),
            lambda: Message(
                **place, sender=self.some("patient", "practice"), sent_at=start, local_day=day, answer_minutes=waited,
                answered_at=waited and start + timedelta(minutes=waited), read_at=self.some(None, start),
            ),
            lambda: Goal(
                **place, status="active", due_day=day, achievement=self.some(None, "achieved", "improving", "worsening")
            ),
        )  # fmt: skip
        return self.add(self.some(*makers)())

    def fill(self, count: int) -> None:
        """Draws `count` records of each group and stores them."""
        for _ in range(count):
            for make in (self.appointment, self.appointment, self.invoice, self.payment, self.claim):
                make()
            self.other()
            self.feedback()
        for _ in range(count):
            self.care()
        db.session.flush()
