"""Ways in: sessions, tokens, second factors, links by mail, tries. Undistributed: read before a tenant is known."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.extensions import Base
from app.models.columns import Instant, Sealed, Str, Words, one_of


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
    two_factors: Mapped[bool] = mapped_column(default=False)  # proved by more than one of them
    provider_id: Mapped[UUID | None]  # the organization's identity provider that vouched; it opens no other place


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


class Passkey(Base):
    """A WebAuthn credential of a person: its public key, and how often it has signed."""

    __tablename__ = "passkeys"
    __table_args__ = (UniqueConstraint("credential_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    credential_id: Mapped[Sealed]
    public_key: Mapped[Sealed]  # COSE
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)  # 0 for ever where the authenticator does not count
    name: Mapped[Str]
    backed_up: Mapped[bool]  # kept by the maker of the device, too: its loss is not the passkey's
    created_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class SpentChallenge(Base):
    """A challenge that was answered, until it would have lapsed anyway: none is taken twice."""

    __tablename__ = "spent_challenges"

    digest: Mapped[Sealed] = mapped_column(primary_key=True)
    until: Mapped[Instant] = mapped_column(index=True)


class AccountLink(Base):
    """A link by mail that lets a person choose a password, once: an invitation, or a reset. Kept as a digest."""

    __tablename__ = "account_links"
    __table_args__ = (one_of("kind", "invitation", "reset"), UniqueConstraint("token_digest"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[Str]
    token_digest: Mapped[Sealed]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organization_id: Mapped[UUID | None]  # that invites
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]


class LoginAttempt(Base):
    """A try to log in, by the digest of the address typed: what the limit of ten counts. `user_id`: whose it is."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index(None, "email_digest", "at"), Index(None, "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email_digest: Mapped[Sealed]
    user_id: Mapped[UUID | None]
    at: Mapped[Instant]
    # successful, failed, blocked; half: a second step is to come; federated, refused: by what a provider says; reset: a
    # link was asked for. Only failed ones make an account pause.
    outcome: Mapped[Str]
    address: Mapped[Str | None]
