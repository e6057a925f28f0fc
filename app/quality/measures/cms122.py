"""CMS122: glycemic status of diabetes above 9 %, or not known."""

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


def _out_of_control(case: Case) -> tuple[bool, str, list[Entry]]:
    """The lowest of the last day is above 9 %; one without a number there, or none at all, counts as above."""
    entries = ASSESSMENT.entries(case)
    day = latest.last_day(entries)
    if day is None:
        return True, "no assessment in the period", []
    taken = latest.of_day(entries, day)
    values = [each.quantity.value for each in taken if each.quantity and each.quantity.unit in ("%", None)]
    if len(values) < len(taken):
        return True, f"assessment of {day} without a result in %", taken
    return min(values) > 9, f"lowest of {day}: {min(values):f} %", taken


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
