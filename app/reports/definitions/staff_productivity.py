"""Staff productivity: time on duty, absence, and the visits that it carried."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.breakdown import Breakdown, Steps
from app.reports.questions.figures import Figures
from app.reports.questions.trends import Trends

_SHIFTS = ("staff.minutes", "staff.absence_rate")

STAFF_PRODUCTIVITY = Definition(
    key="staff_productivity",
    label="Staff productivity",
    description="Time worked and absence by role and clinic, visits per doctor hour, tasks done in time.",
    readers="Doctors and staff",
    permission=Permission.METRICS_STAFF,
    headline=("staff.visits_per_doctor_hour", "staff.minutes", "staff.absence_rate"),
    questions=(
        Figures(
            "Key figures",
            (
                "staff.minutes",
                "staff.absence_rate",
                "staff.doctor_on_duty",
                "staff.nurse_on_duty",
                "staff.support_on_duty",
                "staff.visits_per_doctor_hour",
                "staff.nurses_per_doctor",
                "tasks.due",
                "tasks.on_time_rate",
                "tasks.overdue",
            ),
            readings=True,
        ),
        Trends(("staff.visits_per_doctor_hour",)),
        Breakdown("By role", _SHIFTS, ("role",), graph="rows"),
        Breakdown("By clinic", (*_SHIFTS, "staff.visits_per_doctor_hour", "staff.nurses_per_doctor"), ("clinic",)),
        Breakdown("By weekday", (*_SHIFTS, "staff.visits_per_doctor_hour"), ("weekday",), graph="columns"),
        Steps(("staff.visits_per_doctor_hour", *_SHIFTS), graph=False),
    ),
    filters=frozenset({"clinics"}),
)
