"""CMS131: eye exam in diabetes."""

from app.quality import checks, exclusions
from app.quality.criteria import Age, AllOf, AnyOf, Exists, Not
from app.quality.measure import Group, Measure
from app.quality.measures.cms122 import DIABETES
from app.quality.visits import OFFICE, visit

EXAM = (checks.status(*checks.DONE), checks.category("exam"))
RETINOPATHY = Exists(
    "Diabetic retinopathy during the period", "Condition", ("diabetic_retinopathy",), (checks.overlapping(),)
)
IN_PERIOD = Exists("Retinal exam in the period", "Observation", ("retinal_exam",), (*EXAM, checks.within()))
OR_YEAR_BEFORE = Exists(
    "Retinal exam in the period or the year before",
    "Observation",
    ("retinal_exam",),
    (*EXAM, checks.within(checks.from_back(years=1), "in the period or the year before")),
)

MEASURE = Measure(
    "CMS131",
    "DiabetesEyeExamFHIR",
    "Diabetes: eye exam",
    (
        Group(
            "Retina examined",
            AllOf(
                "Initial population",
                (
                    Age(18, 75),
                    visit(
                        *OFFICE,
                        "annual_wellness_visit",
                        "home_healthcare",
                        "ophthalmological_services",
                        "telephone_visit",
                    ),
                    DIABETES,
                ),
            ),
            AnyOf(
                "Retinal exam in time",
                (
                    AllOf("Retinopathy, examined in the period", (RETINOPATHY, IN_PERIOD)),
                    AllOf(
                        "No retinopathy, examined in the period or the year before",
                        (Not("No diabetic retinopathy", RETINOPATHY), OR_YEAR_BEFORE),
                    ),
                ),
            ),
            exclusions=AnyOf(
                "Exclusions",
                (
                    exclusions.HOSPICE,
                    exclusions.AGED_66_FRAIL_AND_ILL,
                    exclusions.NURSING_HOME,
                    exclusions.PALLIATIVE,
                ),
            ),
        ),
    ),
)
