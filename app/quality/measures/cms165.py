"""CMS165: controlling high blood pressure."""

from datetime import timedelta
from decimal import Decimal

from app.quality import checks, exclusions, latest
from app.quality.criteria import Age, AllOf, AnyOf, Case, Check, Exists, Judged
from app.quality.measure import Group, Measure
from app.quality.record import Entry
from app.quality.timing import Window, months_on
from app.quality.visits import ADULT_OUTPATIENT, PERFORMED

HOSPITAL = frozenset({"EMER", "IMP", "ACUTE", "NONAC", "PRENC", "SS"})


def first_half(period: Window) -> Window:
    """The first six months of the period."""
    return Window(period.first, months_on(period.first, 6) - timedelta(days=1))


def _outside_hospital(entry: Entry, case: Case) -> bool:
    """A reading whose encounter is not known counts as taken outside a hospital."""
    encounters = (each for each in case.history.of("Encounter") if each.id == entry.encounter)
    return all(each.setting not in HOSPITAL for each in encounters)


READING = Exists(
    "Blood pressure taken outside hospital and emergency department",
    "Observation",
    ("blood_pressure",),
    (
        checks.status(*checks.DONE),
        Check("taken outside hospital", _outside_hospital, ("Encounter.class",)),
        checks.latest_within(),
    ),
)


def _number(entry: Entry, key: str, case: Case) -> Decimal | None:
    found = (
        quantity.value
        for coding, quantity in entry.components
        if key in case.sets.holding(coding) and quantity.unit == "mm[Hg]"
    )
    return next(found, None)


def _controlled(case: Case) -> tuple[bool, str, list[Entry]]:
    """Of the last day with a reading the lowest systolic is below 140 and the lowest diastolic below 90 mmHg.

    A reading that lacks a value leaves open what is the lowest, so that day tells nothing.
    """
    readings = READING.entries(case)
    day = latest.last_day(readings)
    if day is None:
        return False, "no reading in the period", []
    taken = latest.of_day(readings, day)
    pairs = [(_number(each, "systolic", case), _number(each, "diastolic", case)) for each in taken]
    whole = [(systolic, diastolic) for systolic, diastolic in pairs if systolic is not None and diastolic is not None]
    if len(whole) < len(taken):
        return False, f"a reading of {day} without both values", taken
    low = min(each[0] for each in whole), min(each[1] for each in whole)
    return low[0] < 140 and low[1] < 90, f"lowest of {day}: {low[0].normalize():f}/{low[1].normalize():f} mmHg", taken


RENAL = AnyOf(
    "Pregnancy or end stage renal disease",
    (
        Exists(
            "Pregnancy, renal failure or kidney transplant",
            "Condition",
            ("pregnancy", "esrd", "kidney_transplant_recipient", "ckd_stage_5"),
            (checks.overlapping(),),
        ),
        Exists(
            "Kidney transplant or dialysis",
            "Procedure",
            ("kidney_transplant", "dialysis_services"),
            (checks.status("completed"), checks.ended_by_the_end()),
        ),
        Exists(
            "Monthly outpatient care of end stage renal disease",
            "Encounter",
            ("esrd_monthly",),
            (PERFORMED, checks.started_by_the_end()),
        ),
    ),
)

MEASURE = Measure(
    "CMS165",
    "ControllingHighBloodPressureFHIR",
    "Controlling high blood pressure",
    (
        Group(
            "Blood pressure below 140/90",
            AllOf(
                "Initial population",
                (
                    Age(18, 85),
                    Exists(
                        "Essential hypertension in the first six months",
                        "Condition",
                        ("essential_hypertension",),
                        (checks.overlapping(first_half, "present in the first six months"),),
                    ),
                    ADULT_OUTPATIENT,
                ),
            ),
            Judged("Last blood pressure below 140/90", _controlled, READING.kind, READING.keys),
            exclusions=AnyOf(
                "Exclusions",
                (
                    exclusions.HOSPICE,
                    RENAL,
                    exclusions.AGED_66_FRAIL_AND_ILL_OR_81_FRAIL,
                    exclusions.NURSING_HOME,
                    exclusions.PALLIATIVE,
                ),
            ),
        ),
    ),
)
