"""CMS2: screening for depression and follow-up plan."""

from app.quality import checks, latest
from app.quality.criteria import Age, AllOf, AnyOf, Case, Check, Exists, Judged
from app.quality.measure import Group, Measure
from app.quality.record import Entry
from app.quality.visits import FINISHED, visit

VISIT = visit("encounter_depression", "physical_therapy_evaluation", "telephone_visit", took_place=FINISHED)


def _before(entry: Entry, encounter: Entry) -> bool:
    """Made on the day on which the visit began, or at most 14 days before."""
    moment = entry.span.latest() if entry.span else None
    start = encounter.span.start if encounter.span else None
    return moment is not None and start is not None and 0 <= (start.date() - moment.date()).days <= 14


def _in_time(entry: Entry, case: Case) -> bool:
    return any(_before(entry, each) for each in VISIT.entries(case))


def _screening(who: str) -> Exists:
    checked = (checks.status("final"), checks.has_value(), Check("up to 14 days before a visit", _in_time))
    return Exists(f"Depression screening, {who}", "Observation", (f"{who}_screening",), checked)


def _follow_ups(who: str) -> tuple[Exists, ...]:
    return (
        Exists("Medication", "MedicationRequest", (f"{who}_depression_medications",), (checks.ordered(),)),
        Exists("Referral", "ServiceRequest", (f"referral_{who}_depression",), (checks.status("active", "completed"),)),
        Exists("Follow-up", "Procedure", (f"follow_up_{who}_depression",), (checks.status("completed"),)),
    )


def _follows(entry: Entry, encounter: Entry, case: Case) -> bool:
    """Done during the visit, or ordered from the day it ended up to two days later; in the period either way."""
    done = entry.span.start if entry.kind == "Procedure" and entry.span else None
    span = encounter.span
    if span is None or span.end is None or not case.period.holds(done or entry.authored):
        return False
    if done is not None:
        return span.holds(done)
    return entry.authored is not None and 0 <= (entry.authored.date() - span.end.date()).days <= 2


def _negative_or_followed(who: str) -> Judged:
    """The last screening is negative, or positive with a follow-up."""

    def judgement(case: Case) -> tuple[bool, str, list[Entry]]:
        last = latest.last_begun(_screening(who).entries(case))
        if last is None:
            return False, "not screened", []
        if case.is_in(last.answers, "screening_negative"):
            return True, "negative", [last]
        if not case.is_in(last.answers, "screening_positive"):
            return False, "neither positive nor negative", [last]
        visits = [each for each in VISIT.entries(case) if _before(last, each)]
        plans = [
            each
            for kind in _follow_ups(who)
            for each in kind.entries(case)
            if any(_follows(each, encounter, case) for encounter in visits)
        ]
        return bool(plans), f"positive, {len(plans)} follow-ups", [last, *plans]

    return Judged(
        f"Last {who} screening negative, or positive with follow-up", judgement, "Observation", (f"{who}_screening",)
    )


def _not_screened(who: str) -> Judged:
    """A reason not to screen was recorded during a visit, and no screening was made."""

    def judgement(case: Case) -> tuple[bool, str, list[Entry]]:
        refusals = [
            each
            for each in Exists(
                "", "Observation", (f"{who}_screening",), (checks.status("cancelled"),), 1, True
            ).entries(case)
            if case.is_in(each.refusal, "screening_declined") or case.is_in(each.refusal, "medical_reason")
            if any(_during(each, encounter) for encounter in VISIT.entries(case))
        ]
        screened = bool(_screening(who).entries(case))
        return bool(refusals) and not screened, "screened all the same" if screened else "", refusals

    return Judged(f"Reason not to screen, {who}", judgement, "Observation", (f"{who}_screening",))


def _during(entry: Entry, encounter: Entry) -> bool:
    return encounter.span is not None and encounter.span.holds(entry.authored)


def _before_a_visit(entry: Entry, case: Case) -> bool:
    start = entry.span.start if entry.span else None
    begun = (each.span.start for each in VISIT.entries(case) if each.span and each.span.start)
    return start is not None and any(start < moment for moment in begun)


ADOLESCENT, ADULT = _negative_or_followed("adolescent"), _negative_or_followed("adult")

MEASURE = Measure(
    "CMS2",
    "PCSDepressionScreenAndFollowUpFHIR",
    "Screening for depression and follow-up plan",
    (
        Group(
            "Screened, with follow-up if positive",
            AllOf("Initial population", (Age(12, at_start=True), VISIT)),
            AnyOf(
                "Screened by age",
                (
                    AllOf("Aged 12 to 17", (Age(12, 17, at_start=True), ADOLESCENT)),
                    AllOf("Aged 17 or older", (Age(17, at_start=True), ADULT)),
                ),
            ),
            exclusions=Exists(
                "Bipolar disorder known before a visit",
                "Condition",
                ("bipolar",),
                (
                    Check(
                        "a problem or health concern",
                        lambda entry, _: bool(entry.categories & {"problem-list-item", "health-concern"}),
                    ),
                    Check("known before a visit", _before_a_visit),
                ),
            ),
            exceptions=AnyOf("Reason not to screen", (_not_screened("adolescent"), _not_screened("adult"))),
        ),
    ),
)
