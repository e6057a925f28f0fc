"""Organizations, users and memberships (shared, small, rarely written); an organization's keys and settings."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Ids, Instant, Json, Sealed, Small, Str, Words


class Organization(Base):
    """A tenant: a group of clinics with one currency and one set of rules."""

    __tablename__ = "organizations"
    __table_args__ = (UniqueConstraint("slug"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[Str]
    name: Mapped[Str]
    zone: Mapped[Str]  # IANA zone for what belongs to no clinic
    currency: Mapped[Str]  # ISO 4217
    locale: Mapped[Str]
    week_start: Mapped[Small] = mapped_column(default=0)  # 0 = Monday
    second_factor_roles: Mapped[Words] = mapped_column(default=list)  # who holds one of them proves two factors
    created_at: Mapped[Instant]


class User(Base):
    """A person who can log in; what they may do stands in their memberships."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("email"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[Str]  # lower case
    name: Mapped[Str]
    password_hash: Mapped[Str | None]
    platform_admin: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[Instant | None]
    created_at: Mapped[Instant]


class Membership(Base):
    """A user's roles in one organization. Shared, because the picker at login reads across organizations."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    roles: Mapped[Words]
    clinic_ids: Mapped[Ids | None]  # None: every clinic
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    created_at: Mapped[Instant]


class OrganizationKey(TenantRow, Base):
    """A data key of the organization, wrapped with the installation's key."""

    __tablename__ = "organization_keys"
    __table_args__ = (UniqueConstraint("organization_id", "version"), *refs())

    version: Mapped[Small]
    wrapped: Mapped[Sealed]
    created_at: Mapped[Instant]


class OrganizationSettings(TenantRow, Base):
    """Rules that an organization sets for itself; `values` holds only what differs from the defaults."""

    __tablename__ = "organization_settings"
    __table_args__ = (UniqueConstraint("organization_id"), *refs())

    values: Mapped[Json]
    updated_at: Mapped[Instant]
