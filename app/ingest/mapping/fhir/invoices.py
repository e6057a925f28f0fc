"""Invoice, PaymentReconciliation, PaymentNotice."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.ingest.mapping.fhir.elements import (
    Extensions,
    Resource,
    boolean,
    code,
    codes,
    date_time,
    day,
    decimal,
    label,
    money,
    noon,
    objects,
    one,
    positive_int,
    text,
    written_day,
)
from app.ingest.mapping.fhir.references import name, target
from app.ingest.mapping.rows import Mapped, Name, Row
from app.ingest.reject import Reject, Unused

_STATUS = {"draft": "draft", "issued": "issued", "balanced": "paid", "cancelled": "cancelled"}
_ERROR = "entered-in-error"
_CODES = frozenset(_STATUS) | {_ERROR}
_FINANCIAL = frozenset({"active", "cancelled", "draft", _ERROR})
_METHODS = frozenset({"insurance", "card", "cash", "transfer", "other"})
_NOUGHT = Decimal("0.00")


def invoice(resource: Resource, own_id: str) -> Mapped:
    """An invoice with its lines. `balanced` means paid in full, whoever stored the payments."""
    path = "Invoice"
    own = name("invoices", path, own_id)
    status = code(resource, "status", path, _CODES)
    if status is None:
        raise Reject(f"{path}.status", "required", "an invoice needs a status")
    if status == _ERROR:
        return Mapped(path, own, remove=True)
    issued = written_day(resource, "date", path)
    if issued is None:
        raise Reject(f"{path}.date", "required", "an invoice needs its date")
    extensions = Extensions(resource, path)
    values = {
        "number": _number(resource),
        "status": _STATUS[status],
        "issue_day": issued,
        "service_day": _extension_day(extensions, "service-day"),
        "due_day": _extension_day(extensions, "due"),
        "automatic": _extension_truth(extensions, "automatic"),
        "sent_day": _extension_day(extensions, "sent"),
        "sent_automatically": _extension_truth(extensions, "sent-automatically"),
        **_amounts(resource, extensions, status),
    }
    lines = [_line(line, index) for index, line in enumerate(objects(resource, "lineItem", path), start=1)]
    return Mapped(path, own, [Row(own, values, _refs(resource, extensions))], children={"invoice_lines": lines})


def _number(resource: Resource) -> str | None:
    found = (text(each, "value", "Invoice.identifier") for each in objects(resource, "identifier", "Invoice"))
    return next((number for number in found if number), None)


def _extension_day(extensions: Extensions, called: str) -> date | None:
    element, path = extensions(called)
    return day(element, "valueDate", path)


def _extension_truth(extensions: Extensions, called: str) -> bool | None:
    element, path = extensions(called)
    return boolean(element, "valueBoolean", path)


def _amounts(resource: Resource, extensions: Extensions, status: str) -> dict[str, Decimal]:
    path = "Invoice"
    net, gross = money(resource, "totalNet", path), money(resource, "totalGross", path)
    total = gross if gross is not None else net
    if total is None:
        raise Reject(f"{path}.totalGross", "required", "an invoice needs its total")
    stated = {}
    for called in ("adjusted", "paid", "discount"):
        element, inner = extensions(called)
        stated[called] = money(element, "valueMoney", inner) or _NOUGHT
    paid = total - stated["adjusted"] if status == "balanced" and not stated["paid"] else stated["paid"]
    return stated | {
        "total": total,
        "tax": gross - net if gross is not None and net is not None else _NOUGHT,
        "paid": paid,
        "balance": total - stated["adjusted"] - paid,
    }


def _refs(resource: Resource, extensions: Extensions) -> dict[str, tuple[Name, ...]]:
    path = "Invoice"
    found = target(resource, resource, "subject", path, "patients")
    for index, participant in enumerate(objects(resource, "participant", path)):
        if "practitioners" not in found:
            found |= target(resource, participant, "actor", f"{path}.participant[{index}]", "practitioners")
    found |= target(resource, resource, "issuer", path, "clinics", "departments")
    for called, table in (("appointment", "appointments"), ("encounter", "encounters"), ("clinic", "clinics")):
        element, inner = extensions(called)
        found |= target(resource, element, "valueReference", inner, table)
    return {f"{table[:-1]}_id": names for table, names in found.items()}


def _line(line: Resource, index: int) -> dict[str, Any]:
    path = f"Invoice.lineItem[{index - 1}]"
    base, total, quantity = _NOUGHT, _NOUGHT, Decimal(1)
    for component in objects(line, "priceComponent", path):
        inner = f"{path}.priceComponent"
        amount = money(component, "amount", inner) or _NOUGHT
        factor = decimal(component, "factor", inner) or Decimal(1)
        if code(component, "type", inner) == "base":
            base, quantity = amount, factor
        total += amount * factor
    found = codes(line, "chargeItemCodeableConcept", path) if "chargeItemCodeableConcept" in line else []
    called = label(line, "chargeItemCodeableConcept", path) if "chargeItemCodeableConcept" in line else None
    return {
        "position": positive_int(line, "sequence", path) or index,
        "code": found[0] if found else None,
        "name": called or text(one(line, "chargeItemReference", path), "display", path) or "Service",
        "quantity": quantity,
        "unit_price": base,
        "total": total.quantize(Decimal("0.01")),
    }


def payment_reconciliation(resource: Resource, own_id: str) -> Mapped:
    """A payment of an insurer, or of a patient by the extension `method`: one row a detail, or one for the whole."""
    path = "PaymentReconciliation"
    own = name("payments", path, own_id)
    status = code(resource, "status", path, _FINANCIAL)
    if status == _ERROR or status == "cancelled":
        return Mapped(path, own, remove=True, gone_from=_numbered(own_id, 2))
    if status == "draft":
        raise Unused
    paid_at = noon(date_time(resource, "paymentDate", path))
    if paid_at is None:
        raise Reject(f"{path}.paymentDate", "required", "a payment needs its date")
    element, inner = Extensions(resource, path)("method")
    common = {"method": code(element, "valueCode", inner, _METHODS) or "insurance", "failure": None}
    rows: list[Row] = []
    for index, detail in enumerate(objects(resource, "detail", path)):
        place = f"{path}.detail[{index}]"
        amount = money(detail, "amount", place)
        if amount is None:
            continue
        found = target(resource, detail, "request", place, "invoices")
        found |= target(resource, detail, "payee", place, "clinics")
        refs = {f"{table[:-1]}_id": names for table, names in found.items()}
        row_name = _numbered(own_id, len(rows) + 1) if rows else own
        rows.append(_payment(row_name, common, paid_at, amount, f"{place}.amount", refs))
    if not rows:
        amount = money(resource, "paymentAmount", path)
        rows = [_payment(own, common, paid_at, amount, f"{path}.paymentAmount", {})]
    return Mapped(path, own, rows, gone_from=_numbered(own_id, len(rows) + 1))


def _numbered(own_id: str, number: int) -> Name:
    """The second and later payments of a reconciliation."""
    return Name("payments", f"{own_id}/{number}")


def payment_notice(resource: Resource, own_id: str) -> Mapped:
    """A payment for an invoice. One that points at a reconciliation is stored with that one, not a second time."""
    path = "PaymentNotice"
    own = name("payments", path, own_id)
    if code(resource, "status", path, _FINANCIAL) != "active":
        return Mapped(path, own, remove=True)
    found = target(resource, resource, "request", path, "invoices")
    if not found or "reference" in one(resource, "payment", path):
        raise Unused
    paid_at = noon(date_time(resource, "paymentDate", path) or date_time(resource, "created", path))
    if paid_at is None:
        raise Reject(f"{path}.paymentDate", "required", "a payment needs its date")
    element, inner = Extensions(resource, path)("method")
    common = {"method": code(element, "valueCode", inner, _METHODS) or "other", "failure": None}
    amount = money(resource, "amount", path)
    refs = {f"{table[:-1]}_id": names for table, names in found.items()}
    return Mapped(path, own, [_payment(own, common, paid_at, amount, f"{path}.amount", refs)])


def _payment(
    own: Name,
    common: dict[str, Any],
    paid_at: datetime,
    amount: Decimal | None,
    path: str,
    refs: dict[str, tuple[Name, ...]],
) -> Row:
    if amount is None:
        raise Reject(path, "required", "a payment needs its amount")
    status = "refunded" if amount < 0 else "settled"
    return Row(own, common | {"status": status, "paid_at": paid_at, "amount": amount}, refs)
