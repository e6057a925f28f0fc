"""A room: the sockets that watch the same figures with the same rights. Its figures are read once for all of them."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.live import messages
from app.live.connection import Connection
from app.services.dashboards.watching import Snapshot, Watch

RoomKey = tuple[Watch, str]


def key_of(watch: Watch, actor: Actor) -> RoomKey:
    """Rooms are shared by those alone who see the same rows and metrics."""
    return watch, actor.scope_key


@dataclass(slots=True, eq=False)
class Room:
    """One watch under one scope. `due`: its figures are to be read; `read_at` in the loop's seconds."""

    watch: Watch
    actor: Actor
    members: set[Connection] = field(default_factory=set)
    snapshot: Snapshot | None = None
    version: int | None = None
    due: bool = False
    read_at: float = 0.0
    refreshed_at: float = 0.0

    @property
    def organization_id(self) -> UUID:
        """Whose figures they are."""
        return self.actor.organization_id

    def greet(self, member: Connection) -> None:
        """Tells one socket everything as it stands."""
        if self.snapshot is None:
            return
        if member.guest.address == "analytics":
            member.tell(messages.live_metrics(self.snapshot, member.only), "live_metrics")
        else:
            for name, value in self.snapshot.values.items():
                if member.only is None or name in member.only:
                    member.tell(messages.metric_update(name, value, None, known=False), f"metric {name}")

    def take(self, snapshot: Snapshot) -> None:
        """Tells everybody what is new in a snapshot; the first one greets."""
        before, self.snapshot = self.snapshot, snapshot
        if before is None:
            for member in self.members:
                self.greet(member)
            return
        moved = {name for name, value in snapshot.values.items() if before.values.get(name) != value}
        self._tell_moved(before, snapshot, moved)
        for alert_id, shown in snapshot.alerts.items():
            if alert_id not in before.alerts:
                self._tell_alert(shown)

    def refresh(self) -> None:
        """Says that something moved."""
        text = messages.dashboard_refresh(self.version)
        for member in self.members:
            member.tell(text, "refresh")

    def _tell_moved(self, before: Snapshot, snapshot: Snapshot, moved: set[str]) -> None:
        texts = {
            name: messages.metric_update(name, snapshot.values[name], before.values.get(name), name in before.values)
            for name in moved
        }
        whole = messages.live_metrics(snapshot) if moved else b""
        for member in self.members:
            if member.guest.address == "analytics":
                if moved and (member.only is None or member.only & moved):
                    text = whole if member.only is None else messages.live_metrics(snapshot, member.only)
                    member.tell(text, "live_metrics")
                continue
            for name, text in texts.items():
                if member.only is None or name in member.only:
                    member.tell(text, f"metric {name}")

    def _tell_alert(self, shown: Any) -> None:
        for member in self.members:
            member.tell(messages.alert(member.guest.address, shown), f"alert {shown['id']}")
