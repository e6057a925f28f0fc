"""An organization's own identity provider (OpenID Connect). Undistributed: read before a tenant is known."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.extensions import Base
from app.models.columns import Instant, Sealed, Str, Words


class IdentityProvider(Base):
    """Who vouches for an organization's people. What it says opens that organization and nothing else."""

    __tablename__ = "identity_providers"
    __table_args__ = (UniqueConstraint("organization_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    label: Mapped[Str]  # as the button of the login page says it
    issuer: Mapped[Str]
    client_id: Mapped[Str]
    secret_sealed: Mapped[Sealed]
    listed: Mapped[bool]  # the login page has a button for it
    asks_second_factor: Mapped[bool]  # its word `amr: mfa` stands for the second factor
    default_role: Mapped[Str | None]  # of strangers whom it vouches for; None: they are refused
    domains: Mapped[Words]  # of the addresses of such strangers
    updated_at: Mapped[Instant]


class ExternalIdentity(Base):
    """A person as a provider knows them: bound at the first login, so that an address given on opens nothing."""

    __tablename__ = "external_identities"
    __table_args__ = (UniqueConstraint("provider_id", "subject"), UniqueConstraint("provider_id", "user_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey("identity_providers.id"))
    subject: Mapped[Str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[Instant]
