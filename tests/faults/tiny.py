"""A report of one page that counts its clinic's appointments: small enough to be built hundreds of times in a test."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.permissions import Permission
from app.extensions import db
from app.models import Appointment
from app.reports.paper import Cell, Column, ReportPaper, Row, Table
from app.reports.types import ReportRequest, ReportType


@dataclass(frozen=True)
class Counted:
    appointments: int
    definitions: Mapping[str, int] = field(default_factory=dict)
    as_of: datetime | None = None
    data_version: str | None = None


def gather(request: ReportRequest, actor: Actor) -> Counted:
    query = select(func.count()).select_from(Appointment)
    query = query.where(
        Appointment.organization_id == actor.organization_id,
        Appointment.clinic_id == request.clinic_id,
        Appointment.local_day >= request.period.start,
        Appointment.local_day < request.period.end,
    )
    return Counted(db.session.scalar(query) or 0)


def paper(counted: Counted, request: ReportRequest) -> ReportPaper:
    figures = Table(
        "Key figures",
        (Column("Figure"), Column("Value", "figures")),
        (Row((Cell("Appointments"), Cell(str(counted.appointments), tone="strong"))),),
    )
    return ReportPaper(
        kind="Count",
        period=f"{request.period.start:%B %Y}",
        clinic="Clinic",
        organization="Organization",
        facts=(("Made for", request.made_for),),
        findings=(),
        key_figures=figures,
        key_note="",
        sections=(),
        confidentiality="For staff",
        running_title="Count",
        running_scope="Clinic",
        running_time="",
        running_comparison="",
        size=request.size,
    )


TINY = ReportType(
    key="tiny",
    label="Count",
    description="How many appointments a clinic had in a month.",
    permission=Permission.METRICS_OPERATIONS,
    template="reports/clinic_operations.html",
    gather=gather,
    paper=paper,
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
