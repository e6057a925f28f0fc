"""Capacity: what could be booked, what was, and when the doors are full."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.breakdown import Breakdown, Steps
from app.reports.questions.figures import Figures
from app.reports.questions.heat import Heat
from app.reports.questions.trends import Trends

_BY_DOCTOR = (
    "capacity.utilisation",
    "capacity.attended_utilisation",
    "capacity.available_minutes",
    "capacity.third_next_median",
)

CAPACITY = Definition(
    key="capacity",
    label="Capacity",
    description="Bookable time and how much of it was used, third next available, visits by weekday and hour, rooms.",
    readers="Running the clinic",
    permission=Permission.METRICS_OPERATIONS,
    headline=("capacity.utilisation", "capacity.third_next_median", "capacity.visits_per_hour"),
    questions=(
        Figures(
            "Key figures",
            (
                "capacity.utilisation",
                "capacity.attended_utilisation",
                "capacity.available_minutes",
                "capacity.blocked_rate",
                "capacity.visits_per_hour",
                "capacity.third_next_median",
                "capacity.third_next_p90",
                "capacity.room_utilisation",
                "capacity.equipment_utilisation",
            ),
            readings=True,
        ),
        Heat("Patients by weekday and hour", "attendance.seen"),
        Trends(("capacity.utilisation",)),
        Breakdown("By clinic", _BY_DOCTOR, ("clinic",), graph="rows"),
        Breakdown("By department", _BY_DOCTOR, ("department",)),
        Breakdown("By doctor", _BY_DOCTOR, ("practitioner",)),
        Breakdown("By weekday", ("capacity.utilisation", "capacity.available_minutes"), ("weekday",), graph="columns"),
        Breakdown("Devices", ("capacity.equipment_utilisation",), ("equipment_kind",)),
        Steps(("capacity.utilisation", "capacity.available_minutes"), graph=False),
    ),
    filters=frozenset({"clinics", "practitioners"}),
)
