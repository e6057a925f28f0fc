"""CMS138: tobacco use, screened and treated."""

from app.quality import checks, exclusions, latest
from app.quality.criteria import Age, AllOf, AnyOf, Case, Exists, Judged
from app.quality.measure import Group, Measure
from app.quality.record import Entry
from app.quality.visits import CHILD, visit

HALF_YEAR_BEFORE = checks.from_back(months=6)
RECENT = "in the period or the six months before"
SCREENING = Exists(
    "Tobacco use screening", "Observation", ("tobacco_screening",), (*checks.performed(), checks.within())
)


def _last_says(*keys: str) -> Judged:
    """The last screening of the period has a value of one of the value sets."""

    def judgement(case: Case) -> tuple[bool, str, list[Entry]]:
        last = latest.last_begun(SCREENING.entries(case))
        if last is None:
            return False, "not screened in the period", []
        return any(case.is_in(last.answers, key) for key in keys), "by the last screening", [last]

    words = "Last screening says " + " or ".join(key.replace("_", " ") for key in keys)
    return Judged(words, judgement, SCREENING.kind, SCREENING.keys)


TREATED = AnyOf(
    "Counseling or medication to stop",
    (
        Exists(
            "Counseling to stop tobacco",
            "Procedure",
            ("tobacco_counseling",),
            (checks.status("completed"), checks.within(HALF_YEAR_BEFORE, RECENT)),
        ),
        Exists(
            "Diagnosis of tobacco abuse counseling",
            "Condition",
            ("tobacco_abuse_counseling",),
            (checks.starts_within(HALF_YEAR_BEFORE, RECENT),),
        ),
        Exists(
            "Medication to stop tobacco ordered",
            "MedicationRequest",
            ("tobacco_pharmacotherapy",),
            (checks.ordered(), checks.authored_within(HALF_YEAR_BEFORE, RECENT)),
        ),
        Exists(
            "Medication to stop tobacco in use",
            "MedicationRequest",
            ("tobacco_pharmacotherapy",),
            (checks.ordered("active"), checks.within(HALF_YEAR_BEFORE, RECENT)),
        ),
    ),
)

PREVENTIVE = visit(
    "annual_wellness_visit",
    "preventive_established_adult",
    "preventive_initial_adult",
    *CHILD,
    "preventive_group_counseling",
    "preventive_individual_counseling",
    "unlisted_preventive_service",
    "postoperative_visit",
    "nutrition_services",
    words="Preventive visit",
)
TWO_VISITS = visit(
    "health_behavior_intervention",
    "health_behavior_assessment",
    "home_healthcare",
    "occupational_therapy_evaluation",
    "office_visit",
    "ophthalmological_services",
    "physical_therapy_evaluation",
    "psych_diagnostic_evaluation",
    "psych_psychotherapy",
    "psychoanalysis",
    "speech_hearing_evaluation",
    "telephone_visit",
    "online_assessment",
    least=2,
    words="Two visits",
)
POPULATION = AllOf(
    "Initial population", (Age(12, at_start=True), AnyOf("Two visits or a preventive one", (TWO_VISITS, PREVENTIVE)))
)
USER, NON_USER = _last_says("tobacco_user"), _last_says("tobacco_non_user")

MEASURE = Measure(
    "CMS138",
    "PreventiveCareAndTobaccoUseScreeningAndCessationInterventionFHIR",
    "Tobacco use: screening and cessation intervention",
    (
        Group("Screened", POPULATION, _last_says("tobacco_user", "tobacco_non_user"), exclusions=exclusions.HOSPICE),
        Group("Users treated", POPULATION, TREATED, denominator=USER, exclusions=exclusions.HOSPICE),
        Group(
            "Screened, and treated if users",
            POPULATION,
            AnyOf("Non user, or treated", (NON_USER, AllOf("User, treated", (USER, TREATED)))),
            exclusions=exclusions.HOSPICE,
        ),
    ),
)
