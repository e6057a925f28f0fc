"""What a screen shows and when: a playlist of boards with their seconds, and hours outside which it is dark."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.permissions import Permission
from app.extensions import db
from app.models import Clinic, Wall, WallItem
from app.models.walls import EVERY_DAY
from app.services import audit
from app.services.access import clinic_for, wall_for
from app.services.walls import show_anew

BOARDS = {"flow": "Clinic flow", "service": "Service today"}
WEEKDAYS = {EVERY_DAY: "Every day", 0b0011111: "Monday to Friday", 0b0111111: "Monday to Saturday"}
SHORTEST, LONGEST, MOST = 10, 600, 12


@dataclass(frozen=True)
class Page:
    """One page of a playlist; `item_id` is None for the one that a screen without a playlist shows."""

    clinic: Clinic
    board: str
    seconds: int
    item_id: UUID | None = None


def pages_of(wall: Wall, clinic: Clinic) -> list[Page]:
    """The playlist of a wall, never empty; needs the organization's scope."""
    query = (
        select(WallItem, Clinic)
        .join(Clinic, (Clinic.organization_id == WallItem.organization_id) & (Clinic.id == WallItem.clinic_id))
        .where(WallItem.organization_id == wall.organization_id, WallItem.wall_id == wall.id)
        .order_by(WallItem.id)
    )
    found = [Page(place, item.board, item.seconds, item.id) for item, place in db.session.execute(query)]
    return found or [Page(clinic, "flow", 0)]


def add_page(actor: Actor, wall_id: UUID, clinic_id: UUID, board: str, seconds: int) -> WallItem:
    """Adds a page at the end; commits. Raises Invalid, and Conflict for a playlist that is full."""
    actor.require(Permission.WALLS_WRITE)
    wall, clinic = wall_for(actor, wall_id), clinic_for(actor, clinic_id)
    if board not in BOARDS:
        raise Invalid("There is no such board.", field="board")
    if not SHORTEST <= seconds <= LONGEST:
        raise Invalid(f"A page stays for {SHORTEST} to {LONGEST} seconds.", field="seconds")
    if len(pages_of(wall, clinic)) >= MOST:
        raise Conflict(f"A playlist has {MOST} pages at most.")
    item = WallItem(
        organization_id=actor.organization_id,
        id=new_id(),
        wall_id=wall.id,
        clinic_id=clinic.id,
        board=board,
        seconds=seconds,
    )
    db.session.add(item)
    audit.record(actor, "wall.playlist", "wall", wall.id, added=board)
    db.session.commit()
    show_anew(wall)
    return item


def remove_page(actor: Actor, wall_id: UUID, item_id: UUID) -> None:
    """Takes a page from a playlist; commits. Raises NotFound."""
    actor.require(Permission.WALLS_WRITE)
    wall = wall_for(actor, wall_id)
    own = (WallItem.organization_id == actor.organization_id, WallItem.wall_id == wall.id, WallItem.id == item_id)
    if db.session.scalar(delete(WallItem).where(*own).returning(WallItem.id)) is None:
        raise NotFound("There is no such page.")
    audit.record(actor, "wall.playlist", "wall", wall.id, removed=str(item_id))
    db.session.commit()
    show_anew(wall)


def set_hours(actor: Actor, wall_id: UUID, opens: time | None, closes: time | None, weekdays: int = EVERY_DAY) -> None:
    """Says when a screen shows, in its clinic's time; without times always; commits. Raises Invalid."""
    actor.require(Permission.WALLS_WRITE)
    wall = wall_for(actor, wall_id)
    if (opens is None) != (closes is None) or (opens is not None and closes is not None and opens >= closes):
        raise Invalid("Give both times, the first before the second, or none.", field="opens")
    if weekdays not in WEEKDAYS:
        raise Invalid("Choose the days.", field="weekdays")
    wall.opens, wall.closes, wall.weekdays = opens, closes, weekdays
    audit.record(actor, "wall.hours", "wall", wall.id)
    db.session.commit()
    show_anew(wall)


def is_dark(wall: Wall, clinic: Clinic, at: datetime) -> bool:
    """Is the screen outside its hours at an instant?"""
    local = at.astimezone(ZoneInfo(clinic.zone))
    if not wall.weekdays >> local.weekday() & 1:
        return True
    if wall.opens is None or wall.closes is None:
        return False
    return not wall.opens <= local.time() < wall.closes
