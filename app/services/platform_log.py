"""Who looked at or changed what belongs to no organization: lines that the application only adds."""

from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.extensions import db
from app.models.platform import PlatformRead


def note(user_id: UUID | None, what: str, address: str | None) -> None:
    """Adds one line in the caller's transaction; `what` is a verb of the product, never content."""
    db.session.add(PlatformRead(id=new_id(), at=now(), user_id=user_id, what=what, address=address))
