"""Walls: screens made, found by their token, revoked. A token shows one clinic's aggregates and can do nothing else."""

import random
import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select, update

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.core.ids import new_id, parse_id
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db, store
from app.models import Clinic, Wall
from app.services import audit
from app.services.access import clinic_for, wall_for
from app.services.identity.principals import ENDED

SIZES = ("normal", "small_screen")
THEMES = ("dark", "light")
_CACHED_SECONDS = 60
_NOTED_EVERY = timedelta(seconds=45)


@dataclass(frozen=True)
class WallToken:
    """What the address of a wall holds: whose it is, which one, and the secret."""

    organization_id: UUID
    wall_id: UUID
    secret: str

    @property
    def digest(self) -> bytes:
        """What is stored of the secret."""
        return sha256(self.secret.encode()).digest()

    def __str__(self) -> str:
        return f"{self.organization_id.hex}.{self.wall_id.hex}.{self.secret}"


def parse_token(text: str) -> WallToken | None:
    """The parts of a token, or None for anything that is not of its form."""
    parts = text.split(".")
    if len(parts) != 3 or not 40 <= len(parts[2]) <= 64 or not text.isascii():
        return None
    organization_id, wall_id = parse_id(parts[0]), parse_id(parts[1])
    if organization_id is None or wall_id is None:
        return None
    return WallToken(organization_id, wall_id, parts[2])


def alive_key(wall_id: UUID, token_digest: bytes) -> str:
    """The Redis key of a wall's token: it lapses within a minute and is marked when the wall is revoked."""
    return f"mc:wall:{wall_id.hex}:{token_digest.hex()[:32]}"


def make_wall(
    actor: Actor,
    clinic_id: UUID,
    name: str,
    theme: str = "dark",
    size: str = "normal",
    token_digest: bytes | None = None,
) -> tuple[Wall, str]:
    """A new wall and its token, which is shown only this once; commits.

    With `token_digest` the screen has a secret of its own already, and the token given here opens nothing.
    """
    actor.require(Permission.WALLS_WRITE)
    clinic = clinic_for(actor, clinic_id)
    name = name.strip()
    if not 1 <= len(name) <= 80:
        raise Invalid("A wall has a name of 1 to 80 characters.", field="name")
    if theme not in THEMES or size not in SIZES:
        raise Invalid("No such theme or size.", field="theme" if theme not in THEMES else "size")
    token = WallToken(actor.organization_id, new_id(), secrets.token_urlsafe(32))
    wall = Wall(
        organization_id=actor.organization_id,
        id=token.wall_id,
        clinic_id=clinic.id,
        name=name,
        token_digest=token_digest or token.digest,
        theme=theme,
        size=size,
        created_at=now(),
        created_by=actor.user_id,
    )
    db.session.add(wall)
    audit.record(actor, "wall.make", "wall", wall.id)
    db.session.commit()
    return wall, str(token)


def list_walls(actor: Actor) -> list[tuple[Wall, Clinic]]:
    """The walls of the actor's clinics, newest first, revoked ones last."""
    actor.require(Permission.WALLS_WRITE)
    query = (
        select(Wall, Clinic)
        .join(Clinic, (Clinic.organization_id == Wall.organization_id) & (Clinic.id == Wall.clinic_id))
        .where(Wall.organization_id == actor.organization_id)
        .order_by(Wall.revoked_at.is_not(None), Wall.id.desc())
    )
    return [(wall, clinic) for wall, clinic in db.session.execute(query) if actor.sees_clinic(clinic.id)]


def revoke_wall(actor: Actor, wall_id: UUID) -> None:
    """Ends a wall's token; an open screen learns it at its next poll. Commits."""
    actor.require(Permission.WALLS_WRITE)
    wall = wall_for(actor, wall_id)
    wall.revoked_at = wall.revoked_at or now()
    audit.record(actor, "wall.revoke", "wall", wall.id)
    db.session.commit()
    store.remember(alive_key(wall.id, bytes(wall.token_digest)), ENDED, 2 * _CACHED_SECONDS)


def is_known(token: WallToken) -> bool:
    """Has the screen been shown within the last minute, and nothing about it changed since? False without Redis."""
    (found,) = store.recall(alive_key(token.wall_id, token.digest))
    return found not in (None, ENDED)


def show_anew(wall: Wall) -> None:
    """Lets the screen's next poll be answered in full; call it after the commit of what changed."""
    store.forget(alive_key(wall.id, bytes(wall.token_digest)))


def wall_actor(wall: Wall, clinic: Clinic) -> Actor:
    """A wall as an actor: one clinic, operational figures, no role and so no row about a person."""
    granted = frozenset({Permission.DASHBOARD_CLINIC, Permission.METRICS_OPERATIONS})
    return Actor(wall.organization_id, None, wall.name, frozenset(), frozenset({clinic.id}), granted=granted)


def note_seen(wall: Wall) -> None:
    """Notes that a screen showed itself, at most once a minute; commits. Needs the organization's scope."""
    at = now()
    if wall.seen_at is None or at - wall.seen_at > _NOTED_EVERY:
        mine = (Wall.organization_id == wall.organization_id, Wall.id == wall.id)
        db.session.execute(update(Wall).where(*mine).values(seen_at=at))
        db.session.commit()


def open_wall(token: WallToken) -> tuple[Wall, Clinic]:
    """The wall of a token with its clinic; raises NotFound when it was revoked or never was."""
    with tenant_scope(token.organization_id):
        query = (
            select(Wall, Clinic)
            .join(Clinic, (Clinic.organization_id == Wall.organization_id) & (Clinic.id == Wall.clinic_id))
            .where(Wall.organization_id == token.organization_id, Wall.id == token.wall_id, Wall.revoked_at.is_(None))
        )
        found = db.session.execute(query).one_or_none()
    if found is None or not secrets.compare_digest(bytes(found[0].token_digest), token.digest):
        raise NotFound("There is no such wall.")
    seconds = _CACHED_SECONDS * random.uniform(0.5, 1)  # noqa: S311 - screens switched on together must not lapse together
    store.remember(alive_key(token.wall_id, token.digest), b"shown", seconds, over=False)
    return found[0], found[1]
