"""CMS951: kidney health evaluation in diabetes."""

from app.quality import checks, exclusions
from app.quality.criteria import Age, AllOf, AnyOf, Exists
from app.quality.measure import Group, Measure
from app.quality.visits import FINISHED, OFFICE, visit

ACTIVE = checks.status("active")
RESULT = (checks.status(*checks.DONE), checks.has_value(), checks.within())

MEASURE = Measure(
    "CMS951",
    "KidneyHealthEvaluationFHIR",
    "Kidney health evaluation in diabetes",
    (
        Group(
            "eGFR and urine albumin to creatinine ratio",
            AllOf(
                "Initial population",
                (
                    Age(18, 85, at_start=True),
                    Exists("Active diabetes", "Condition", ("diabetes",), (checks.overlapping(), ACTIVE)),
                    visit(
                        "annual_wellness_visit",
                        "home_healthcare",
                        "outpatient_consultation",
                        "telephone_visit",
                        *OFFICE,
                        took_place=FINISHED,
                    ),
                ),
            ),
            AllOf(
                "Both tests in the period",
                (
                    Exists("Estimated glomerular filtration rate", "Observation", ("egfr",), RESULT),
                    Exists("Urine albumin to creatinine ratio", "Observation", ("uacr",), RESULT),
                ),
            ),
            exclusions=AnyOf(
                "Exclusions",
                (
                    Exists(
                        "Chronic kidney disease stage 5 or end stage renal disease",
                        "Condition",
                        ("ckd_stage_5", "esrd"),
                        (checks.overlapping(), ACTIVE),
                    ),
                    exclusions.HOSPICE,
                    exclusions.PALLIATIVE,
                ),
            ),
        ),
    ),
)
