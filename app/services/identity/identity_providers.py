"""The identity provider of an organization, as its administrator keeps it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from app.core.actor import Actor
from app.core.clock import now
from app.core.crypto import KeyRing
from app.core.errors import AppError, Invalid, NotFound
from app.core.ids import new_id
from app.core.outbound import outbound
from app.core.permissions import Permission, Role
from app.core.secrets import purpose_key
from app.extensions import db
from app.models.access import UserSession
from app.models.identity import ExternalIdentity, IdentityProvider
from app.services import audit
from app.services.identity import logins, openid

# Whom a provider may bring in by itself: nobody who is a certain doctor, and nobody who gives others rights.
GIVEN = (Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST)
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True)
class Wanted:
    """A provider as the form says it; an empty `secret` keeps the one there is."""

    label: str
    issuer: str
    client_id: str
    secret: str
    listed: bool
    asks_second_factor: bool
    default_role: Role | None
    domains: tuple[str, ...]


def listed() -> Sequence[IdentityProvider]:
    """The providers that the login page shows, by the words of their buttons."""
    query = select(IdentityProvider).where(IdentityProvider.listed).order_by(IdentityProvider.label)
    return db.session.scalars(query).all()


def of(actor: Actor) -> IdentityProvider | None:
    """The provider of the actor's organization."""
    actor.require(Permission.USERS_WRITE)
    return _of(actor.organization_id)


def provider_of(organization_id: UUID) -> IdentityProvider:
    """The provider of an organization; raises NotFound."""
    provider = _of(organization_id)
    if provider is None:
        raise NotFound("There is no such way in.")
    return provider


def organization_of(provider_id: UUID) -> UUID:
    """The organization that a provider opens."""
    return db.session.get_one(IdentityProvider, provider_id).organization_id


def client_of(provider: IdentityProvider, redirect_uri: str) -> openid.Client:
    """This product as the provider knows it, with its secret."""
    secret = _ring(provider).open("identity_providers", "secret", provider.id, provider.secret_sealed)
    return openid.Client(provider.issuer, provider.client_id, secret, redirect_uri)


def save(actor: Actor, wanted: Wanted) -> IdentityProvider:
    """Sets the provider of the organization, once it has been reached; audited; commits.

    Another issuer or client forgets whom the one before knew, and ends their logins. Raises Invalid with a message for
    each field.
    """
    actor.require(Permission.USERS_WRITE)
    provider = _of(actor.organization_id)
    faults = _faults(wanted, provider)
    if faults:
        raise Invalid("Some fields cannot be used.", fields=faults)
    ended = logins.NOTHING
    if provider is None:
        provider = IdentityProvider(id=new_id(), organization_id=actor.organization_id)
    elif (provider.issuer, provider.client_id) != (wanted.issuer, wanted.client_id):
        ended = _forget_people(provider)
    provider.label, provider.issuer, provider.client_id = wanted.label, wanted.issuer, wanted.client_id
    provider.listed, provider.asks_second_factor = wanted.listed, wanted.asks_second_factor
    provider.default_role, provider.domains = wanted.default_role, list(wanted.domains)
    provider.updated_at = now()
    if wanted.secret:
        ring = _ring(provider)
        provider.secret_sealed = ring.seal("identity_providers", "secret", provider.id, wanted.secret)
    db.session.add(provider)
    audit.record(actor, "provider.set", "provider", provider.id, role=wanted.default_role, listed=wanted.listed)
    db.session.commit()
    ended.announce()
    return provider


def remove(actor: Actor) -> None:
    """Takes the provider away and ends the logins it has vouched for; audited; commits. Raises NotFound."""
    provider = of(actor)
    if provider is None:
        raise NotFound("There is no such way in.")
    ended = _forget_people(provider)
    db.session.flush()
    db.session.delete(provider)
    audit.record(actor, "provider.remove", "provider", provider.id)
    db.session.commit()
    ended.announce()


def _of(organization_id: UUID) -> IdentityProvider | None:
    query = select(IdentityProvider).where(IdentityProvider.organization_id == organization_id)
    return db.session.scalars(query).one_or_none()


def _forget_people(provider: IdentityProvider) -> logins.Ended:
    db.session.execute(delete(ExternalIdentity).where(ExternalIdentity.provider_id == provider.id))
    return logins.end_sessions(UserSession.provider_id == provider.id)


def _ring(provider: IdentityProvider) -> KeyRing:
    return KeyRing(provider.organization_id, {1: purpose_key("identity-provider")})


def _faults(wanted: Wanted, before: IdentityProvider | None) -> dict[str, str]:
    faults = {}
    if not 1 <= len(wanted.label) <= 40:
        faults["label"] = "The words of the button have 1 to 40 characters."
    if not 1 <= len(wanted.client_id) <= 200:
        faults["client_id"] = "The provider gives a client id when this product is registered there."
    if not wanted.secret and before is None:
        faults |= {"secret": "The provider gives a secret when this product is registered there."}
    if wanted.default_role is not None and wanted.default_role not in GIVEN:
        faults["default_role"] = "Choose one of the roles."
    if not all(map(_DOMAIN.fullmatch, wanted.domains)):
        faults["domains"] = "Write domains such as clinic.example, separated by commas."
    elif wanted.default_role is not None and not wanted.domains:
        faults["domains"] = "Say whose addresses may come in: anybody may have an account at a large provider."
    if fault := _fault_of_issuer(wanted.issuer):
        faults["issuer"] = fault
    return faults


def _fault_of_issuer(issuer: str) -> str:
    try:
        outbound.check(issuer)
        openid.metadata(issuer)
    except AppError as error:
        return error.message
    return ""
