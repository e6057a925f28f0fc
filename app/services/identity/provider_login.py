"""Logging in through an organization's provider: sent there, come back, and whom its word stands for here.

The word of a provider opens its own organization and nothing else: whoever runs the provider could name anybody.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.actor import system_actor
from app.core.clock import now
from app.core.errors import AppError, Forbidden, Unauthorized
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models.identity import ExternalIdentity, IdentityProvider
from app.models.organizations import Membership, User
from app.services import audit, organizations
from app.services.identity import accounts, attempts, challenges, identity_providers, openid

PURPOSE = "provider-login"
STRANGER = "Your organization's login has let you through, but nobody of your address belongs to the organization here."
UNVERIFIED = "Your organization's login does not vouch for your e-mail address."
TAKEN = "Your address belonged to somebody else at your organization's login. Ask an administrator."
_VERIFIED = ("email_verified", "xms_edov")  # the second is Entra ID's word for it
_STRONG = frozenset({"mfa"})  # RFC 8176


@dataclass(frozen=True)
class Sent:
    """Where the browser goes, and the ticket that it keeps meanwhile."""

    address: str
    ticket: str


@dataclass(frozen=True)
class Vouched:
    """Who came back; `two_factors` where the provider is trusted to ask for them and says that it did."""

    user: User
    provider_id: UUID
    two_factors: bool
    target: str


def send(organization_id: UUID, redirect_uri: str, target: str) -> Sent:
    """Begins a login at an organization's provider that leads to `target`. Raises NotFound, ProviderFault."""
    provider = identity_providers.provider_of(organization_id)
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    ticket = challenges.give(PURPOSE, provider=str(provider.id), nonce=nonce, verifier=verifier, target=target)
    client = identity_providers.client_of(provider, redirect_uri)
    return Sent(openid.address(client, _asked(ticket, nonce, verifier)), ticket)


def receive(
    organization_id: UUID, redirect_uri: str, ticket: str, answer: Mapping[str, str], address: str | None
) -> Vouched:
    """Who came back with an answer (the query of the redirect); commits.

    Raises NotFound, ProviderFault, Forbidden for a person who may not come in, and Unauthorized for an answer that is
    not to the question this browser was sent with.
    """
    provider = identity_providers.provider_of(organization_id)
    held = challenges.take(ticket, PURPOSE, provider=str(provider.id))
    asked = _asked(ticket, held["nonce"], held["verifier"])
    told = answer.get("state", "").encode("utf-8", "replace")
    if not secrets.compare_digest(told, asked.state.encode()) or answer.get("iss", provider.issuer) != provider.issuer:
        raise Unauthorized(challenges.LAPSED, code="challenge")
    if "code" not in answer:
        raise Unauthorized("Your organization's login did not let you through.", code="login_failed")
    said = openid.claims(identity_providers.client_of(provider, redirect_uri), asked, answer["code"])
    user = _user_of(provider, said, address)
    strong = provider.asks_second_factor and bool(_STRONG & {str(way) for way in said.get("amr") or ()})
    return Vouched(user, provider.id, strong, held["target"])


def finish(user: User, address: str | None) -> None:
    """Notes a login that a provider has vouched for; it ends no pause of the password; commits."""
    attempts.note(user.email, address, "federated")
    db.session.commit()


def _asked(ticket: str, nonce: str, verifier: str) -> openid.Asked:
    return openid.Asked(challenges.value_of(ticket).hex(), nonce, verifier)


def _user_of(provider: IdentityProvider, said: Mapping[str, Any], address: str | None) -> User:
    """The member whom the claims name: known by subject, else by an address that the provider vouches for."""
    subject, email = str(said["sub"]), attempts.normal_email(str(said.get("email") or ""))
    try:
        user = _known(provider, subject) or _by_address(provider, subject, email, said)
        if user.disabled_at is not None or not _belongs(provider, user):
            raise Forbidden(STRANGER, code="login_failed")
    except AppError as refused:
        _note_refusal(provider, email, refused, address)
        raise
    return user


def _known(provider: IdentityProvider, subject: str) -> User | None:
    query = select(User).join(ExternalIdentity, ExternalIdentity.user_id == User.id)
    own = (ExternalIdentity.provider_id == provider.id, ExternalIdentity.subject == subject)
    return db.session.scalars(query.where(*own)).one_or_none()


def _by_address(provider: IdentityProvider, subject: str, email: str, said: Mapping[str, Any]) -> User:
    if not email or not any(said.get(claim) is True for claim in _VERIFIED):
        raise Forbidden(UNVERIFIED, code="login_failed")
    user = accounts.find_user(email)
    if user is None or not _belongs(provider, user):
        user = _admit(provider, email, said, user)
    bound = select(ExternalIdentity.id).where(
        ExternalIdentity.provider_id == provider.id, ExternalIdentity.user_id == user.id
    )
    if db.session.scalar(bound) is not None:
        raise Forbidden(TAKEN, code="login_failed")
    identity = {"id": new_id(), "provider_id": provider.id, "user_id": user.id, "created_at": now()}
    db.session.add(ExternalIdentity(**identity, subject=subject))
    db.session.commit()
    return user


def _belongs(provider: IdentityProvider, user: User) -> bool:
    own = (Membership.user_id == user.id, Membership.organization_id == provider.organization_id)
    return db.session.scalar(select(Membership.id).where(*own)) is not None


def _admit(provider: IdentityProvider, email: str, said: Mapping[str, Any], user: User | None) -> User:
    """Gives a stranger the role that the administrator has set for such; commits. Raises Forbidden without one."""
    if provider.default_role is None or email.rpartition("@")[2] not in provider.domains:
        raise Forbidden(STRANGER, code="login_failed")
    if user is None:
        name = " ".join(str(said.get("name") or "").split())[:120] or email
        user = organizations.create_user(email, name, None)
    role = Role(provider.default_role)
    organizations.add_member(provider.organization_id, user.id, [role])
    with tenant_scope(provider.organization_id):
        actor = system_actor(provider.organization_id, provider.label)
        audit.record(actor, "account.add", "user", user.id, roles=[role], by="provider")
        db.session.commit()
    return user


def _note_refusal(provider: IdentityProvider, email: str, refused: AppError, address: str | None) -> None:
    if email:
        attempts.note(email, address, "refused")
    with tenant_scope(provider.organization_id):
        actor = system_actor(provider.organization_id, provider.label)
        audit.record(actor, "login.fail", "provider", provider.id, outcome="refused")
        db.session.commit()
