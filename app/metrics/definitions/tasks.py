"""Tasks and notes: is what is due done, and is what was done written down?"""

from app.core.permissions import Permission
from app.metrics.types import Better, LeftOut, Metric, Unit
from app.metrics.values import Ratio, Term, Total, Window, total_of
from app.rollups.families.care import ENCOUNTERS, TASKS

_P = Permission.METRICS_OPERATIONS
_NO_TASKS = "No source brings tasks."
_NO_NOTES = "No source records encounters and the signing of their notes."
_PAST_DUE = Window(None, 1)

finished = total_of(ENCOUNTERS, "finished")

METRICS = (
    Metric(
        key="tasks.due",
        label="Tasks due",
        description="Tasks whose due date lies in the period.",
        unit=Unit.COUNT,
        better=Better.NONE,
        value=Total(total_of(TASKS, "due")),
        permission=_P,
        not_recorded=_NO_TASKS,
    ),
    Metric(
        key="tasks.on_time_rate",
        label="Tasks done on time",
        description="Share of the tasks due that were done by their due date.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(TASKS, "on_time"), total_of(TASKS, "due")),
        permission=_P,
        not_recorded=_NO_TASKS,
    ),
    Metric(
        key="tasks.overdue",
        label="Tasks overdue",
        description="Tasks whose due date has passed and that are not done now.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(TASKS, "open").over(_PAST_DUE)),
        permission=_P,
        not_recorded=_NO_TASKS,
    ),
    Metric(
        key="tasks.follow_up_rate",
        label="Follow-ups done on time",
        description="Share of the follow-ups due that were done by their due date.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(TASKS, "follow_ups_on_time"), total_of(TASKS, "follow_ups")),
        permission=_P,
        not_recorded=_NO_TASKS,
    ),
    Metric(
        key="tasks.follow_ups_overdue",
        label="Follow-ups overdue",
        description="Follow-ups whose due date has passed and that are not done now.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(TASKS, "follow_ups_open").over(_PAST_DUE)),
        permission=_P,
        not_recorded=_NO_TASKS,
    ),
    Metric(
        key="tasks.results_waiting",
        label="Results not reviewed",
        description="Laboratory results due for review up to the end of the period that nobody has reviewed.",
        unit=Unit.COUNT,
        better=Better.DOWN,
        value=Total(total_of(TASKS, "lab_open").over(Window(None))),
        permission=_P,
        not_recorded=_NO_TASKS,
    ),
    Metric(
        key="tasks.documentation_rate",
        label="Notes signed within 72 h",
        description="Share of the finished encounters whose note was signed within 72 hours of their end.",
        unit=Unit.PERCENT,
        better=Better.UP,
        value=Ratio(total_of(ENCOUNTERS, "signed_in_time"), finished),
        permission=_P,
        population=total_of(ENCOUNTERS, "encounters"),
        left_out=(
            LeftOut("Not finished", "planned, running or cancelled", total_of(ENCOUNTERS, "encounters") - finished),
        ),
        noted=Term(ENCOUNTERS, ENCOUNTERS.measure("signed")),
        not_recorded=_NO_NOTES,
    ),
    Metric(
        key="tasks.encounters",
        label="Finished encounters",
        description="Contacts with patients that took place, booked or not.",
        unit=Unit.COUNT,
        better=Better.NONE,
        value=Total(finished),
        permission=_P,
        population=total_of(ENCOUNTERS, "encounters"),
        left_out=(
            LeftOut("Not finished", "planned, running or cancelled", total_of(ENCOUNTERS, "encounters") - finished),
        ),
        not_recorded="No source brings encounters.",
    ),
)
