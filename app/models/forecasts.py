"""Forecasts as they were made: what the next four weeks may bring, and how such forecasts did on the past."""

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Amounts, Day, Instant, Json, Str


class MadeForecast(TenantRow, Base):
    """The forecast of a metric for a clinic, or for the whole organization (`clinic_id` None).

    `first_day` is the first day that is forecast, `days` how many were known. `found` holds the fields of
    `insights.forecast.Forecast`, and is None where the series is too short to be tested. `recorded`: the last 12 weeks.
    """

    __tablename__ = "forecasts"
    __table_args__ = (
        UniqueConstraint("organization_id", "clinic_id", "metric", postgresql_nulls_not_distinct=True),
        *refs(clinic_id="clinics"),
    )

    clinic_id: Mapped[UUID | None]
    metric: Mapped[Str]
    first_day: Mapped[Day]
    days: Mapped[int]
    recorded: Mapped[Amounts]
    found: Mapped[Json | None]
    made_at: Mapped[Instant]
