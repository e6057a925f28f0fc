"""Claim, ClaimResponse, ExplanationOfBenefit."""

from datetime import date
from decimal import Decimal

from app.ingest.mapping.fhir.elements import (
    Extensions,
    Resource,
    code,
    codes,
    day,
    decimal,
    money,
    objects,
    one,
    positive_int,
    text,
    written_day,
)
from app.ingest.mapping.fhir.references import name, target
from app.ingest.mapping.rows import Mapped, Name, Row
from app.ingest.reject import Reject, Unused

_ERROR = "entered-in-error"
_STATUS = frozenset({"active", "cancelled", "draft", _ERROR})
_OUTCOMES = frozenset({"queued", "complete", "error", "partial"})
_NOT_DENIED = frozenset({"0", "A"})  # CMS: reduced by nothing, allowed
_SUBMITTED = ("submitted", "drugcost")
_PAID = ("paidtoprovider", "benefit")
_ALLOWED = ("allowed", "eligible")
_ADJUSTED = ("contractual", "discount")
_DENIED = ("noncovered", "denied")


def claim(resource: Resource, own_id: str) -> Mapped:
    """A claim that asks for payment; requests for a permission beforehand are none."""
    path = "Claim"
    own = name("claims", path, own_id)
    status = _status(resource, path)
    if status == _ERROR:
        return Mapped(path, own, remove=True)
    submitted = _submitted(resource, path)
    amount = money(resource, "total", path)
    if amount is None:
        amount = _sum_of_items(resource, path)
    return Mapped(path, own, [_claim_row(resource, path, own, status, submitted, amount)])


def _status(resource: Resource, path: str) -> str:
    status = code(resource, "status", path, _STATUS)
    if status is None:
        raise Reject(f"{path}.status", "required", "it needs a status")
    if status == "draft" or code(resource, "use", path) in ("preauthorization", "predetermination"):
        raise Unused
    return status


def _submitted(resource: Resource, path: str) -> date:
    """The day of creation; where the claim is known only from its payer, the end of the time it bills for."""
    span = one(resource, "billablePeriod", path)
    billed = written_day(span, "end", f"{path}.billablePeriod") or written_day(span, "start", f"{path}.billablePeriod")
    found = billed if path == "ExplanationOfBenefit" and billed else written_day(resource, "created", path)
    if found is None:
        raise Reject(f"{path}.created", "required", "a claim needs the day of its creation")
    return found


def _sum_of_items(resource: Resource, path: str) -> Decimal:
    amounts = []
    for index, item in enumerate(objects(resource, "item", path)):
        inner = f"{path}.item[{index}]"
        price = money(item, "unitPrice", inner)
        quantity = decimal(one(item, "quantity", inner), "value", f"{inner}.quantity") or Decimal(1)
        amounts.append(money(item, "net", inner) or (price * quantity if price is not None else None))
    known = [amount for amount in amounts if amount is not None]
    if not known:
        raise Reject(f"{path}.total", "required", "a claim needs its total, or items with amounts")
    return sum(known, Decimal(0)).quantize(Decimal("0.01"))


def _claim_row(resource: Resource, path: str, own: Name, status: str, submitted: date, amount: Decimal) -> Row:
    values = {
        "payer": _payer(resource, path),
        "status": "cancelled" if status == "cancelled" else "pending",
        "submitted_day": submitted,
        "amount": amount,
    }
    found = target(resource, resource, "patient", path, "patients")
    found |= target(resource, resource, "provider", path, "practitioners", "clinics", "departments")
    found |= target(resource, resource, "facility", path, "clinics")
    for member in objects(resource, "careTeam", path):
        if "practitioners" not in found:
            found |= target(resource, member, "provider", f"{path}.careTeam", "practitioners")
    for item in objects(resource, "item", path):
        for seen in objects(item, "encounter", f"{path}.item"):
            if "encounters" not in found:
                found |= target(resource, {"encounter": seen}, "encounter", f"{path}.item", "encounters")
    element, inner = Extensions(resource, path)("invoice")
    found |= target(resource, element, "valueReference", inner, "invoices")
    return Row(own, values, {f"{table[:-1]}_id": names for table, names in found.items()})


def _payer(resource: Resource, path: str) -> str | None:
    if insurer := text(one(resource, "insurer", path), "display", f"{path}.insurer"):
        return insurer
    for insurance in objects(resource, "insurance", path):
        coverage = one(insurance, "coverage", f"{path}.insurance")
        if named := text(coverage, "display", f"{path}.insurance.coverage"):
            return named
    return None


