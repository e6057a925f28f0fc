"""Revenue: charged, invoiced and collected are three figures with three dates; what it cost, and what came of it."""

from app.core.permissions import Permission
from app.metrics.definitions.capacity import available
from app.metrics.definitions.patients import seen as patients
from app.metrics.types import Better, Metric, Unit
from app.metrics.values import Ratio, Total, Window, total_of
from app.models.invoices import METHODS
from app.rollups.families.appointments import APPOINTMENTS as A
from app.rollups.families.money import CHARGES, EXPENSES, INVOICES, PAYMENTS

_P = Permission.METRICS_MONEY
_NO_INVOICES, _NO_PAYMENTS = "No source brings invoices.", "No source brings payments."
_MGMA = "MGMA cost and revenue formulas"

charged = total_of(CHARGES, "charged")
collected = total_of(PAYMENTS, "collected")
receipts = total_of(PAYMENTS, "settled", "refunded")
costs = total_of(EXPENSES, "amount")
_COHORT = Window(180, 90)  # services old enough that they should be paid
_METHOD_LABELS = {
    "insurance": "insurance",
    "card": "card",
    "cash": "cash",
    "transfer": "bank transfer",
    "other": "other means",
}


def _by_method(method: str) -> Metric:
    return Metric(
        key=f"revenue.{method}_share",
        label=f"Paid by {_METHOD_LABELS[method]}",
        description=f"Share of the money collected that came by {_METHOD_LABELS[method]}.",
        unit=Unit.PERCENT,
        better=Better.NONE,
        value=Ratio(total_of(PAYMENTS, f"by_{method}"), collected),
        permission=_P,
        n_of=receipts,
        not_recorded=_NO_PAYMENTS,
    )


