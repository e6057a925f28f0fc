"""Ways in: sessions, API tokens, refresh tokens, login attempts. Undistributed: read before a tenant is known."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.extensions import Base
from app.models.columns import Instant, Sealed, Str, Words


class UserSession(Base):
    """A login in one browser; only the digest of its cookie is kept."""

    __tablename__ = "user_sessions"
    __table_args__ = (UniqueConstraint("token_digest"), Index(None, "created_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_digest: Mapped[Sealed]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organization_id: Mapped[UUID | None]  # until one is picked
    created_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    agent: Mapped[Str | None]


class ApiToken(Base):
    """A personal token for programs, with the owner's rights or fewer; shown once, kept as a digest."""

    __tablename__ = "api_tokens"
    __table_args__ = (UniqueConstraint("token_digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_digest: Mapped[Sealed]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organization_id: Mapped[UUID]
    name: Mapped[Str]
    permissions: Mapped[Words | None]  # None: all of the owner's
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]


class RefreshToken(Base):
    """One link of a chain of refresh tokens: a link used twice ends its family."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (UniqueConstraint("token_digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_digest: Mapped[Sealed]
    family: Mapped[UUID] = mapped_column(index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[UUID | None]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]


class SecondFactor(Base):
    """A person's authenticator app: its secret, sealed; in force once a first code has confirmed it."""

    __tablename__ = "second_factors"
    __table_args__ = (UniqueConstraint("user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    secret_sealed: Mapped[Sealed]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)  # of the last code taken: a code is good once
    created_at: Mapped[Instant]
    confirmed_at: Mapped[Instant | None]


class RecoveryCode(Base):
    """A code for the day when the app is lost; good once, kept as a digest."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("code_digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    code_digest: Mapped[Sealed]
    used_at: Mapped[Instant | None]


class LoginAttempt(Base):
    """A try to log in, by the digest of the address typed: what the limit of ten counts. `user_id`: whose it is."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index(None, "email_digest", "at"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email_digest: Mapped[Sealed]
    user_id: Mapped[UUID | None]
    at: Mapped[Instant]
    outcome: Mapped[Str]  # successful, failed, blocked; half: the password was right, the code is still to come
    address: Mapped[Str | None]
