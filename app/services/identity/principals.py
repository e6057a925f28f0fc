"""Who stands behind a credential: read from PostgreSQL, remembered in Redis for a minute, forgotten at its end.

Redis holds ids, roles and times under the digest of the credential, as JSON that is checked when it is read. Ending a
credential leaves a mark there that outlives every remembered copy; without Redis each request asks PostgreSQL.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from redis import RedisError
from sqlalchemy import Row, Select, and_, exists, null, select, true, update
from sqlalchemy.orm import aliased

from app.core import news
from app.core.actor import INSTALLATION, Actor
from app.core.clock import now
from app.core.news import Subject
from app.core.permissions import Permission, Role
from app.extensions import db, store
from app.models.access import ApiToken, RefreshToken, UserSession
from app.models.organizations import Membership, Organization, User

_REMEMBERED = 60  # seconds; also how exactly the last use is known
ENDED = b"ended"  # what stands in Redis for a credential that holds no longer
_SWAP = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('set', KEYS[1], ARGV[2], 'EX', ARGV[3]) end"

log = logging.getLogger(__name__)


class Kind(StrEnum):
    """The three credentials: a browser's cookie, a program's personal token, the login behind a JWT."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    GRANT = "grant"


@dataclass(frozen=True)
class Principal:
    """A credential that is valid now, and what its owner may do. `organization_id` is None until one is picked."""

    kind: Kind
    key: str  # hex digest of the credential: proves that a remembered copy belongs to it
    id: UUID
    user_id: UUID
    organization_id: UUID | None
    roles: frozenset[Role]
    clinic_ids: frozenset[UUID] | None
    practitioner_id: UUID | None
    patient_id: UUID | None
    only: frozenset[Permission] | None
    owes_factor: bool  # the organization asks its roles for two factors, and the login has proved one
    vouched: bool  # for by the organization's provider, of a person who belongs elsewhere too
    elsewhere: bool  # the person can go on somewhere else: in another organization, or in the installation
    seen_at: datetime
    expires_at: datetime

    @property
    def rights(self) -> tuple[object, ...]:
        """Everything that decides what it may see, in an order that does not change."""
        clinics = None if self.clinic_ids is None else sorted(map(str, self.clinic_ids))
        only = None if self.only is None else sorted(self.only)
        own = (str(self.practitioner_id), str(self.patient_id))
        owes = self.owes_factor
        return (str(self.user_id), str(self.organization_id), sorted(self.roles), clinics, own, only, owes)

    def idle(self, at: datetime) -> timedelta:
        """How long ago it was last used by a person."""
        return at - self.seen_at

    @property
    def may_act_for_installation(self) -> bool:
        """Has a platform admin picked no organization?"""
        return self.organization_id is None and Role.PLATFORM_ADMIN in self.roles

    def actor(self, request_id: str | None = None, address: str | None = None) -> Actor:
        """The same as an actor in its organization, or in the installation for a platform admin who has picked none."""
        if self.organization_id is None and not self.may_act_for_installation:
            raise LookupError("no organization has been picked")
        return Actor(
            organization_id=self.organization_id or INSTALLATION,
            user_id=self.user_id,
            name=_user_name(self.user_id, self.id),
            roles=self.roles,
            clinic_ids=self.clinic_ids,
            practitioner_id=self.practitioner_id,
            patient_id=self.patient_id,
            only=self.only,
            request_id=request_id,
            address=address,
        )


_codec = TypeAdapter(Principal)


def find(kind: Kind, key: bytes) -> Principal | None:
    """The principal of a credential's digest, or None when there is none (any more). One Redis round trip at best."""
    name, raw = redis_key(kind, key), None
    try:
        raw = store.client.get(name)
    except RedisError as error:
        log.warning("redis is away: %s", type(error).__name__)
    if raw == ENDED:
        return None
    principal = _decoded(raw, kind, key) or _load(kind, key)
    if principal is None or principal.expires_at <= now():
        return None
    if raw is None:
        _remember(name, principal)
    return principal


def touch(principal: Principal) -> None:
    """Notes that a person used the session; written at most once a minute; commits."""
    at = now()
    if principal.kind is not Kind.SESSION or principal.idle(at) < timedelta(seconds=_REMEMBERED):
        return
    still = update(UserSession).where(UserSession.id == principal.id, UserSession.ended_at.is_(None)).values(seen_at=at)
    db.session.execute(still)
    db.session.commit()
    before, after = _codec.dump_json(principal), _codec.dump_json(replace(principal, seen_at=at))
    try:
        store.client.eval(_SWAP, 1, redis_key(principal.kind, bytes.fromhex(principal.key)), before, after, _REMEMBERED)
    except RedisError:
        return


def forget(kind: Kind, keys: Iterable[bytes]) -> None:
    """Marks credentials as ended in every process; call it after the commit that ended them."""
    try:
        with store.client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.set(redis_key(kind, key), ENDED, ex=2 * _REMEMBERED)
                news.tell_in(pipe, Subject.ENDED, holder=redis_key(kind, key))
            pipe.execute()
    except RedisError as error:
        log.warning("redis is away: %s", type(error).__name__)


