"""What rollups keep beside the records: dirty marks, the refresher's lock, data versions, the days of each patient."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow
from app.extensions import Base
from app.models.columns import Day, Instant, Str


class DirtyMark(TenantRow, Base):
    """A change not yet summed up: a day of a clinic in one fact family, or a patient whose visits changed.

    Only ever appended, without a unique key, so that writers never wait for each other.
    """

    __tablename__ = "rollup_dirty"

    family: Mapped[Str]
    clinic_id: Mapped[UUID]  # UNKNOWN where the record names no clinic
    day: Mapped[Day | None]
    patient_id: Mapped[UUID | None]


class RollupState(TenantRow, Base):
    """One row an organization: who holds its lock refreshes; and when the last refresh was committed."""

    __tablename__ = "rollup_state"
    __table_args__ = (UniqueConstraint("organization_id"),)

    refreshed_at: Mapped[Instant | None]


class DataVersion(TenantRow, Base):
    """How often a clinic's figures have moved; UNKNOWN counts for the whole organization."""

    __tablename__ = "data_versions"
    __table_args__ = (UniqueConstraint("organization_id", "clinic_id"),)

    clinic_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[Instant]


class VisitDay(Base):
    """A patient seen on a day by a doctor of a clinic, with the days before and after: so distinct counts add up.

    `prev_org`, `prev_clinic`, `prev_doctor`, `prev_doctor_anywhere`: the patient's visit before this one anywhere, in
    this clinic, with this doctor in this clinic, with this doctor anywhere (the same day for a second row of one day;
    None: the first ever). `next_org`: the next later day anywhere.
    """

    __tablename__ = "visit_days"
    __table_args__ = (
        Index("ix_visit_days_day", "organization_id", "day", "clinic_id"),
        Index("ix_visit_days_doctor", "organization_id", "practitioner_id", "day", postgresql_include=["patient_id"]),
    )

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[Day] = mapped_column(primary_key=True)
    clinic_id: Mapped[UUID] = mapped_column(primary_key=True)
    practitioner_id: Mapped[UUID] = mapped_column(primary_key=True)
    visits: Mapped[int]
    prev_org: Mapped[Day | None]
    prev_clinic: Mapped[Day | None]
    prev_doctor: Mapped[Day | None]
    prev_doctor_anywhere: Mapped[Day | None]
    next_org: Mapped[Day | None]
