"""What a visit costs and how the money comes in: invoices, claims, decisions, payments. Amounts in cents."""

from dataclasses import dataclass, field
from math import log
from random import Random

from app.demo.blueprint import OrganizationPlan, Payer
from app.demo.bookings import Booking
from app.demo.calendar import DAY, local_day, midnight

DENIALS = ("CO-16", "CO-197", "CO-50", "CO-29", "CO-18")
_DENIAL_WEIGHTS = (34, 26, 18, 12, 10)


@dataclass(frozen=True)
class Line:
    """One service: code, name, price."""

    code: str
    name: str
    price: int


@dataclass(frozen=True)
class Decision:
    """An insurer's decision on a day."""

    day: int
    outcome: str
    allowed: int
    paid: int
    adjusted: int
    denied: int
    code: str | None


@dataclass(frozen=True)
class Receipt:
    """Money that came (or went back, or was tried in vain) at an instant."""

    at: int
    method: str
    status: str
    amount: int
    failure: str | None = None


@dataclass
class Bill:
    """All that becomes of one visit's money, whenever it happens."""

    lines: list[Line]
    discount: int
    issue: int
    due: int
    automatic: bool
    payer: Payer | None = None
    submitted: int | None = None
    clean: bool = True
    decisions: list[Decision] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    write_offs: list[tuple[int, int]] = field(default_factory=list)  # (day, amount)

    @property
    def total(self) -> int:
        """What was charged, after the discount."""
        return sum(line.price for line in self.lines) - self.discount

    def adjusted(self, day: int) -> int:
        """What had been written off by the end of a day."""
        decided = [decision for decision in self.decisions if decision.day <= day]
        return (decided[-1].adjusted if decided else 0) + sum(a for on, a in self.write_offs if on <= day)


