"""CMS122: glycemic status of diabetes above 9 %, or not known."""

from decimal import Decimal

from app.quality import checks, exclusions, latest
from app.quality.criteria import Age, AllOf, AnyOf, Case, Exists, Judged
from app.quality.measure import Group, Measure
from app.quality.record import Entry
from app.quality.visits import ADULT_OUTPATIENT

DIABETES = Exists("Diabetes during the period", "Condition", ("diabetes",), (checks.overlapping(),))
ASSESSMENT = Exists(
    "HbA1c or glucose management indicator",
    "Observation",
    ("hba1c_test", "glucose_management_indicator"),
    (checks.status(*checks.DONE), checks.category("laboratory"), checks.latest_within()),
)


def _percent(entry: Entry) -> Decimal | None:
    """The value in NGSP %; from IFCC mmol/mol by the master equation of the two networks (2.152 + 0.09148 x)."""
    value, unit = entry.quantity or (None, None)
    if value is not None and unit == "mmol/mol":
        return Decimal("0.09148") * value + Decimal("2.152")
    return value if unit in ("%", "", None) else None


def _out_of_control(case: Case) -> tuple[bool, str, list[Entry]]:
    """The lowest of the last day is above 9 %; one without any result there, or no assessment, counts as above."""
    entries = ASSESSMENT.entries(case)
    day = latest.last_day(entries)
    if day is None:
        return True, "no assessment in the period", []
    taken = latest.of_day(entries, day)
    without = [each for each in taken if _percent(each) is None]
    if without:
        return not all(each.valued for each in without), f"assessment of {day} without a number", taken
    values = [value for each in taken if (value := _percent(each)) is not None]
    return min(values) > 9, f"lowest of {day}: {min(values).normalize():f} %", taken


MEASURE = Measure(
    "CMS122",
    "DiabetesGlycemicStatusAssessmentGreaterThan9PercentFHIR",
    "Diabetes: glycemic status above 9 %",
    (
        Group(
            "Above 9 % or not assessed",
            AllOf("Initial population", (Age(18, 75), ADULT_OUTPATIENT, DIABETES)),
            Judged("Last glycemic status above 9 %, or not known", _out_of_control, ASSESSMENT.kind, ASSESSMENT.keys),
            exclusions=AnyOf(
                "Exclusions",
                (
                    exclusions.HOSPICE,
                    exclusions.NURSING_HOME,
                    exclusions.AGED_66_FRAIL_AND_ILL,
                    exclusions.PALLIATIVE,
                ),
            ),
        ),
    ),
    lower_is_better=True,
)
