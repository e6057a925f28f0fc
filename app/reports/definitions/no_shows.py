"""No-shows: when and where patients do not come, and how far ahead those visits were booked."""

from app.core.permissions import Permission
from app.reports.definition import EVERY_FILTER, Definition
from app.reports.questions.days import Days
from app.reports.questions.figures import Figures
from app.reports.questions.heat import Heat
from app.reports.questions.shares import Shares
from app.reports.questions.trends import Trends

_KEY = "attendance.no_show_rate"

NO_SHOWS = Definition(
    key="no_shows",
    label="No-shows",
    description="The share of visits that patients missed, by weekday, hour, days ahead, service, doctor, age and sex.",
    readers="Running the clinic",
    permission=Permission.METRICS_OPERATIONS,
    headline=(_KEY, "attendance.no_shows", "attendance.lost_slot_rate"),
    questions=(
        Figures(
            "Key figures",
            (
                _KEY,
                "attendance.no_shows",
                "attendance.booked",
                "attendance.late_cancellation_rate",
                "attendance.lost_slot_rate",
                "attendance.outcome_missing_rate",
                "capacity.lead_median",
            ),
            readings=True,
        ),
        Trends((_KEY,)),
        Shares("No-shows by weekday", _KEY, "weekday"),
        Shares("No-shows by hour", _KEY, "hour"),
        Heat("No-shows by weekday and hour", _KEY),
        Shares("No-shows by time booked ahead", _KEY, "lead"),
        Shares("No-shows by service", _KEY, "type"),
        Shares("No-shows by new and known patients", _KEY, "visit_kind"),
        Shares("No-shows by age", _KEY, "age_band"),
        Shares("No-shows by sex", _KEY, "sex"),
        Shares("No-shows by department", _KEY, "department"),
        Shares("No-shows by doctor", _KEY, "practitioner"),
        Days(),
    ),
    filters=EVERY_FILTER | {"departments"},
)