class Cashier:
    """Bills the visits of one clinic."""

    def __init__(self, organization: OrganizationPlan, zone: str, last: int, rng: Random) -> None:
        self.level, self.zone, self.last, self.rng = organization.price_level, zone, last, rng

    def bill(self, booking: Booking) -> Bill:
        """The bill of a finished visit with everything that will ever follow from it."""
        rng, payer = self.rng, booking.patient.payer
        issue = booking.day + (0 if rng.random() < 0.82 else rng.randrange(1, 5))
        bill = Bill(self._lines(booking), 0, issue, issue + 30, rng.random() < 0.9, payer)
        if payer is None:
            if rng.random() < 0.16:
                bill.discount = round(bill.total * 0.1)
            self._by_patient(bill, bill.total, booking.left + 3, 0.62)
        else:
            self._by_insurer(bill, payer, booking)
        return bill

    def _lines(self, booking: Booking) -> list[Line]:
        special = booking.doctor.specialty
        raise_ = 1.0 if self.last - booking.day < 365 else 0.965 if self.last - booking.day < 730 else 0.94
        price = special.price_new if booking.new else special.price
        kind = "first visit" if booking.new else "visit"
        lines = [Line("99203" if booking.new else "99213", f"{special.name}, {kind}", self._price(price * raise_))]
        for number in booking.extras:
            extra = special.extras[number]
            lines.append(Line(extra.code, extra.name, self._price(extra.price * raise_)))
        return lines

    def _price(self, cents: float) -> int:
        return round(cents * self.level / 50) * 50

    def _by_insurer(self, bill: Bill, payer: Payer, booking: Booking) -> None:
        rng, total = self.rng, bill.total
        bill.submitted = bill.issue + rng.randrange(0, 4)
        bill.clean = rng.random() < (0.955 if bill.automatic else 0.86)
        copay = 0
        if rng.random() < 0.24:
            copay = min(total // 4, rng.choice((1500, 2000, 2500, 3000)))
            method = "card" if rng.random() < 0.78 else "cash"
            bill.receipts.append(Receipt(booking.left + 2 + int(rng.random() * 6), method, "settled", copay))
        allowed = max(copay, round(total * min(0.98, rng.gauss(payer.allows, 0.04)) / 50) * 50)
        share = round((allowed - copay) * rng.choice((0.1, 0.2, 0.35))) if rng.random() < 0.16 else 0
        recent = self.last - booking.day < 90
        chance = (payer.denies + payer.rising * recent) * (1 if bill.clean else 3.2)
        decided = bill.submitted + self._lag(payer.lag_days)
        if rng.random() < chance:
            self._denied(bill, payer, decided, allowed, share, copay)
        else:
            self._decide(bill, decided, "paid", allowed, share, copay)

    def _denied(self, bill: Bill, payer: Payer, decided: int, allowed: int, share: int, copay: int) -> None:
        """A first denial, of all or of a part; half of them are won on appeal."""
        rng, total = self.rng, bill.total
        code = rng.choices(DENIALS, _DENIAL_WEIGHTS)[0]
        if rng.random() < 0.3:
            half = (allowed - copay) // 2
            bill.decisions.append(
                Decision(decided, "partial", half, half, total - allowed, allowed - copay - half, code)
            )
            self._remit(bill, decided, half)
        else:
            bill.decisions.append(Decision(decided, "denied", 0, 0, 0, total - copay, code))
        again = decided + 6 + self._lag(payer.lag_days)
        if rng.random() < 0.52:
            paid = sum(receipt.amount for receipt in bill.receipts if receipt.method == "insurance")
            self._decide(bill, again, "paid", allowed, share, copay, paid)
        elif rng.random() < 0.75:
            rest = total - bill.decisions[-1].adjusted - sum(receipt.amount for receipt in bill.receipts)
            bill.write_offs.append((again + rng.randrange(20, 60), rest))

    def _decide(
        self, bill: Bill, day: int, outcome: str, allowed: int, share: int, copay: int, before: int = 0
    ) -> None:
        """A decision that pays: the contract's reduction is written off, the patient owes `share`."""
        paid = allowed - copay - share
        bill.decisions.append(Decision(day, outcome, allowed, paid, bill.total - allowed, 0, None))
        self._remit(bill, day, paid - before)
        if share:
            self._by_patient(bill, share, midnight(day + 3, self.zone) + self.rng.randrange(540, 1020), 0.12)

    def _remit(self, bill: Bill, day: int, amount: int) -> None:
        if amount > 0:
            at = midnight(day + 1 + int(self.rng.random() * 4), self.zone) + self.rng.randrange(420, 720)
            bill.receipts.append(Receipt(at, "insurance", "settled", amount))

    def _by_patient(self, bill: Bill, amount: int, at: int, at_once: float) -> None:
        """The patient's part: at once, after some time, in halves, late or never."""
        rng = self.rng
        method = rng.choices(("card", "cash", "transfer"), (60, 14, 26))[0]
        if rng.random() >= at_once:
            if rng.random() < 0.075:
                self._give_up(bill, amount, at)
                return
            at += int(rng.lognormvariate(log(24), 0.8)) * DAY + rng.randrange(0, 300)
            method = "transfer" if method == "cash" else method
        if method == "card" and rng.random() < 0.03:
            bill.receipts.append(Receipt(at, "card", "failed", amount, rng.choice(("declined", "expired_card"))))
            at += DAY * rng.randrange(1, 6)
        if amount > 9000 and rng.random() < 0.06:
            first = amount // 2
            bill.receipts.append(Receipt(at, method, "settled", first))
            amount, at = amount - first, at + 30 * DAY
        bill.receipts.append(Receipt(at, method, "settled", amount))
        if rng.random() < 0.006:
            back = min(amount, rng.choice((1500, 2500, amount)))
            later = at + rng.randrange(3, 20) * DAY
            bill.receipts.append(Receipt(later, method, "refunded", -back))
            bill.write_offs.append((local_day(later, self.zone), back))

    def _give_up(self, bill: Bill, amount: int, at: int) -> None:
        """What nobody pays is written off after half a year at the earliest, often never."""
        if self.rng.random() < 0.82:
            bill.write_offs.append((local_day(at, self.zone) + self.rng.randrange(150, 260), amount))

    def _lag(self, median: float) -> int:
        return max(3, int(self.rng.lognormvariate(log(median), 0.42)))
