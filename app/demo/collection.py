"""What follows a simulated bill: reminders, payment plans, credit, chargebacks. Drawn from the visit alone.

Nothing here takes from the stream of random numbers, so that the bills are the same with and without it.
"""

from collections.abc import Iterator
from zlib import crc32

from app.demo.account_records import (
    Chargeback,
    CreditAccount,
    CreditEntry,
    InvoiceReminder,
    PaymentPlan,
    PlanInstalment,
)
from app.demo.bookings import Booking
from app.demo.calendar import iso_day, local_day
from app.demo.money import Bill, Receipt
from app.demo.records import Record, flag, money

Places = tuple[str, str, str, str]  # clinic, department, practitioner, patient

REMIND_AFTER = (4, 18, 40)  # days past the due date
_FAILURES = {"declined": ("declined", "insufficient_funds", "insufficient_funds", "invalid_address")}
_DISPUTES = ("fraud", "not_recognised", "service_not_received")
_DEFAULT_AFTER = 45  # days without the first instalment
_CHANNELS = ("email", "email", "text", "letter")


def drawn(name: str, of: int) -> int:
    """A number below `of` that depends on the name alone."""
    return crc32(name.encode()) % of


def failure(receipt: Receipt, number: str) -> str | None:
    """Why a payment failed, as the card's network says it."""
    reasons = _FAILURES.get(receipt.failure or "")
    return reasons[drawn(number, len(reasons))] if reasons else receipt.failure


class Collection:
    """Follows the bills of one clinic up to the end of `today`; keeps what each patient has in hand."""

    def __init__(self, today: int, zone: str) -> None:
        self.today, self.zone = today, zone
        self.credit: dict[str, int] = {}  # cents by patient, for those with an account

    def after(self, booking: Booking, bill: Bill, number: str, places: Places) -> Iterator[Record]:
        """Everything that has followed the invoice of that number by now."""
        yield from self._reminders(bill, number, places)
        yield from self._plan(bill, number, places)
        yield from self._chargebacks(bill, number, places)
        yield from self._credit(booking, number, places)

    def _day(self, receipt: Receipt) -> int:
        return local_day(receipt.at, self.zone)

    def _reminders(self, bill: Bill, number: str, places: Places) -> Iterator[InvoiceReminder]:
        """The patient is reminded while money is owed and no insurer has still to decide."""
        settled = [receipt for receipt in bill.receipts if receipt.status != "failed"]
        decided = max((decision.day for decision in bill.decisions), default=bill.issue)
        for step, after in enumerate(REMIND_AFTER):
            day = max(bill.due, decided + 14) + after
            paid = sum(receipt.amount for receipt in settled if self._day(receipt) <= day)
            if day > self.today or bill.total - bill.adjusted(day) - paid <= 0:
                return
            channel = _CHANNELS[drawn(f"{number}{step}", len(_CHANNELS))]
            yield InvoiceReminder(
                f"{number}-M{step + 1}", *places, number, channel, iso_day(day), flag(channel != "letter")
            )

    def _plan(self, bill: Bill, number: str, places: Places) -> Iterator[PaymentPlan | PlanInstalment]:
        """A patient who pays in parts has agreed so; some who pay nothing had agreed as well."""
        parts = [one for one in bill.receipts if one.method != "insurance" and one.status == "settled"]
        if len(parts) > 1 and self._day(parts[0]) <= self.today:
            first = self._day(parts[0])
            agreed = [(first + 30 * step + drawn(number, 9) - 1, part) for step, part in enumerate(parts)]
            yield from self._agreed(number, places, first - 2, [(due, p.amount, self._day(p)) for due, p in agreed])
        elif not parts and bill.payer is None and drawn(number, 3) == 0 and bill.due <= self.today:
            third = bill.total // 3
            amounts = (third, third, bill.total - 2 * third)
            due: list[tuple[int, int, int | None]] = [
                (bill.due + 30 * step, amount, None) for step, amount in enumerate(amounts)
            ]
            yield from self._agreed(number, places, bill.due - 5, due)

    def _agreed(
        self, number: str, places: Places, started: int, parts: list[tuple[int, int, int | None]]
    ) -> Iterator[PaymentPlan | PlanInstalment]:
        """`parts`: due day, amount, day of payment."""
        known = [
            (due, amount, paid if paid is not None and paid <= self.today else None) for due, amount, paid in parts
        ]
        status, ended = "active", None
        if all(paid is not None for _, _, paid in known):
            status, ended = "completed", max(paid for _, _, paid in known if paid is not None)
        elif all(paid is None for _, _, paid in known) and known[0][0] + _DEFAULT_AFTER <= self.today:
            status, ended = "defaulted", known[0][0] + _DEFAULT_AFTER
        clinic, patient, name = places[0], places[3], f"{number}-L"
        yield PaymentPlan(
            name, clinic, patient, number, status, iso_day(started), None if ended is None else iso_day(ended),
            money(sum(amount for _, amount, _ in known)),
        )  # fmt: skip
        for position, (due, amount, paid) in enumerate(known, 1):
            on = None if paid is None else iso_day(paid)
            yield PlanInstalment(f"{name}{position}", clinic, name, position, iso_day(due), money(amount), on)

    def _chargebacks(self, bill: Bill, number: str, places: Places) -> Iterator[Chargeback]:
        for place, receipt in enumerate(bill.receipts, 1):
            name = f"{number}-P{place}"
            day = self._day(receipt) + 12 + drawn(name, 25)
            if receipt.method == "card" and receipt.status == "settled" and drawn(name, 240) == 0 and day <= self.today:
                status = "open" if self.today - day < 40 else ("won", "lost", "lost")[drawn(name + "s", 3)]
                reason = _DISPUTES[drawn(name + "r", len(_DISPUTES))]
                yield Chargeback(f"{name}-B", *places, name, status, reason, iso_day(day), money(receipt.amount))

    def _credit(self, booking: Booking, number: str, places: Places) -> Iterator[CreditAccount | CreditEntry]:
        """One visit in seventy leaves money in hand; later visits of the patient use it up."""
        clinic, patient = places[0], places[3]
        account, day = f"{patient}-A-{clinic}", iso_day(booking.day)
        held = self.credit.get(patient, 0)
        if drawn(number, 70) == 0:
            if patient not in self.credit:
                yield CreditAccount(account, clinic, patient, "open", day)
            amount = 1000 + 500 * drawn(number + "c", 30)
            self.credit[patient] = held + amount
            yield CreditEntry(f"{number}-CR", clinic, account, "credited", day, money(amount))
        elif held and drawn(number, 2) == 0:
            amount = min(held, 4000)
            self.credit[patient] = held - amount
            yield CreditEntry(f"{number}-CU", clinic, account, "used", day, money(amount))
