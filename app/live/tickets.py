"""Tickets: what a browser shows when it opens a socket. Good once, for 30 seconds, for the login that asked for it."""

import json

from redis.exceptions import RedisError

from app.core.errors import Unauthorized, Unavailable
from app.core.secrets import digest, new_token
from app.extensions import store
from app.services.identity.principals import Kind, Principal, find

SECONDS = 30
REFUSED = "The ticket is not valid."


def issue(principal: Principal) -> str:
    """A ticket for a credential that holds now; raises Unavailable without Redis, where pages go on polling."""
    ticket = new_token("ws_")
    bound = [principal.kind, principal.key, _rights(principal)]
    try:
        store.client.set(_key(ticket), json.dumps(bound), ex=SECONDS)
    except RedisError:
        raise Unavailable("Live updates are away.", code="DASH_008", retry_after=5) from None
    return ticket


def redeem(ticket: str) -> Principal:
    """Whose ticket it is; it is gone afterwards. Raises Unauthorized when it, or what it stood for, holds no longer."""
    try:
        raw = store.client.getdel(_key(ticket))
    except RedisError:
        raise Unavailable("Live updates are away.", code="DASH_008", retry_after=5) from None
    if raw is None:
        raise Unauthorized(REFUSED, code="DASH_008")
    kind, key, rights = json.loads(raw)
    principal = find(Kind(kind), bytes.fromhex(key))
    if principal is None or _rights(principal) != rights:
        raise Unauthorized(REFUSED, code="DASH_008")
    return principal


def _rights(principal: Principal) -> str:
    """A digest of user, organization, roles and clinics: a ticket does not outlive a change of any of them."""
    return digest(repr(principal.rights)).hex()


def _key(ticket: str) -> str:
    return f"mc:ticket:{digest(ticket).hex()}"
