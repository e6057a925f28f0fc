"""Receivables: what is owed now, for how long, and how many days of charges that is. The parts add up to the whole."""

from app.core.permissions import Permission
from app.metrics.types import Better, Metric, Unit, Variant
from app.metrics.values import STANDING, Ratio, Sum, Total, Window, total_of
from app.rollups.families.money import CHARGES, DUES, INVOICES

_P = Permission.METRICS_MONEY
_NO_INVOICES = "No source brings invoices; claims alone do not say what is owed."
_AAFP = "AAFP days in accounts receivable; at most 40 is good, above 50 is poor"

balance = total_of(INVOICES, "balance")
outstanding = balance.over(STANDING)
credits_ = total_of(INVOICES, "credit").over(STANDING)
open_invoices = total_of(INVOICES, "open")
_QUARTER = Window(90)
_PAST_DUE = Window(None, 1)
_STILL_DUE = Window(1, -36500)  # from the period's last day on
_LONG_DUE = Window(None, 31)
overdue = total_of(DUES, "open").over(_PAST_DUE)
long_overdue = total_of(DUES, "open").over(_LONG_DUE)
_AGES = {
    "aging_0_30": ("0 to 30 days", Window(31)),
    "aging_31_60": ("31 to 60 days", Window(61, 31)),
    "aging_61_90": ("61 to 90 days", Window(91, 61)),
    "aging_91_120": ("91 to 120 days", Window(121, 91)),
    "aging_over_120": ("over 120 days", Window(None, 121)),
}


def _standing(key: str, label: str, description: str, value: Sum, n_of: Sum, better: Better = Better.DOWN) -> Metric:
    return Metric(
        key=f"receivables.{key}",
        label=label,
        description=description,
        unit=Unit.MONEY,
        better=better,
        value=Total(value),
        permission=_P,
        n_of=n_of,
        not_recorded=_NO_INVOICES,
    )


def _count(key: str, label: str, description: str, value: Sum, better: Better = Better.DOWN) -> Metric:
    return Metric(
        key=f"receivables.{key}",
        label=label,
        description=description,
        unit=Unit.COUNT,
        better=better,
        value=Total(value),
        permission=_P,
        not_recorded=_NO_INVOICES,
    )


METRICS = (
    _standing(
        "outstanding",
        "Outstanding",
        "Open balances of all invoices issued up to the end of the period, as they stand now.",
        outstanding,
        open_invoices.over(STANDING),
    ),
    Metric(
        key="receivables.open_invoices",
        label="Open invoices",
        description="Invoices issued up to the end of the period that are not paid in full now.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(open_invoices.over(STANDING)),
        permission=_P,
        not_recorded=_NO_INVOICES,
    ),
    *(
        _standing(
            key,
            f"Outstanding, {words}",
            f"Open balances of invoices issued {words} ago.",
            balance.over(window),
            open_invoices.over(window),
        )
        for key, (words, window) in _AGES.items()
    ),
    _standing(
        "overdue",
        "Overdue",
        "Open balances of invoices whose due date has passed.",
        total_of(DUES, "balance").over(_PAST_DUE),
        overdue,
    ),
    Metric(
        key="receivables.overdue_invoices",
        label="Overdue invoices",
        description="Invoices whose due date has passed and that are not paid in full now.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(overdue),
        permission=_P,
        not_recorded=_NO_INVOICES,
    ),
    _standing(
        "overdue_30",
        "Overdue by more than 30 days",
        "Open balances of invoices whose due date passed more than 30 days ago.",
        total_of(DUES, "balance").over(_LONG_DUE),
        long_overdue,
    ),
    _count(
        "overdue_30_invoices",
        "Invoices overdue by more than 30 days",
        "Invoices whose due date passed more than 30 days ago and that are not paid in full now.",
        long_overdue,
    ),
    _count(
        "drafts",
        "Drafts",
        "Invoices made up to the end of the period that are not issued now.",
        total_of(INVOICES, "draft").over(STANDING),
    ),
    _count(
        "awaited",
        "Sent, not yet due",
        "Issued invoices with an open balance whose due date has not passed.",
        total_of(DUES, "open").over(_STILL_DUE),
    ),
    _count(
        "paid_invoices",
        "Paid invoices",
        "Invoices issued up to the end of the period with nothing open now.",
        total_of(INVOICES, "settled").over(STANDING),
        Better.UP,
    ),
    _count(
        "cancelled_invoices",
        "Cancelled invoices",
        "Invoices issued up to the end of the period that are taken back now.",
        total_of(INVOICES, "cancelled").over(STANDING),
        Better.NONE,
    ),
    Metric(
        key="receivables.over_90_share",
        label="Older than 90 days",
        description="Share of the outstanding money on invoices issued more than 90 days ago.",
        unit=Unit.PERCENT,
        better=Better.DOWN,
        value=Ratio(balance.over(Window(None, 91)), outstanding),
        permission=_P,
        source="MGMA ageing; the clock starts at the date of issue",
        n_of=open_invoices.over(STANDING),
        numerator="open balance older than 90 days",
        denominator="open balance",
        not_recorded=_NO_INVOICES,
    ),
    _standing(
        "credits",
        "Credit balances",
        "Money that patients and insurers paid too much.",
        credits_,
        total_of(INVOICES, "valid").over(STANDING),
    ),
    Metric(
        key="receivables.days_in_ar",
        label="Days in accounts receivable",
        description="For how many days of charges the outstanding money stands: owed now ÷ daily charges of 90 days.",
        unit=Unit.DAYS,
        better=Better.DOWN,
        value=Ratio(outstanding - credits_, total_of(CHARGES, "charged").over(_QUARTER), scale=90),
        permission=_P,
        source=_AAFP,
        n_of=open_invoices.over(STANDING),
        denominator="charged in the last 90 days ÷ 90",
        variants=(
            Variant(
                "Charges after contractual adjustments",
                "MGMA, adjusted charges",
                Ratio(
                    outstanding - credits_,
                    (total_of(CHARGES, "charged") - total_of(CHARGES, "adjusted")).over(_QUARTER),
                    scale=90,
                ),
            ),
        ),
        below_zero="More is paid in excess than is owed, which is no number of days.",
        not_recorded=_NO_INVOICES,
    ),
)
