"""Satisfaction and safety: what patients answer, what they complain about, what went wrong."""

from app.core.permissions import Permission
from app.metrics.types import Better, LeftOut, Metric, Unit
from app.metrics.values import STANDING, Ratio, Total, quantile_of, total_of
from app.rollups.families.appointments import APPOINTMENTS as A
from app.rollups.families.care import COMPLAINTS, INCIDENTS, SURVEYS

_P = Permission.METRICS_OPERATIONS
_NO_SURVEYS, _NO_COMPLAINTS = "No source brings survey answers.", "No source brings complaints."
_NO_INCIDENTS = "No source brings incidents."
NPS_MIN = 30

asked, scored = total_of(SURVEYS, "asked"), total_of(SURVEYS, "scored")
_silent = (LeftOut("No score given", "asked, and did not answer this question", asked - scored),)

METRICS = (
    Metric(
        key="satisfaction.score",
        label="Satisfaction",
        description="Mean of the answers from 1 (poor) to 5 (excellent).",
        unit=Unit.SCORE,
        better=Better.UP,
        value=Ratio(total_of(SURVEYS, "score_sum"), scored),
        permission=_P,
        population=asked,
        awaited="Surveys are out, no reply has come yet.",
        left_out=_silent,
        not_recorded=_NO_SURVEYS,
    ),
    Metric(
        key="satisfaction.top_box",
        label="Best answer given",
        description="Share of the answers that give the best score, 5.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(SURVEYS, "top_box"), scored),
        permission=_P,
        source="CAHPS reports the top box",
        population=asked,
        awaited="Surveys are out, no reply has come yet.",
        left_out=_silent,
        not_recorded=_NO_SURVEYS,
    ),
    Metric(
        key="satisfaction.nps",
        label="Net promoter score",
        description="Share of those who recommend the clinic (9 or 10) less the share of those who do not (0 to 6).",
        unit=Unit.SCORE,
        better=Better.UP,
        value=Ratio(total_of(SURVEYS, "promoters") - total_of(SURVEYS, "detractors"), total_of(SURVEYS, "rated"), 100),
        permission=_P,
        source="Net promoter score; hidden below 30 answers",
        population=asked,
        awaited="Surveys are out, no reply has come yet.",
        left_out=(LeftOut("No recommendation given", "asked, and did not answer", asked - total_of(SURVEYS, "rated")),),
        min_n=NPS_MIN,
        not_recorded=_NO_SURVEYS,
    ),
    Metric(
        key="satisfaction.response_rate",
        label="Response rate",
        description="Share of the surveys sent that were answered; low rates make the scores doubtful.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(SURVEYS, "replied"), asked),
        permission=_P,
        not_recorded=_NO_SURVEYS,
    ),
    Metric(
        key="satisfaction.replies",
        label="Survey replies",
        description="Surveys asked in the period that were answered.",
        unit=Unit.COUNT,
        better=Better.UP,
        value=Total(total_of(SURVEYS, "replied")),
        permission=_P,
        not_recorded=_NO_SURVEYS,
    ),
    Metric(
        key="satisfaction.complaints",
        label="Complaints",
        description="Complaints received in the period.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(COMPLAINTS, "received")),
        permission=_P,
        not_recorded=_NO_COMPLAINTS,
    ),
    Metric(
        key="satisfaction.complaints_per_1000",
        label="Complaints per 1,000 visits",
        description="Complaints received for each 1,000 completed visits of the period.",
        unit=Unit.RATIO,
        better=Better.DOWN,
        value=Ratio(total_of(COMPLAINTS, "received"), total_of(A, "completed"), scale=1000),
        permission=_P,
        denominator="completed visits",
        not_recorded=_NO_COMPLAINTS,
    ),
    Metric(
        key="satisfaction.complaints_open",
        label="Open complaints",
        description="Complaints received up to the end of the period that are not closed now.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(COMPLAINTS, "open").over(STANDING)),
        permission=_P,
        not_recorded=_NO_COMPLAINTS,
    ),
    Metric(
        key="satisfaction.complaint_days_median",
        label="Days to close a complaint, median",
        description="Half of the closed complaints took no more days than this from receipt to closing.",
        unit=Unit.DAYS,
        better=Better.DOWN,
        value=quantile_of(COMPLAINTS, "days", 0.5),
        permission=_P,
        not_recorded=_NO_COMPLAINTS,
    ),
    Metric(
        key="satisfaction.incidents",
        label="Incidents",
        description="Safety incidents and near misses of the period. More reports can mean more care in reporting.",
        unit=Unit.COUNT,
        better=Better.NONE,
        value=Total(total_of(INCIDENTS, "incidents")),
        permission=_P,
        not_recorded=_NO_INCIDENTS,
    ),
    Metric(
        key="satisfaction.harm_incidents",
        label="Incidents with harm",
        description="Incidents of moderate or severe harm.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(INCIDENTS, "harm")),
        permission=_P,
        not_recorded=_NO_INCIDENTS,
    ),
)
