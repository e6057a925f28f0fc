"""What is heard from the other processes: rooms learn that their figures moved, sockets that their login ended."""

import asyncio
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from app.core import news
from app.core.ids import parse_id
from app.core.news import Line, Subject
from app.extensions import store
from app.live import messages
from app.live.connection import LOGGED_OUT
from app.live.hub import Hub
from app.live.room import Room

REFRESH_EVERY = 1.0  # seconds between two `dashboard_refresh` of one room


async def follow(hub: Hub) -> None:
    """Listens until Redis goes away. Whatever was missed meanwhile counts as moved."""
    client = Redis.from_url(store.url, health_check_interval=15)
    try:
        async with client.pubsub() as heard:
            await heard.subscribe(news.CHANNEL)
            for room in list(hub.rooms.values()):
                _moved(hub, room, None)
            async for message in heard.listen():
                if message["type"] == "message" and (line := news.read(message["data"])):
                    _take(hub, line)
    finally:
        await client.aclose()


def _take(hub: Hub, line: Line) -> None:
    if line.subject is Subject.ENDED:
        _end(hub, str(line.more.get("holder")))
    elif line.subject is Subject.NOTICE:
        _notice(hub, line)
    else:
        _tell_rooms(hub, line)


def _end(hub: Hub, holder: str) -> None:
    for connection in list(hub.connections):
        if connection.guest.holder == holder:
            connection.close(LOGGED_OUT, "logged out")


def _notice(hub: Hub, line: Line) -> None:
    if line.more.get("kind") != "report.completed":
        return
    run_id = str(line.more.get("about"))
    text = messages.report_completed(run_id)
    for connection, room in hub.connections.items():
        mine = str(connection.guest.principal.user_id) == line.more.get("user")
        if mine and room.organization_id == line.organization_id:
            connection.tell(text, f"report {run_id}")


def _tell_rooms(hub: Hub, line: Line) -> None:
    versions = _versions(line.more.get("versions"))
    for room in list(hub.rooms.values()):
        if room.organization_id != line.organization_id:
            continue
        if line.subject is Subject.ALERTS:
            _moved(hub, room, room.version)
        elif versions and room.watch.concerns(set(versions)):
            version = versions.get(room.watch.clinic_id, versions.get(None))
            if version is None or room.version is None or version > room.version:
                _moved(hub, room, version)


def _versions(stored: Any) -> dict[UUID | None, int]:
    if not isinstance(stored, dict):
        return {}
    return {None if clinic == "*" else parse_id(clinic): version for clinic, version in stored.items()}


def _moved(hub: Hub, room: Room, version: int | None) -> None:
    """Says so at once, and again at most every second; the figures follow as they are read."""
    room.version = version
    hub.want(room)
    loop = asyncio.get_running_loop()
    wait = room.refreshed_at + REFRESH_EVERY - loop.time()
    if wait <= 0:
        room.refreshed_at = loop.time()
        room.refresh()
    elif wait <= REFRESH_EVERY:
        room.refreshed_at += REFRESH_EVERY  # one more is on its way; those until then are in it
        loop.call_later(wait, room.refresh)
