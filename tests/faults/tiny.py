"""A report of one page that counts its clinic's appointments: small enough to be built hundreds of times in a test."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

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


class EveryTwoSeconds:
    """A rule that is due at every even second: no clock on a wall is that fast."""

    def after(self, instant: datetime) -> Iterator[datetime]:
        second = int(instant.timestamp()) // 2 * 2
        while True:
            second += 2
            yield datetime.fromtimestamp(second, UTC)

    def next_after(self, instant: datetime) -> datetime:
        return next(self.after(instant))

    def next_instants(self, instant: datetime, count: int) -> list[datetime]:
        return list(islice(self.after(instant), count))
