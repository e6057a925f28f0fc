"""CMS125: breast cancer screening."""

from datetime import date

from app.quality import checks, exclusions
from app.quality.criteria import Age, AllOf, AnyOf, Exists, Sex
from app.quality.measure import Group, Measure
from app.quality.timing import Window
from app.quality.visits import ADULT_OUTPATIENT

COMPLETED = checks.status("completed")
BEGUN, OVER = checks.started_by_the_end(), checks.ended_by_the_end()


def since_october(period: Window) -> Window:
    """From 1 October two years before the period's year, to its end."""
    return Window(date(period.first.year - 2, 10, 1), period.last)


def _removed(side: str) -> AnyOf:
    """Mastectomy of one side, as a diagnosis or as a procedure."""
    return AnyOf(
        f"Mastectomy, {side}",
        (
            Exists(f"Status after {side} mastectomy", "Condition", (f"status_post_{side}_mastectomy",), (BEGUN,)),
            Exists(
                f"Absence of one breast, {side}",
                "Condition",
                ("unilateral_mastectomy_unspecified",),
                (checks.located(side, f"of the {side} side"), BEGUN),
            ),
            Exists(
                f"Mastectomy of the {side} side", "Procedure", (f"unilateral_mastectomy_{side}",), (COMPLETED, OVER)
            ),
        ),
    )


NO_BREAST = AnyOf(
    "Both breasts removed",
    (
        AllOf("Mastectomy of either side", (_removed("right"), _removed("left"))),
        Exists("History of bilateral mastectomy", "Condition", ("history_bilateral_mastectomy",), (BEGUN,)),
        Exists("Bilateral mastectomy", "Procedure", ("bilateral_mastectomy",), (COMPLETED, OVER)),
    ),
)

MEASURE = Measure(
    "CMS125",
    "BreastCancerScreeningFHIR",
    "Breast cancer screening",
    (
        Group(
            "Mammography",
            AllOf("Initial population", (Age(52, 74), Sex("female"), ADULT_OUTPATIENT)),
            Exists(
                "Mammography",
                "Observation",
                ("mammography",),
                (
                    checks.status(*checks.DONE),
                    checks.ends_within(since_october, "since 1 October two years before the period"),
                ),
            ),
            exclusions=AnyOf(
                "Exclusions",
                (
                    exclusions.HOSPICE,
                    NO_BREAST,
                    exclusions.AGED_66_FRAIL_AND_ILL,
                    exclusions.NURSING_HOME,
                    exclusions.PALLIATIVE,
                ),
            ),
        ),
    ),
)