METRICS = (
    Metric(
        key="revenue.charged",
        label="Charged",
        description="What was charged for services of the period, paid or not.",
        unit=Unit.MONEY,
        better=Better.UP,
        value=Total(charged),
        permission=_P,
        n_of=total_of(CHARGES, "valid"),
        not_recorded=_NO_INVOICES,
    ),
    Metric(
        key="revenue.invoiced",
        label="Invoiced",
        description="The invoices issued in the period, after discounts, with tax.",
        unit=Unit.MONEY,
        better=Better.UP,
        value=Total(total_of(INVOICES, "invoiced")),
        permission=_P,
        n_of=total_of(INVOICES, "valid"),
        not_recorded=_NO_INVOICES,
    ),
    Metric(
        key="revenue.collected",
        label="Collected",
        description="Money received in the period less money given back, whatever service it was for.",
        unit=Unit.MONEY,
        better=Better.UP,
        value=Total(collected),
        permission=_P,
        n_of=receipts,
        not_recorded=_NO_PAYMENTS,
    ),
    Metric(
        key="revenue.refunds",
        label="Given back",
        description="Money returned to patients and insurers.",
        unit=Unit.MONEY,
        better=Better.DOWN,
        value=Total(total_of(PAYMENTS, "given_back")),
        permission=_P,
        n_of=total_of(PAYMENTS, "refunded"),
        not_recorded=_NO_PAYMENTS,
    ),
    Metric(
        key="revenue.discounts",
        label="Discounts",
        description="Discounts on the invoices issued in the period.",
        unit=Unit.MONEY,
        better=Better.DOWN,
        value=Total(total_of(INVOICES, "discount")),
        permission=_P,
        n_of=total_of(INVOICES, "valid"),
        not_recorded=_NO_INVOICES,
    ),
    Metric(
        key="revenue.per_visit",
        label="Charged per visit",
        description="Charged for services of the period, for each completed visit of the period.",
        unit=Unit.MONEY,
        better=Better.NONE,
        value=Ratio(charged, total_of(A, "completed")),
        permission=_P,
        denominator="completed visits",
        not_recorded=_NO_INVOICES,
    ),
    Metric(
        key="revenue.collected_per_patient",
        label="Collected per patient",
        description="Money received in the period, for each different patient with a completed visit in it.",
        unit=Unit.MONEY,
        better=Better.UP,
        value=Ratio(collected, patients),
        permission=_P,
        denominator="different patients seen",
        not_recorded=_NO_PAYMENTS,
    ),
    Metric(
        key="revenue.charged_per_hour",
        label="Charged per bookable hour",
        description="Charged for services of the period, for each hour that was opened for booking and not blocked.",
        unit=Unit.MONEY,
        better=Better.UP,
        value=Ratio(charged, available, scale=60),
        permission=_P,
        denominator="bookable minutes, 60 of them an hour",
        counts_people=False,
        not_recorded="No source brings both invoices and the doctors' bookable time.",
    ),
    Metric(
        key="revenue.invoices",
        label="Invoices issued",
        description="Invoices issued in the period.",
        unit=Unit.COUNT,
        better=Better.NONE,
        value=Total(total_of(INVOICES, "valid")),
        permission=_P,
        numerator="issued invoices",
        not_recorded=_NO_INVOICES,
    ),
    Metric(
        key="revenue.automatic_rate",
        label="Invoices made by rule",
        description="Share of the invoices that were made without a person typing them.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(INVOICES, "automatic"), total_of(INVOICES, "automatic_n")),
        permission=_P,
        counts_people=False,
        not_recorded="No source says how invoices were made.",
    ),
    Metric(
        key="revenue.sent_automatic_rate",
        label="Invoices sent by rule",
        description="Share of the invoices that went out without a person sending them.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(INVOICES, "sent_automatic"), total_of(INVOICES, "sent_n")),
        permission=_P,
        counts_people=False,
        not_recorded="No source says how invoices were sent.",
    ),
    *(_by_method(method) for method in METHODS),
    Metric(
        key="revenue.payments",
        label="Payments",
        description="Settled payments of the period.",
        unit=Unit.COUNT,
        better=Better.NONE,
        value=Total(total_of(PAYMENTS, "settled")),
        permission=_P,
        not_recorded=_NO_PAYMENTS,
    ),
    Metric(
        key="revenue.failed_rate",
        label="Failed payments",
        description="Share of the attempted payments that failed.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(total_of(PAYMENTS, "failed"), total_of(PAYMENTS, "settled", "failed")),
        permission=_P,
        numerator="failed",
        denominator="settled + failed",
        not_recorded=_NO_PAYMENTS,
    ),
    Metric(
        key="revenue.gross_collection_rate",
        label="Gross collection rate",
        description="Collected in the period for each unit charged in it. One month may exceed 100%.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(collected, charged),
        permission=_P,
        source=_MGMA,
        n_of=total_of(CHARGES, "valid"),
        not_recorded=_NO_PAYMENTS,
    ),
    Metric(
        key="revenue.net_collection_rate",
        label="Net collection rate",
        description="Of what services 91 to 180 days old may bring after contractual adjustments, how much was paid.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(
            total_of(CHARGES, "paid").over(_COHORT),
            (charged - total_of(CHARGES, "adjusted")).over(_COHORT),
        ),
        permission=_P,
        source=f"{_MGMA}, adjusted collections by date of service",
        n_of=total_of(CHARGES, "valid").over(_COHORT),
        denominator="charged − contractual adjustments, services 91 to 180 days before",
        not_recorded=_NO_INVOICES,
    ),
    Metric(
        key="revenue.costs",
        label="Costs",
        description="Expenses of the period.",
        unit=Unit.MONEY,
        better=Better.DOWN,
        value=Total(costs),
        permission=_P,
        counts_people=False,
        not_recorded="No source brings expenses.",
    ),
    Metric(
        key="revenue.costs_per_patient",
        label="Costs per patient",
        description="Expenses of the period, for each different patient with a completed visit in it.",
        unit=Unit.MONEY,
        better=Better.DOWN,
        value=Ratio(costs, patients),
        permission=_P,
        denominator="different patients seen",
        not_recorded="No source brings expenses.",
    ),
    Metric(
        key="revenue.margin",
        label="Margin",
        description="Collected less costs, as a share of what was collected.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(collected - costs, collected),
        permission=_P,
        n_of=receipts,
        counts_people=False,
        not_recorded="A margin needs both payments and expenses.",
    ),
)
