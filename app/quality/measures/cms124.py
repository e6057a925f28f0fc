"""CMS124: cervical cancer screening."""

from app.quality import checks, exclusions
from app.quality.criteria import Age, AllOf, AnyOf, Case, Check, Exists, Sex
from app.quality.measure import Group, Measure
from app.quality.record import Entry
from app.quality.timing import age_on
from app.quality.visits import OFFICE, REMOTE, visit

TESTED = (checks.status(*checks.DONE), checks.category("laboratory"), checks.has_value())


def _aged_30(entry: Entry, case: Case) -> bool:
    birth, moment = case.history.birth_date, entry.span.latest() if entry.span else None
    return birth is not None and moment is not None and age_on(birth, moment.date()) >= 30


MEASURE = Measure(
    "CMS124",
    "CervicalCancerScreeningFHIR",
    "Cervical cancer screening",
    (
        Group(
            "Screened",
            AllOf("Initial population", (Age(24, 64), Sex("female"), visit(*OFFICE, "home_healthcare", *REMOTE))),
            AnyOf(
                "Cervical cancer screening",
                (
                    Exists(
                        "Cervical cytology in the period or the two years before",
                        "Observation",
                        ("pap_test",),
                        (*TESTED, checks.latest_within(checks.from_back(years=2), "in the last three years")),
                    ),
                    Exists(
                        "HPV test in the period or the four years before, aged 30 or older",
                        "Observation",
                        ("hpv_test",),
                        (
                            *TESTED,
                            checks.latest_within(checks.from_back(years=4), "in the last five years"),
                            Check("at the age of 30 or older", _aged_30),
                        ),
                    ),
                ),
            ),
            exclusions=AnyOf(
                "Exclusions",
                (
                    exclusions.HOSPICE,
                    AnyOf(
                        "No cervix",
                        (
                            Exists(
                                "Hysterectomy that left no cervix",
                                "Procedure",
                                ("hysterectomy_no_cervix",),
                                (checks.status("completed"), checks.ended_by_the_end()),
                            ),
                            Exists(
                                "Absence of the cervix",
                                "Condition",
                                ("absence_of_cervix",),
                                (checks.started_by_the_end(),),
                            ),
                        ),
                    ),
                    exclusions.PALLIATIVE,
                ),
            ),
        ),
    ),
)