def redis_key(kind: Kind, key: bytes) -> str:
    """Where Redis remembers the principal of a credential's digest."""
    return f"mc:access:{kind}:{key.hex()}"


def _remember(name: str, principal: Principal) -> None:
    try:
        # Never over the mark of an end that came between reading the row and here, and not beyond its own end.
        left = max(1, min(_REMEMBERED, int((principal.expires_at - now()).total_seconds())))
        store.client.set(name, _codec.dump_json(principal), ex=left, nx=True)
    except RedisError:
        return


def _decoded(raw: bytes | str | None, kind: Kind, key: bytes) -> Principal | None:
    if raw is None:
        return None
    try:
        principal = _codec.validate_json(raw)
    except ValidationError:
        return None
    return principal if (principal.kind, principal.key) == (kind, key.hex()) else None


def _load(kind: Kind, key: bytes) -> Principal | None:
    row = db.session.execute(_QUERIES[kind](key)).first()
    if row is None or (row.organization_id is not None and row.roles is None):
        return None
    elsewhere = bool(row.elsewhere or (row.platform_admin and row.organization_id is not None))
    roles = frozenset(Role(role) for role in row.roles or ()) - {Role.PLATFORM_ADMIN}  # no organization gives that one
    return Principal(
        kind=kind,
        key=key.hex(),
        id=row.id,
        user_id=row.user_id,
        organization_id=row.organization_id,
        # No organization's provider vouches for who runs the installation.
        roles=roles | {Role.PLATFORM_ADMIN} if row.platform_admin and row.provider_id is None else roles,
        clinic_ids=None if row.clinic_ids is None else frozenset(row.clinic_ids),
        practitioner_id=row.practitioner_id,
        patient_id=row.patient_id,
        only=_narrowed(row),
        owes_factor=bool(row.asked and not row.two_factors),
        vouched=row.provider_id is not None and elsewhere,
        elsewhere=elsewhere,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )


def _narrowed(row: Row[*tuple[Any, ...]]) -> frozenset[Permission] | None:
    known = {permission.value for permission in Permission}
    return None if row.only is None else frozenset(Permission(name) for name in row.only if name in known)


def _with_owner(statement: Select[*tuple[Any, ...]], credential: type[Any]) -> Select[*tuple[Any, ...]]:
    other = aliased(Membership)
    elsewhere = exists().where(
        other.user_id == credential.user_id, other.organization_id.is_distinct_from(credential.organization_id)
    )
    member = and_(Membership.user_id == credential.user_id, Membership.organization_id == credential.organization_id)
    return (
        statement.add_columns(
            User.platform_admin,
            Membership.roles,
            Membership.clinic_ids,
            Membership.practitioner_id,
            Membership.patient_id,
            Organization.second_factor_roles.overlap(Membership.roles).label("asked"),
            elsewhere.label("elsewhere"),
        )
        .join(User, User.id == credential.user_id)
        .outerjoin(Membership, member)
        .outerjoin(Organization, Organization.id == credential.organization_id)
        .where(User.disabled_at.is_(None), credential.expires_at > now())
    )


# A program's credential was given to somebody who had proved what the organization asks for, or has ended since.
_OF_PROGRAM = (true().label("two_factors"), null().label("provider_id"))


def _session_of(key: bytes) -> Select[*tuple[Any, ...]]:
    s = UserSession
    columns = select(
        s.id,
        s.user_id,
        s.organization_id,
        s.seen_at,
        s.expires_at,
        null().label("only"),
        s.two_factors,
        s.provider_id,
    )
    return _with_owner(columns, s).where(s.token_digest == key, s.ended_at.is_(None))


def _token_of(key: bytes) -> Select[*tuple[Any, ...]]:
    t = ApiToken
    columns = select(
        t.id,
        t.user_id,
        t.organization_id,
        t.created_at.label("seen_at"),
        t.expires_at,
        t.permissions.label("only"),
        *_OF_PROGRAM,
    )
    return _with_owner(columns, t).where(t.token_digest == key, t.revoked_at.is_(None))


def _grant_of(key: bytes) -> Select[*tuple[Any, ...]]:
    r = RefreshToken
    columns = select(
        r.family.label("id"),
        r.user_id,
        r.organization_id,
        r.created_at.label("seen_at"),
        r.expires_at,
        null().label("only"),
        *_OF_PROGRAM,
    )
    newest = _with_owner(columns, r).where(r.family == UUID(bytes=key), r.revoked_at.is_(None))
    return newest.order_by(r.created_at.desc(), r.id.desc()).limit(1)


_QUERIES: Mapping[Kind, Callable[[bytes], Select[*tuple[Any, ...]]]] = {
    Kind.SESSION: _session_of,
    Kind.TOKEN: _token_of,
    Kind.GRANT: _grant_of,
}


@lru_cache(maxsize=4096)
def _user_name(user_id: UUID, _credential_id: UUID) -> str:
    """The name as it was when the credential was first used here: names stay out of Redis."""
    return db.session.scalars(select(User.name).where(User.id == user_id)).one()
