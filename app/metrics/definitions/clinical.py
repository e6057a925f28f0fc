"""Clinical care: blood pressure, results, medication supply, messages, goals."""

from app.core.permissions import Permission
from app.metrics.types import Better, LeftOut, Metric, Unit
from app.metrics.values import STANDING, Ratio, Total, Window, quantile_of, total_of
from app.rollups.families.clinical import BLOOD_PRESSURE, GOALS, MESSAGES, REFILLS, RESULTS

_P = Permission.METRICS_PATIENTS
_NO_PRESSURE = "No source brings blood pressure and diagnoses of hypertension."
_NO_REVIEW = "No source says which results have been reviewed."
_NO_TIMES = "No source says when results were ordered and issued."
_NO_SUPPLY = "No source brings dispenses with the days that they supply."
_NO_MESSAGES = "No source brings messages."
_NO_GOALS = "No source brings health goals with a date."
_PQA = "Proportion of days covered (Pharmacy Quality Alliance), a supply beginning when the one before it is used up."
_CMS165 = "Threshold of CMS165, Controlling High Blood Pressure: below 140/90 mmHg. By reading, not certified for CMS."
_PAST_DUE = Window(None, 1)

readings = total_of(BLOOD_PRESSURE, "readings")
hypertensive = total_of(BLOOD_PRESSURE, "hypertensive")
issued = total_of(RESULTS, "issued")
for_review = total_of(RESULTS, "for_review")
due = total_of(REFILLS, "due")
received = total_of(MESSAGES, "received")
goals = total_of(GOALS, "due")
judged = total_of(GOALS, "judged")

_PRESSURES = (
    Metric(
        key="clinical.bp_control_rate",
        label="Blood pressure in control",
        description="Share of the readings of patients with diagnosed hypertension that were below 140/90 mmHg.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(BLOOD_PRESSURE, "controlled"), hypertensive),
        permission=_P,
        source=_CMS165,
        population=readings,
        left_out=(LeftOut("No hypertension", "no diagnosis on the day of the reading", readings - hypertensive),),
        not_recorded=_NO_PRESSURE,
    ),
)
_RESULTS = (
    Metric(
        key="clinical.results_pending",
        label="Results to review",
        description="Final results issued up to the end of the period that no doctor has reviewed.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(RESULTS, "pending").over(STANDING)),
        permission=_P,
        not_recorded=_NO_REVIEW,
    ),
    Metric(
        key="clinical.abnormal_results_pending",
        label="Abnormal results to review",
        description="Final results out of range, issued up to the end of the period, that no doctor has reviewed.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(RESULTS, "pending_abnormal").over(STANDING)),
        permission=_P,
        not_recorded=_NO_REVIEW,
    ),
    Metric(
        key="clinical.review_rate",
        label="Results reviewed within 72 h",
        description="Share of the final results issued in the period that a doctor reviewed within 72 hours.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(RESULTS, "reviewed_in_time"), for_review),
        permission=_P,
        population=issued,
        left_out=(LeftOut("Review not recorded", "the source does not say", issued - for_review),),
        not_recorded=_NO_REVIEW,
    ),
    Metric(
        key="clinical.turnaround_median",
        label="Time to a result, median",
        description="Half of the results were issued within this time of the order, else of the sample.",
        unit=Unit.MINUTES,
        better=Better.DOWN,
        value=quantile_of(RESULTS, "turnaround", 0.5),
        permission=_P,
        population=issued,
        not_recorded=_NO_TIMES,
    ),
)
_MEDICATION = (
    Metric(
        key="clinical.days_covered_rate",
        label="Days covered by medication",
        description="Share of the days from one dispense of a medication to the next on which the supply reached.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(REFILLS, "days_covered"), total_of(REFILLS, "days")),
        permission=_P,
        source=_PQA,
        numerator="days with medication",
        denominator="days from a dispense whose supply ran out in the period to the next dispense",
        not_recorded=_NO_SUPPLY,
    ),
    Metric(
        key="clinical.refill_rate",
        label="Refilled within 7 days",
        description="Share of the supplies that ran out in the period and were refilled at most 7 days later.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(REFILLS, "in_time"), due),
        permission=_P,
        not_recorded=_NO_SUPPLY,
    ),
    Metric(
        key="clinical.refills_overdue",
        label="Refills overdue",
        description="Medications still prescribed whose dispensed supply has run out.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(REFILLS, "open").over(_PAST_DUE)),
        permission=_P,
        not_recorded=_NO_SUPPLY,
    ),
)
_MESSAGES = (
    Metric(
        key="clinical.messages_unread",
        label="Unread messages",
        description="Messages of patients up to the end of the period that nobody has read.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(MESSAGES, "unread").over(STANDING)),
        permission=_P,
        not_recorded=_NO_MESSAGES,
    ),
    Metric(
        key="clinical.answer_rate",
        label="Messages answered within 24 h",
        description="Share of the messages of patients that were answered within 24 hours.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(MESSAGES, "answered_in_time"), received),
        permission=_P,
        not_recorded=_NO_MESSAGES,
    ),
    Metric(
        key="clinical.answer_median",
        label="Time to an answer, median",
        description="Half of the answered messages of patients were answered within this time.",
        unit=Unit.MINUTES,
        better=Better.DOWN,
        value=quantile_of(MESSAGES, "answer", 0.5),
        permission=_P,
        population=received,
        not_recorded=_NO_MESSAGES,
    ),
)
_GOALS = (
    Metric(
        key="clinical.goals_on_track_rate",
        label="Goals on track",
        description="Share of the judged goals with a date in the period that are reached or improving.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(GOALS, "on_track"), judged),
        permission=_P,
        population=goals,
        left_out=(LeftOut("Not judged", "nobody has said how the goal stands", goals - judged),),
        not_recorded=_NO_GOALS,
    ),
    Metric(
        key="clinical.goals_reached_rate",
        label="Goals reached",
        description="Share of the goals with a date in the period that are reached.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(GOALS, "achieved"), goals),
        permission=_P,
        not_recorded=_NO_GOALS,
    ),
)
METRICS = (*_PRESSURES, *_RESULTS, *_MEDICATION, *_MESSAGES, *_GOALS)
