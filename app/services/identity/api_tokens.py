"""Personal tokens for programs: made, listed, revoked by their owner."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Forbidden, Invalid, NotFound, Unauthorized
from app.core.ids import new_id
from app.core.permissions import Permission
from app.core.secrets import digest, new_token
from app.extensions import db
from app.models.access import ApiToken
from app.services import audit
from app.services.identity.principals import Kind, Principal, find, forget

PREFIX = "mc_"
LONGEST_DAYS = 365
REFUSED = "The token is not valid."


def make(actor: Actor, name: str, days: int = 90, only: Iterable[Permission] | None = None) -> str:
    """A new token with the owner's rights, or with some of them (`only`): shown this once; audited; commits.

    Raises Invalid for a name or a life that cannot be, Forbidden for rights that the owner does not have.
    """
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise Invalid("A token has a name of 1 to 80 characters.", field="name")
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"A token lives for 1 to {LONGEST_DAYS} days.", field="days")
    wanted = None if only is None else frozenset(only)
    if wanted is not None and wanted - actor.permissions:
        raise Forbidden("A token cannot have more rights than its owner.")
    token, at = new_token(PREFIX), now()
    row = ApiToken(
        id=new_id(),
        token_digest=digest(token),
        user_id=actor.user_id,
        organization_id=actor.organization_id,
        name=name,
        permissions=None if wanted is None else sorted(wanted),
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    db.session.add(row)
    audit.record(actor, "api_token.make", "api_token", row.id, days=days, only=row.permissions)
    db.session.commit()
    return token


def own(actor: Actor) -> Sequence[ApiToken]:
    """The owner's tokens that still work, the newest first."""
    return db.session.scalars(
        select(ApiToken)
        .where(
            ApiToken.user_id == actor.user_id,
            ApiToken.organization_id == actor.organization_id,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now(),
        )
        .order_by(ApiToken.created_at.desc())
    ).all()


def revoke(actor: Actor, token_id: UUID) -> None:
    """Ends one of the owner's tokens at once; audited; commits. Raises NotFound for anybody else's."""
    key = db.session.scalar(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            ApiToken.user_id == actor.user_id,
            ApiToken.organization_id == actor.organization_id,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=now())
        .returning(ApiToken.token_digest)
    )
    if key is None:
        raise NotFound("There is no such token.")
    audit.record(actor, "api_token.revoke", "api_token", token_id)
    db.session.commit()
    forget(Kind.TOKEN, [bytes(key)])


def principal_of(token: str) -> Principal:
    """Who stands behind a personal token; raises Unauthorized."""
    principal = find(Kind.TOKEN, digest(token))
    if principal is None:
        raise Unauthorized(REFUSED)
    return principal
