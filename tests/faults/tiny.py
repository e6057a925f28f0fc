"""A report of one page that counts its clinic's appointments: small enough to be built hundreds of times in a test."""

from app.core.permissions import Permission
from app.reports.definition import Definition
from app.reports.questions.figures import Figures

TINY = Definition(
    key="tiny",
    label="Count",
    description="How many appointments a clinic had in a month.",
    readers="Running the clinic",
    permission=Permission.METRICS_OPERATIONS,
    headline=("attendance.booked",),
    questions=(Figures("Key figures", ("attendance.booked",)),),
)
