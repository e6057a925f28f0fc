"""Practitioners and where they work."""

from uuid import UUID

from sqlalchemy import ColumnElement, Index, func
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from app.core.format import given_first
from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Str


class Practitioner(TenantRow, Base):
    """A person who treats patients; the screens say doctor. `name` is stored as "Family, Given"."""

    __tablename__ = "practitioners"
    __table_args__ = refs()

    name: Mapped[Str]
    prefix: Mapped[Str | None]
    specialty: Mapped[Str | None]
    license_number: Mapped[Str | None]
    active: Mapped[bool] = mapped_column(default=True)

    @hybrid_property
    def spoken(self) -> str:
        """The name as people say it and as every page, report and answer writes it: "Dr. Given Family"."""
        return given_first(self.name, self.prefix) or ""

    @spoken.inplace.expression
    @classmethod
    def _spoken(cls) -> ColumnElement[str]:
        return func.concat_ws(" ", cls.prefix, func.regexp_replace(cls.name, "^(.*?), (.*)$", r"\2 \1"))


class Affiliation(TenantRow, Base):
    """A practitioner's work in one clinic and department."""

    __tablename__ = "affiliations"
    __table_args__ = (
        *refs(practitioner_id="practitioners", clinic_id="clinics", department_id="departments"),
        Index(None, "organization_id", "practitioner_id"),
        Index(None, "organization_id", "clinic_id"),
    )

    practitioner_id: Mapped[UUID | None]
    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    role: Mapped[Str | None]
    is_primary: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[Day | None]
    ends_on: Mapped[Day | None]
