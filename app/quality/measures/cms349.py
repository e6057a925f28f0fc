"""CMS349: HIV screening."""

from app.quality import checks
from app.quality.criteria import Age, AllOf, Case, Check, Exists, Judged
from app.quality.measure import Group, Measure
from app.quality.record import Entry
from app.quality.timing import age_on
from app.quality.visits import CHILD, FINISHED, OFFICE, visit


def _before_the_period(entry: Entry, case: Case) -> bool:
    start = entry.span.start if entry.span else None
    return start is not None and start.date() < case.period.first


def _aged_15_to_65(entry: Entry, case: Case) -> bool:
    birth, start = case.history.birth_date, entry.span.start if entry.span else None
    return birth is not None and start is not None and 15 <= age_on(birth, start.date()) <= 65


def _died(case: Case) -> tuple[bool, str, list[Entry]]:
    day = case.history.deceased
    return day is not None and day <= case.period.last, f"died {day}" if day else "no death recorded", []


MEASURE = Measure(
    "CMS349",
    "HIVScreeningFHIR",
    "HIV screening",
    (
        Group(
            "Tested at least once",
            AllOf("Initial population", (Age(15, 65, at_start=True), visit(*CHILD, *OFFICE, took_place=FINISHED))),
            Exists(
                "HIV test with a result, at the age of 15 to 65",
                "Observation",
                ("hiv_lab_tests", "hiv_tests_meaningful_use"),
                (
                    checks.status(*checks.DONE),
                    checks.has_value(),
                    Check("at the age of 15 to 65", _aged_15_to_65),
                    checks.started_by_the_end(),
                ),
            ),
            exclusions=Exists(
                "HIV known before the period",
                "Condition",
                ("hiv",),
                (Check("known before the period", _before_the_period),),
            ),
            exceptions=Judged("Died by the end of the period", _died, "Patient", ()),
        ),
    ),
)
