"""CMS69: body mass index, screened and followed up."""

from app.quality import checks, exclusions
from app.quality.criteria import AllOf, AnyOf, Case, Check, Exists, Not
from app.quality.measure import Group, Measure
from app.quality.record import Entry
from app.quality.timing import Interval, age_on, at
from app.quality.visits import FINISHED, visit

ACTIVE = frozenset({"active", "recurrence", "relapse"})
LOW, HIGH = 18.5, 25


def _adult(entry: Entry, case: Case) -> bool:
    birth, start = case.history.birth_date, entry.span.start if entry.span else None
    return birth is not None and start is not None and age_on(birth, start.date()) >= 18


_ALL_VISITS = visit("encounter_bmi", took_place=FINISHED)
VISIT = Exists(
    "Visit in person in the period",
    "Encounter",
    ("encounter_bmi",),
    (*_ALL_VISITS.checks, Check("in person", lambda entry, _: entry.setting != "VR")),
)
ADULT_VISIT = Exists(
    "Visit in person at the age of 18 or older",
    "Encounter",
    ("encounter_bmi",),
    (*VISIT.checks, Check("at the age of 18 or older", _adult)),
)


def _bmi(words: str, least: float, below: float | None) -> Exists:
    def fits(entry: Entry, _: Case) -> bool:
        value, unit = entry.quantity or (None, None)
        return (
            value is not None and unit == "kg/m2" and least <= value and (below is None or value < below) and value > 0
        )

    checked = (checks.status(*checks.DONE), checks.within(), Check(words.lower(), fits))
    return Exists(words, "Observation", ("body_mass_index",), checked)


LOW_BMI = _bmi("BMI below 18.5 kg/m2", 0, LOW)
NORMAL_BMI = _bmi("BMI of 18.5 to below 25 kg/m2", LOW, HIGH)
HIGH_BMI = _bmi("BMI of 25 kg/m2 or above", HIGH, None)


def _when(entry: Entry) -> Interval | None:
    """When it was done, or asked for."""
    if entry.kind == "Procedure":
        return entry.span
    return at(entry.authored) if entry.authored else None


def _begun_by(condition: Entry, when: Interval) -> bool:
    start = condition.span.start if condition.span else None
    return start is not None and when.start is not None and start.date() <= when.start.date()


def _not_over(condition: Entry, when: Interval) -> bool:
    """Known to last until then: it goes on, or ended no earlier."""
    span = condition.span
    if span is None or when.start is None:
        return False
    return span.ongoing if span.end is None else span.end.date() >= when.start.date()


def _explained(key: str, categories: frozenset[str] | None, lasting: bool) -> Check:
    """It names the condition as its reason, or the condition stood on the record when it was done.

    `categories`: the condition must be active and filed so. `lasting`: it must not have ended before.
    """

    def holds(entry: Entry, case: Case) -> bool:
        when = _when(entry)
        if case.is_in(entry.reasons, key):
            return True
        return when is not None and any(
            _begun_by(each, when)
            and (categories is None or (each.status in ACTIVE and bool(each.categories & categories)))
            and (not lasting or _not_over(each, when))
            for each in case.found("Condition", (key,))
        )

    return Check("explained by the weight", holds)


def _starts_in_period(entry: Entry, case: Case) -> bool:
    when = _when(entry)
    return when is not None and case.period.holds(when.start)


IN_PERIOD = Check("begun in the period", _starts_in_period)
LISTED = frozenset({"problem-list-item", "health-concern"})
CONCERN = frozenset({"health-concern"})


def _followed(kind: str, key: str, ordered: Check, performed: Check) -> AnyOf:
    return AnyOf(
        f"Follow-up for {kind} BMI",
        (
            Exists(
                "Follow-up or referral ordered",
                "ServiceRequest",
                (f"follow_up_{kind}_bmi", "referral_weight"),
                (ordered, IN_PERIOD),
            ),
            Exists("Medication ordered", "MedicationRequest", (f"medications_{kind}_bmi",), (ordered, IN_PERIOD)),
            Exists("Follow-up performed", "Procedure", (f"follow_up_{kind}_bmi",), (performed, IN_PERIOD)),
        ),
    )


HIGH_FOLLOWED = _followed(
    "high",
    "overweight_or_obese",
    _explained("overweight_or_obese", LISTED, False),
    _explained("overweight_or_obese", None, True),
)
LOW_FOLLOWED = _followed(
    "low", "underweight", _explained("underweight", CONCERN, False), _explained("underweight", CONCERN, True)
)


def _same_day(entry: Entry, case: Case) -> bool:
    moment = entry.authored or (entry.span.end if entry.span else None)
    days = {each.span.start.date() for each in VISIT.entries(case) if each.span and each.span.start}
    return moment is not None and moment.date() in days


ON_VISIT = Check("on the day of a visit", _same_day)


def _refused_for(*keys: str) -> Check:
    return Check(
        "for a reason that counts",
        lambda entry, case: any(case.is_in((*entry.refusal, *entry.reasons), key) for key in keys),
    )


NOT_DONE = AnyOf(
    "Reason for no follow-up or no measurement",
    (
        Exists(
            "Medical reason against follow-up or referral",
            "ServiceRequest",
            ("referral_weight", "follow_up_high_bmi", "follow_up_low_bmi"),
            (checks.status("completed"), ON_VISIT, _refused_for("medical_reason")),
            refused=True,
        ),
        Exists(
            "Medical reason against medication",
            "MedicationRequest",
            ("medications_high_bmi", "medications_low_bmi"),
            (checks.status("completed"), ON_VISIT, _refused_for("medical_reason")),
            refused=True,
        ),
        Exists(
            "Medical or patient reason against measuring",
            "Observation",
            ("body_mass_index",),
            (checks.status("cancelled"), ON_VISIT, _refused_for("patient_declined", "medical_reason")),
            refused=True,
        ),
    ),
)

MEASURE = Measure(
    "CMS69",
    "PCSBMIScreenAndFollowUpFHIR",
    "Body mass index: screening and follow-up plan",
    (
        Group(
            "Normal, or followed up",
            ADULT_VISIT,
            AnyOf(
                "Normal BMI, or follow-up",
                (
                    AllOf("High BMI with follow-up", (HIGH_BMI, HIGH_FOLLOWED)),
                    AllOf("Low BMI with follow-up", (LOW_BMI, LOW_FOLLOWED)),
                    AllOf(
                        "Normal BMI",
                        (NORMAL_BMI, Not("No high BMI", HIGH_BMI), Not("No low BMI", LOW_BMI)),
                    ),
                ),
            ),
            exclusions=AnyOf(
                "Exclusions",
                (
                    exclusions.HOSPICE,
                    exclusions.PALLIATIVE,
                    Exists(
                        "Pregnancy during the period",
                        "Condition",
                        ("pregnancy_or_related",),
                        (checks.status("active"), checks.overlapping()),
                    ),
                ),
            ),
            exceptions=NOT_DONE,
        ),
    ),
)
