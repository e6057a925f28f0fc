"""The records of one clinic as known at an instant: what happened becomes rows, what is still to come does not."""

from collections.abc import Iterator
from random import Random

from app.demo.bookings import Booking
from app.demo.calendar import DAY, iso, iso_day, midnight
from app.demo.clinic import History
from app.demo.collection import Collection, drawn, failure
from app.demo.feedback import complaint, incident, survey
from app.demo.illnesses import SUMMARIES
from app.demo.money import Bill, Cashier
from app.demo.records import (
    Adjudication,
    Appointment,
    Claim,
    Complaint,
    Encounter,
    Incident,
    Invoice,
    InvoiceLine,
    Payment,
    Record,
    ResourceUse,
    StatusChange,
    SurveyAnswer,
    Task,
    flag,
    money,
)
from app.demo.states import State, state_at, steps
from app.demo.tasks import Todo, tasks_of

STEPS_KEPT = 28  # days for which the history of each appointment's status is written
_REASONS = {"CARD": "I25.1", "GP": "Z00.0", "PED": "Z00.1", "PHYS": "M54.5", "DERM": "L30.9"}


class Ledger:
    """Turns a clinic's history into records up to `history.now`."""

    def __init__(self, history: History, rng: Random) -> None:
        self.history, self.rng, self.now = history, rng, history.now
        self.plan, self.marks, self.zone = history.plan, history.marks, history.plan.zone
        self.today = history.marks.last
        self.collection = Collection(self.today, self.zone)
        self.cashier = Cashier(history.organization, self.zone, self.today, rng)

    def records(self, old: bool) -> Iterator[Record]:
        """Everything about bookings and visits before the new practice system (`old`) or since, oldest first."""
        for booking in self.history.bookings:
            if (booking.day < self.marks.system) != old:
                continue
            bill = self.cashier.bill(booking) if booking.finished is not None else None
            state = state_at(booking, self.now)
            if state is None:
                continue
            row = appointment(booking, state)
            yield row._replace(note=None) if old else row
            if booking.day >= self.today - STEPS_KEPT:
                yield from self._steps(booking)
            if booking.day >= self.marks.system and state.started is not None:
                yield encounter(booking, state, self.now)
                if booking.room:
                    yield self._room_use(booking, state)
            if state.finished is not None and bill is not None and not booking.test:
                yield from self._after(booking, bill)
        if not old:
            yield from self._device_uses()

    def _steps(self, booking: Booking) -> Iterator[StatusChange]:
        for number, (status, at) in enumerate(steps(booking, self.now)):
            yield StatusChange(f"{booking.id}-S{number + 1}", booking.id, status, iso(at))

    def _room_use(self, booking: Booking, state: State) -> ResourceUse:
        assert state.started is not None
        return ResourceUse(
            f"{booking.id}-R",
            self.plan.key,
            booking.room,
            None,
            booking.id,
            iso(state.started or booking.start),
            iso(state.finished),
        )

    def _device_uses(self) -> Iterator[ResourceUse]:
        since = midnight(self.marks.system, self.zone)
        for number, use in enumerate(self.history.uses):
            if since <= use.start <= self.now:
                end = iso(use.end) if use.end <= self.now else None
                yield ResourceUse(
                    f"{self.plan.key}-U{number + 1:06d}", self.plan.key, None, use.device, use.booking.id,
                    iso(use.start), end,
                )  # fmt: skip

    def _after(self, booking: Booking, bill: Bill) -> Iterator[Record]:
        """What a finished visit brings about: money, surveys, complaints, incidents, tasks."""
        yield from self.bill(booking, bill)
        yield from self._feedback(booking)
        for number, todo in enumerate(tasks_of(booking, self.zone, self.rng)):
            yield self._task(booking, number, todo)

    def bill(self, booking: Booking, bill: Bill) -> Iterator[Record]:
        """A bill's invoice and what follows it by now; lines and decisions since the new practice system.

        Before its day of issue an invoice is a draft, dated today.
        """
        drafted = bill.issue > self.today
        known = [(n, receipt) for n, receipt in enumerate(bill.receipts) if receipt.at <= self.now and not drafted]
        paid = sum(receipt.amount for _, receipt in known if receipt.status != "failed")
        places = places_of(booking)
        number = f"{booking.id.replace('-A', '-I')}"
        adjusted = bill.adjusted(self.today)
        balance = bill.total - adjusted - paid
        seen = f"{booking.id}-E" if booking.day >= self.marks.system else None
        status = "draft" if drafted else "paid" if balance <= 0 else "issued"
        if not bill.receipts and not bill.decisions and drawn(number, 4) == 0 and not drafted:
            status = "cancelled"
        issue = iso_day(min(bill.issue, self.today))
        yield Invoice(
            number, *places, booking.id, seen, number, status, iso_day(booking.day), issue, iso_day(bill.due),
            money(bill.total), money(bill.discount), "0.00", money(adjusted), money(paid), money(balance),
            flag(bill.automatic), None if drafted else issue, None if drafted else flag(drawn(number, 14) > 0),
        )  # fmt: skip
        if seen:
            for position, line in enumerate(bill.lines, 1):
                price = money(line.price)
                yield InvoiceLine(f"{number}-{position}", number, position, line.code, line.name, "1.00", price, price)
        if drafted:
            return
        yield from self._claim(booking, bill, number, seen)
        for n, receipt in known:
            yield Payment(
                f"{number}-P{n + 1}", *places, number, receipt.status, receipt.method, iso(receipt.at),
                money(receipt.amount), failure(receipt, f"{number}-P{n + 1}"),
            )  # fmt: skip
        if status != "cancelled":
            yield from self.collection.after(booking, bill, number, places)

    def _claim(self, booking: Booking, bill: Bill, number: str, seen: str | None) -> Iterator[Record]:
        if bill.payer is None or bill.submitted is None or bill.submitted > self.today:
            return
        decisions = [decision for decision in bill.decisions if decision.day <= self.today]
        first, latest = (decisions[0], decisions[-1]) if decisions else (None, None)
        final = latest if len(decisions) == len(bill.decisions) else None
        yield Claim(
            f"{number}-C", *places_of(booking), number, seen, bill.payer.name,
            latest.outcome if latest else "pending", iso_day(bill.submitted), money(bill.total), flag(bill.clean),
            iso_day(first.day) if first else None, iso_day(final.day) if final else None,
            first.outcome if first else None, money(latest.paid) if latest else None,
            money(latest.denied) if latest else None, money(latest.adjusted) if latest else None,
            latest.code if latest else None,
        )  # fmt: skip
        for sequence, decision in enumerate(decisions if seen else (), 1):
            yield Adjudication(
                f"{number}-C-{sequence}", f"{number}-C", sequence, iso_day(decision.day), decision.outcome,
                money(decision.allowed), money(decision.paid), money(decision.adjusted), money(decision.denied),
                decision.code,
            )  # fmt: skip

    def _feedback(self, booking: Booking) -> Iterator[Record]:
        places = places_of(booking)
        answer = survey(booking, self.rng)
        if answer:
            known = answer.answered is not None and answer.answered <= self.now
            yield SurveyAnswer(
                f"{booking.id}-Q", *places, booking.id, iso_day(answer.asked), iso(answer.answered) if known else None,
                answer.satisfaction if known else None, answer.recommend if known else None, None,
            )  # fmt: skip
        said = complaint(booking, self.rng)
        if said and said.received <= self.today:
            closed = iso_day(said.closed) if said.closed <= self.today else None
            yield Complaint(f"{booking.id}-K", *places, iso_day(said.received), closed, said.category, said.text)
        happened = incident(self.rng)
        if happened:
            yield Incident(f"{booking.id}-N", places[0], places[1], iso_day(booking.day), *happened)

    def _task(self, booking: Booking, number: int, todo: Todo) -> Task:
        done = todo.done if todo.done is not None and todo.done <= self.now else None
        tried = [at for at in todo.contacts if at <= self.now]
        return Task(
            f"{booking.id}-T{number + 1}", *places_of(booking), None, todo.kind, todo.priority, todo.title,
            iso_day(todo.created), iso_day(todo.due), iso(done), len(tried), iso(tried[-1]) if tried else None,
            todo.outcome if tried else None,
        )  # fmt: skip


