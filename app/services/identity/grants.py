"""Logins of programs: short JWTs, and refresh tokens that change at each use and end their family when used twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from sqlalchemy import select, update

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Forbidden, Unauthorized
from app.core.ids import new_id, parse_id
from app.core.secrets import digest, new_token, purpose_key
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models.access import RefreshToken
from app.models.organizations import User
from app.services import audit, platform_log
from app.services.identity import second_factor
from app.services.identity.principals import Kind, Principal, find, forget

ALGORITHM, ISSUER, AUDIENCE, TYPE = "HS256", "mediconnect", "mediconnect-api", "at+jwt"
ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(hours=12)
_SKEW = 30  # seconds
_CLAIMS = ["aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"]
REFUSED = "The token is not valid."


@dataclass(frozen=True)
class Grant:
    """What a program gets: `expires_in` in seconds is of the access token."""

    access_token: str
    refresh_token: str
    expires_in: int


def issue(user: User, organization_id: UUID | None, address: str | None = None) -> Grant:
    """A new login of a program for a person who has proved who they are; without an organization for the installation,
    which only platform admins may act for; audited; commits. Raises Forbidden where the organization asks for a second
    factor and the person has none."""
    if organization_id is not None and second_factor.is_owed(user.id, organization_id):
        raise Forbidden("Set up a second factor on the pages first.", code="second_factor_required")
    family, at = new_id(), now()
    refresh = _link(family, user.id, organization_id, at, at + REFRESH_LIFE)
    db.session.flush()
    _note(user, organization_id, "token.issue", family, address)
    return Grant(_access_token(family, user.id, at), refresh, int(ACCESS_LIFE.total_seconds()))


def refresh(token: str, address: str | None = None) -> Grant:
    """The next pair for a refresh token, once; commits. One used twice ends all of its family: Unauthorized."""
    row = db.session.scalars(
        select(RefreshToken).where(RefreshToken.token_digest == digest(token)).with_for_update()
    ).one_or_none()
    at = now()
    if row is None:
        raise Unauthorized(REFUSED)
    if row.used_at is not None and row.revoked_at is None:
        _end_family(row.family, at)
        user = db.session.get_one(User, row.user_id)
        _note(user, row.organization_id, "token.reuse", row.family, address, outcome="refused")
        forget(Kind.GRANT, [row.family.bytes])
        raise Unauthorized(REFUSED)
    if row.revoked_at is not None or row.expires_at <= at or find(Kind.GRANT, row.family.bytes) is None:
        raise Unauthorized(REFUSED)
    row.used_at = at
    following = _link(row.family, row.user_id, row.organization_id, at, row.expires_at)
    db.session.commit()
    return Grant(_access_token(row.family, row.user_id, at), following, int(ACCESS_LIFE.total_seconds()))


def revoke(token: str, address: str | None = None) -> None:
    """Ends the login behind a refresh token or a JWT; an unknown token is no error (RFC 7009, 2.2); commits."""
    family = _family_of(token)
    if family is None:
        return
    open_ = select(RefreshToken).where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None)).limit(1)
    row = db.session.scalars(open_).one_or_none()
    if row is None:
        return
    _end_family(family, now())
    _note(db.session.get_one(User, row.user_id), row.organization_id, "token.revoke", family, address)
    forget(Kind.GRANT, [family.bytes])


def principal_of(token: str) -> Principal:
    """Who stands behind a JWT; raises Unauthorized, with one message for every reason."""
    claims = _claims(token) or {}
    family = parse_id(claims.get("sid", ""))
    principal = None if family is None else find(Kind.GRANT, family.bytes)
    if principal is None or str(principal.user_id) != claims.get("sub"):
        raise Unauthorized(REFUSED)
    return principal


def _claims(token: str) -> dict[str, Any] | None:
    try:
        # The header is looked at first: no key is ever chosen by what a token says of itself.
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TYPE or set(header) - {"alg", "typ"}:
            return None
        claims = jwt.decode(
            token,
            purpose_key("jwt"),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=_SKEW,
            options={"require": _CLAIMS},
        )
    except (jwt.PyJWTError, ValueError):
        return None
    return claims if claims["exp"] - claims["iat"] <= ACCESS_LIFE.total_seconds() else None


def _access_token(family: UUID, user_id: UUID, at: datetime) -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(user_id),
        "sid": str(family),
        "jti": str(new_id()),
        "iat": at,
        "nbf": at,
        "exp": at + ACCESS_LIFE,
    }
    return jwt.encode(claims, purpose_key("jwt"), algorithm=ALGORITHM, headers={"typ": TYPE})


def _link(family: UUID, user_id: UUID, organization_id: UUID | None, at: datetime, expires: datetime) -> str:
    token = new_token("mr_")
    db.session.add(
        RefreshToken(
            id=new_id(),
            token_digest=digest(token),
            family=family,
            user_id=user_id,
            organization_id=organization_id,
            created_at=at,
            expires_at=expires,
        )
    )
    return token


def _family_of(token: str) -> UUID | None:
    if token.startswith("mr_"):
        return db.session.scalar(select(RefreshToken.family).where(RefreshToken.token_digest == digest(token)))
    claims = _claims(token)
    return None if claims is None else parse_id(claims["sid"])


def _end_family(family: UUID, at: datetime) -> None:
    db.session.execute(
        update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def _note(
    user: User, organization_id: UUID | None, action: str, family: UUID, address: str | None, outcome: str = "ok"
) -> None:
    """Writes the audit line and commits it together with what the transaction holds already."""
    if organization_id is None:
        platform_log.note(user.id, action, address)
        db.session.commit()
        return
    with tenant_scope(organization_id):
        actor = Actor(organization_id, user.id, user.name, frozenset(), address=address)
        audit.record(actor, action, "login", family, outcome=outcome)
        db.session.commit()
