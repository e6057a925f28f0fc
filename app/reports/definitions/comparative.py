"""Comparative: the clinics and departments beside each other, with intervals, and not in order of merit."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.breakdown import Breakdown
from app.reports.questions.figures import Figures
from app.reports.questions.multiples import Multiples
from app.reports.questions.shares import Shares

COMPARATIVE = Definition(
    key="comparative",
    label="Clinics compared",
    description="The same figures for each clinic side by side, drawn and as tables, with how sure each is.",
    readers="Analysis",
    permission=Permission.METRICS_OPERATIONS,
    headline=("attendance.seen", "attendance.no_show_rate", "waiting.wait_median"),
    questions=(
        Breakdown(
            "By clinic",
            (
                "attendance.seen",
                "attendance.no_show_rate",
                "waiting.wait_median",
                "waiting.wait_p90",
                "capacity.utilisation",
                "satisfaction.score",
            ),
            ("clinic",),
        ),
        Multiples("attendance.seen"),
        Multiples("attendance.no_show_rate"),
        Multiples("waiting.wait_median"),
        Multiples("revenue.collected"),
        Shares("No-shows by clinic", "attendance.no_show_rate", "clinic"),
        Shares("Started on time by clinic", "waiting.on_time_rate", "clinic"),
        Shares("Claims denied by clinic", "claims.denial_rate", "clinic"),
        Breakdown(
            "Money by clinic",
            ("revenue.charged", "revenue.collected", "revenue.per_visit", "receivables.outstanding"),
            ("clinic",),
            graph="rows",
        ),
        Shares("No-shows by department", "attendance.no_show_rate", "department"),
        Figures("All together", ("attendance.seen", "attendance.no_show_rate", "waiting.wait_median")),
    ),
    filters=frozenset({"clinics", "types", "age_bands", "sexes"}),
)