def places_of(booking: Booking) -> tuple[str, str, str, str]:
    """Clinic, department, practitioner and patient of a booking."""
    doctor = booking.doctor
    return doctor.department_id.partition("-")[0], doctor.department_id, doctor.id, booking.patient.id


def appointment(booking: Booking, state: State) -> Appointment:
    """A booking's record in a state."""
    cancelled = state.cancelled is not None
    kind = "NEW" if booking.new else "RET"
    return Appointment(
        booking.id, *places_of(booking), f"{booking.doctor.specialty.key}-{kind}",
        booking.room if state.started is not None else None, state.status, iso(booking.start),
        iso(booking.start + booking.minutes), iso(booking.booked), iso(state.arrived), iso(state.started),
        iso(state.finished), iso(state.cancelled), booking.cancelled_by if cancelled else None,
        booking.reason if cancelled else None, flag(cancelled and booking.rescheduled), booking.channel,
        flag(booking.new), flag(booking.test), _reason(booking),
    )  # fmt: skip


def encounter(booking: Booking, state: State, now: int) -> Encounter:
    """The encounter of a visit that has begun; most notes are signed within a day."""
    assert state.started is not None
    signed = None
    if state.finished is not None:
        spread = _scatter(booking)
        signed = state.finished + (spread % 240 if spread % 20 else DAY * (2 + spread % 7))
        signed = signed if signed <= now and spread % 53 else None
    return Encounter(
        f"{booking.id}-E", *places_of(booking), booking.id, "finished" if state.finished is not None else "in_progress",
        "AMB", _REASONS[booking.doctor.specialty.key], iso(state.arrived), iso(state.started or booking.start),
        iso(state.finished), iso(signed), *(_afterwards(booking) if signed else (None, None)),
    )  # fmt: skip


def _reason(booking: Booking) -> str | None:
    """What a return visit is about, for the doctor."""
    reasons = booking.doctor.specialty.follow_ups
    return None if booking.new else reasons[booking.start // 5 % len(reasons)]


def _afterwards(booking: Booking) -> tuple[str, str]:
    """Summary and actions that the patient takes home, one a line."""
    known = SUMMARIES[booking.doctor.specialty.key]
    summary, actions = known[_scatter(booking) % len(known)]
    return summary, "\n".join(actions)


def _scatter(booking: Booking) -> int:
    """A number that looks random and depends on the visit alone, so that replaying a day gives the same note."""
    return (booking.start * 2654435761 + (booking.finished or 0) * 40503) % 1000003
