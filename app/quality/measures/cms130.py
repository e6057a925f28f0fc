"""CMS130: colorectal cancer screening."""

from app.quality import checks, exclusions
from app.quality.criteria import Age, AllOf, AnyOf, Exists
from app.quality.measure import Group, Measure, Strata
from app.quality.visits import ADULT_OUTPATIENT

COMPLETED = checks.status("completed")
DONE = checks.status(*checks.DONE)
LABORATORY = checks.category("laboratory")
RESULT = checks.has_value()

SCREENED = AnyOf(
    "Colorectal cancer screening",
    (
        Exists(
            "Fecal occult blood test in the period",
            "Observation",
            ("fobt",),
            (DONE, LABORATORY, RESULT, checks.latest_within()),
        ),
        Exists(
            "Stool DNA test in the period or the two years before",
            "Observation",
            ("sdna_fit",),
            (DONE, LABORATORY, RESULT, checks.latest_within(checks.from_back(years=2), "in the last three years")),
        ),
        Exists(
            "Flexible sigmoidoscopy in the period or the four years before",
            "Procedure",
            ("flexible_sigmoidoscopy",),
            (COMPLETED, checks.ends_within(checks.from_back(years=4), "in the last five years")),
        ),
        Exists(
            "CT colonography in the period or the four years before",
            "Observation",
            ("ct_colonography",),
            (DONE, checks.ends_within(checks.from_back(years=4), "in the last five years")),
        ),
        Exists(
            "Colonoscopy in the period or the nine years before",
            "Procedure",
            ("colonoscopy",),
            (COMPLETED, checks.ends_within(checks.from_back(years=9), "in the last ten years")),
        ),
    ),
)

MEASURE = Measure(
    "CMS130",
    "ColonCancerScreeningFHIR",
    "Colorectal cancer screening",
    (
        Group(
            "Screened",
            AllOf("Initial population", (Age(46, 75), ADULT_OUTPATIENT)),
            SCREENED,
            strata=Strata("Age when the period ends", {"46 to 49": Age(46, 49), "50 to 75": Age(50, 75)}),
            exclusions=AnyOf(
                "Exclusions",
                (
                    exclusions.HOSPICE,
                    Exists(
                        "Colorectal cancer", "Condition", ("malignant_neoplasm_colon",), (checks.started_by_the_end(),)
                    ),
                    Exists(
                        "Total colectomy", "Procedure", ("total_colectomy",), (COMPLETED, checks.ended_by_the_end())
                    ),
                    exclusions.AGED_66_FRAIL_AND_ILL,
                    exclusions.NURSING_HOME,
                    exclusions.PALLIATIVE,
                ),
            ),
        ),
    ),
)