def claim_response(resource: Resource, own_id: str) -> Mapped:
    """An insurer's decision on a claim."""
    path = "ClaimResponse"
    own = name("adjudications", path, own_id)
    if _status(resource, path) in (_ERROR, "cancelled"):
        return Mapped(path, own, remove=True)
    asked = target(resource, resource, "request", path, "claims")
    return Mapped(path, own, [_decision(resource, path, own, asked.get("claims", ()))])


def explanation_of_benefit(resource: Resource, own_id: str) -> Mapped:
    """A decision on the claim it names; one that names none brings the claim along."""
    path = "ExplanationOfBenefit"
    own = name("adjudications", path, own_id)
    itself = name("claims", path, own_id)
    status = _status(resource, path)
    if status in (_ERROR, "cancelled"):
        return Mapped(path, own, remove=True, gone=(itself,))
    named = target(resource, resource, "claim", path, "claims").get("claims", ())
    if named:
        return Mapped(path, own, [_decision(resource, path, own, named)], gone=(itself,))
    sums = _sums(resource, path)
    amount = _first(sums, _SUBMITTED)
    if amount is None:
        amount = _sum_of_items(resource, path)
    asked = _claim_row(resource, path, itself, status, _submitted(resource, path), amount)
    return Mapped(path, own, [_decision(resource, path, own, (itself,)), asked])


def _decision(resource: Resource, path: str, own: Name, asked: tuple[Name, ...]) -> Row:
    outcome = code(resource, "outcome", path, _OUTCOMES)
    if outcome is None:
        raise Reject(f"{path}.outcome", "required", "a decision needs its outcome")
    sums, payment = _sums(resource, path), one(resource, "payment", path)
    paid = money(payment, "amount", f"{path}.payment")
    if paid is None:
        paid = _first(sums, _PAID)
    decided = written_day(payment, "date", f"{path}.payment") or _processed(resource, path)
    decided = decided or written_day(resource, "created", path)
    if decided is None:
        raise Reject(f"{path}.created", "required", "a decision needs its day")
    denial = _denial_code(resource, path)
    values = {
        "sequence": _sequence(resource, path),
        "decided_day": decided,
        "outcome": _outcome(outcome, paid, denial),
        "allowed": _first(sums, _ALLOWED),
        "paid": paid,
        "adjusted": _first(sums, _ADJUSTED),
        "denied": _first(sums, _DENIED),
        "denial_code": denial,
    }
    return Row(own, values, {"claim_id": asked})


def _processed(resource: Resource, path: str) -> date | None:
    """CARIN Blue Button: when the payer took the claim up, among the supporting information."""
    inner = f"{path}.supportingInfo"
    for entry in objects(resource, "supportingInfo", path):
        if "timingDate" in entry and "clmrecvddate" in codes(entry, "category", inner):
            return day(entry, "timingDate", inner)
    return None


def _sequence(resource: Resource, path: str) -> int:
    element, inner = Extensions(resource, path)("sequence")
    return min(positive_int(element, "valueInteger", inner) or 1, 32767)


def _outcome(outcome: str, paid: Decimal | None, denial: str | None) -> str:
    """Denied means nothing paid for a stated reason; an approved claim that falls to the patient is paid, with 0."""
    if outcome == "queued":
        return "pending"
    if outcome == "error" or (denial and not paid):
        return "denied"
    return "partial" if outcome == "partial" or denial else "paid"


def _sums(resource: Resource, path: str) -> dict[str, Decimal]:
    """Amounts by category: the totals where they are given, else summed over items and the header."""
    totals: dict[str, Decimal] = {}
    for total in objects(resource, "total", path):
        _add(totals, total, f"{path}.total")
    found: dict[str, Decimal] = {}
    for place in (resource, *objects(resource, "item", path)):
        inner = path if place is resource else f"{path}.item"
        for adjudication in objects(place, "adjudication", inner):
            _add(found, adjudication, f"{inner}.adjudication")
    return found | totals


def _add(sums: dict[str, Decimal], entry: Resource, path: str) -> None:
    amount = money(entry, "amount", path)
    if amount is not None:
        for category in codes(entry, "category", path):
            sums[category] = sums.get(category, Decimal(0)) + amount


def _first(sums: dict[str, Decimal], categories: tuple[str, ...]) -> Decimal | None:
    return next((sums[category] for category in categories if category in sums), None)


def _denial_code(resource: Resource, path: str) -> str | None:
    for place in (resource, *objects(resource, "item", path)):
        inner = path if place is resource else f"{path}.item"
        for adjudication in objects(place, "adjudication", inner):
            if "denialreason" in codes(adjudication, "category", f"{inner}.adjudication"):
                reasons = codes(adjudication, "reason", f"{inner}.adjudication")
                if stated := [reason for reason in reasons if reason not in _NOT_DENIED]:
                    return stated[0]
    return None
