"""Appointments: what was booked, and what came of it."""

from app.core.permissions import Permission
from app.reports.definition import EVERY_FILTER, Definition
from app.reports.questions.breakdown import Breakdown, Steps
from app.reports.questions.figures import Figures
from app.reports.questions.trends import Trends

_OUTCOMES = ("attendance.booked", "attendance.completed", "attendance.no_shows", "attendance.cancellations")
_RATES = ("attendance.booked", "attendance.completion_rate", "attendance.cancellation_rate", "attendance.no_show_rate")

APPOINTMENTS = Definition(
    key="appointments",
    label="Appointments",
    description="Booked visits by outcome, service, doctor, weekday and hour, and how far ahead they were booked.",
    readers="Running the clinic",
    permission=Permission.METRICS_OPERATIONS,
    headline=("attendance.booked", "attendance.completion_rate", "attendance.cancellation_rate"),
    questions=(
        Figures(
            "Key figures",
            (
                "attendance.booked",
                "attendance.seen",
                "attendance.completed",
                "attendance.no_shows",
                "attendance.cancellations",
                "attendance.completion_rate",
                "attendance.cancellation_rate",
                "attendance.late_cancellation_rate",
                "attendance.clinic_cancellation_rate",
                "attendance.rescheduled_rate",
                "attendance.lost_slot_rate",
                "attendance.outcome_missing_rate",
                "capacity.lead_median",
                "capacity.online_rate",
            ),
            readings=True,
        ),
        Trends(("attendance.booked",)),
        Steps(_OUTCOMES, graph=False),
        Breakdown("By service", _RATES, ("type",), graph="rows"),
        Breakdown("By department", _RATES, ("department",)),
        Breakdown("By doctor", _RATES, ("practitioner",)),
        Breakdown("By weekday", _OUTCOMES, ("weekday",), graph="columns"),
        Breakdown("By hour", _OUTCOMES, ("hour",), graph="columns"),
    ),
    filters=EVERY_FILTER | {"departments"},
)
