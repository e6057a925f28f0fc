"""What still happens after the demo was made: each change of a clinic's day as the FHIR resources that tell of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from app.demo import fhir, records
from app.demo.blueprint import OrganizationPlan
from app.demo.bookings import Booking
from app.demo.calendar import iso, iso_day
from app.demo.clinic import History, live
from app.demo.ledger import appointment, encounter, places_of
from app.demo.money import Bill, Cashier
from app.demo.places import patient_record
from app.demo.records import money
from app.demo.states import state_at, steps


@dataclass(frozen=True)
class Change:
    """Something that happens in a clinic at a UTC minute, with the resources to send, targets first."""

    at: int
    clinic: str
    what: str
    resources: tuple[fhir.Resource, ...]


class Days:
    """The days that the simulation has laid out beyond the instant at which the demo was made."""

    def __init__(
        self, organization: OrganizationPlan, seed: int, made: datetime, clinics: tuple[str, ...] = ()
    ) -> None:
        self.organization, self.seed = organization, seed
        self.histories = [
            live(organization, number, seed, made)
            for number, clinic in enumerate(organization.clinics)
            if not clinics or clinic.key in clinics
        ]

    def changes(self, since: int, until: int) -> list[Change]:
        """Everything that happens after `since` up to `until` (UTC minutes), oldest first."""
        found = [change for history in self.histories for change in self._of_clinic(history, since, until)]
        found.sort(key=lambda change: (change.at, change.clinic))
        return found

    def _of_clinic(self, history: History, since: int, until: int) -> Iterator[Change]:
        name = history.plan.name
        for booking in history.bookings:
            if booking.booked > until:
                continue
            for status, at in steps(booking, until):
                if at > since and status != "unknown":
                    yield Change(at, name, status, tuple(self._resources(history, booking, at)))
            if booking.finished is not None and not booking.test and history.now < booking.finished <= until:
                bill = self._bill(history, booking)
                for number, receipt in enumerate(bill.receipts, 1):
                    told = max(receipt.at, booking.finished)  # the invoice is sent when the visit is over
                    if since < told <= until and receipt.status != "failed":
                        paid = _payment(booking, number, iso(receipt.at), receipt.method, receipt.amount)
                        yield Change(told, name, "paid", (paid,))

    def _resources(self, history: History, booking: Booking, at: int) -> Iterator[fhir.Resource]:
        state = state_at(booking, at)
        if state is None:
            return
        if booking.patient.registered > history.marks.last and state.status == "booked":
            rng = Random(f"{self.seed}/{booking.patient.id}")
            yield fhir.patient(patient_record(history, booking.patient, rng))
        yield fhir.appointment(appointment(booking, state))
        if state.started is not None:
            yield fhir.encounter(encounter(booking, state, at))
        if state.finished is not None and not booking.test:
            yield _invoice(booking, self._bill(history, booking))

    def _bill(self, history: History, booking: Booking) -> Bill:
        """The visit's bill, the same at each call; issued on the day, as the desk does for whoever has just been."""
        rng = Random(f"{self.seed}/{booking.id}")
        bill = Cashier(self.organization, history.plan.zone, history.marks.last, rng).bill(booking)
        bill.issue = booking.day
        return bill


def _invoice(booking: Booking, bill: Bill) -> fhir.Resource:
    clinic, department, doctor, patient = places_of(booking)
    number = booking.id.replace("-A", "-I")
    lines = [
        records.InvoiceLine("", number, place, line.code, line.name, "1.00", money(line.price), "")
        for place, line in enumerate(bill.lines, 1)
    ]
    row = records.Invoice(
        number, clinic, department, doctor, patient, booking.id, f"{booking.id}-E", number, "issued",
        iso_day(booking.day), iso_day(bill.issue), iso_day(bill.issue + 30), money(bill.total),
        money(bill.discount), "0.00", "0.00", "0.00", money(bill.total), "true",
        iso_day(bill.issue), "true",
    )  # fmt: skip
    return fhir.invoice(row, lines)


def _payment(booking: Booking, number: int, at: str, method: str, amount: int) -> fhir.Resource:
    invoice = booking.id.replace("-A", "-I")
    return fhir.payment(f"{invoice}-P{number}", invoice, at, method, money(amount))
