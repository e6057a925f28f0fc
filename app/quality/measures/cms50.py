"""CMS50: closing the referral loop."""

from datetime import date

from app.quality import checks
from app.quality.criteria import AllOf, Case, Exists, Judged
from app.quality.measure import Group, Measure
from app.quality.record import Entry
from app.quality.timing import Window
from app.quality.visits import CHILD, FINISHED, OFFICE, visit


def first_ten_months(period: Window) -> Window:
    """To 31 October of the year in which the period begins."""
    return Window(period.first, date(period.first.year, 10, 31))


REFERRAL = Exists(
    "Referral in the first ten months",
    "ServiceRequest",
    ("referral",),
    (checks.ordered(), checks.authored_within(first_ten_months, "in the first ten months")),
)
REPORT = Exists(
    "Report of the consultant",
    "Task",
    ("consultant_report",),
    (checks.status("completed"), checks.ends_within()),
)


def _first_referral(case: Case) -> Entry | None:
    """The earliest; of two asked for at once the first of the record."""
    made = [(each.authored, number, each) for number, each in enumerate(REFERRAL.entries(case)) if each.authored]
    return min(made)[2] if made else None


def _closed(case: Case) -> tuple[bool, str, list[Entry]]:
    """A report that rests on the first referral arrived after it was made."""
    referral = _first_referral(case)
    if referral is None or referral.authored is None:
        return False, "no referral", []
    reports = [
        each
        for each in REPORT.entries(case)
        if referral.id in each.based_on and each.span and each.span.end and each.span.end > referral.authored
    ]
    return bool(reports), f"first referral {referral.reference}", reports


MEASURE = Measure(
    "CMS50",
    "CRLReceiptofSpecialistReportFHIR",
    "Closing the referral loop: receipt of specialist report",
    (
        Group(
            "Report received",
            AllOf(
                "Initial population",
                (
                    REFERRAL,
                    visit(
                        "behavioral_assessment",
                        "ophthalmological_services",
                        "psych_diagnostic_evaluation",
                        "psychological_test_physician",
                        "psychological_test_technician",
                        "psychotherapy_for_crisis",
                        "developmental_test",
                        "health_behavior_assessment",
                        *OFFICE,
                        *CHILD,
                        took_place=FINISHED,
                    ),
                ),
            ),
            Judged("Report on the first referral received", _closed, REPORT.kind, REPORT.keys),
        ),
    ),
)
