"""What patients say, what went wrong, what is to be done, and whether notes were signed."""

from datetime import timedelta

from sqlalchemy import and_, func

from app.models.encounters import Encounter
from app.models.feedback import Complaint, Incident, SurveyAnswer
from app.models.staff import Task
from app.rollups.family import Measure, Spread, family

SIGN_WITHIN = timedelta(hours=72)

_score, _recommend = SurveyAnswer.satisfaction, SurveyAnswer.recommend

SURVEYS = family(
    SurveyAnswer,
    "surveys",
    SurveyAnswer.asked_day,
    "The date on which the patient was asked.",
    label="surveys sent",
    measures=(
        Measure("asked", "surveys sent"),
        Measure("replied", "replies", where=SurveyAnswer.answered_at.is_not(None)),
        Measure("scored", "replies with a score", where=_score.is_not(None)),
        Measure("score_sum", "sum of scores", of=_score),
        Measure("top_box", "scores of 5", where=_score == 5),
        Measure("rated", "replies with a recommendation", where=_recommend.is_not(None)),
        Measure("promoters", "recommendations of 9 or 10", where=_recommend >= 9),
        Measure("passives", "recommendations of 7 or 8", where=_recommend.between(7, 8)),
        Measure("detractors", "recommendations of 0 to 6", where=_recommend <= 6),
    ),
    spreads=(Spread("score", "satisfaction scores", _score),),
)

COMPLAINTS = family(
    Complaint,
    "complaints",
    Complaint.received_day,
    "The date of receipt.",
    label="complaints",
    dimensions={"category": Complaint.category},
    measures=(
        Measure("received", "complaints"),
        Measure("closed", "closed", where=Complaint.closed_day.is_not(None), now=True),
        Measure("open", "still open", where=Complaint.closed_day.is_(None), now=True),
    ),
    spreads=(Spread("days", "days to close", Complaint.closed_day - Complaint.received_day),),
)

INCIDENTS = family(
    Incident,
    "incidents",
    Incident.day,
    "The date of the incident.",
    label="incidents",
    dimensions={"severity": Incident.severity, "category": Incident.category},
    measures=(
        Measure("incidents", "incidents and near misses"),
        Measure("near_misses", "near misses", where=Incident.severity == "near_miss"),
        Measure("harm", "incidents with harm", where=Incident.severity.in_(("moderate", "severe"))),
    ),
)

_done = Task.done_day.is_not(None)
_on_time = and_(_done, Task.done_day <= Task.due_day)
_follow_up = Task.kind == "follow_up"

TASKS = family(
    Task,
    "tasks",
    Task.due_day,
    "The date on which the task was due.",
    label="tasks due",
    dimensions={"kind": Task.kind, "priority": Task.priority},
    measures=(
        Measure("due", "tasks due"),
        Measure("done", "done", where=_done, now=True),
        Measure("on_time", "done by the due date", where=_on_time),
        Measure("open", "not done", where=Task.done_day.is_(None), now=True),
        Measure("follow_ups", "follow-ups due", where=_follow_up),
        Measure("follow_ups_on_time", "follow-ups done by the due date", where=and_(_follow_up, _on_time)),
        Measure("follow_ups_open", "follow-ups not done", where=and_(_follow_up, Task.done_day.is_(None)), now=True),
        Measure(
            "lab_open", "results not reviewed", where=and_(Task.kind == "lab_review", Task.done_day.is_(None)), now=True
        ),
    ),
)

_finished = Encounter.status == "finished"
_signed = func.coalesce(Encounter.ends_at, Encounter.starts_at) + SIGN_WITHIN >= Encounter.signed_at

ENCOUNTERS = family(
    Encounter,
    "encounters",
    Encounter.local_day,
    "The clinic's local date of the encounter.",
    label="encounters",
    at=Encounter.starts_at,
    dimensions={"setting": Encounter.setting},
    measures=(
        Measure("encounters", "encounters"),
        Measure("finished", "finished encounters", where=_finished),
        Measure("signed", "notes signed", where=and_(_finished, Encounter.signed_at.is_not(None)), now=True),
        Measure("signed_in_time", "notes signed within 72 h", where=and_(_finished, _signed)),
    ),
)
FAMILIES = (SURVEYS, COMPLAINTS, INCIDENTS, TASKS, ENCOUNTERS)
