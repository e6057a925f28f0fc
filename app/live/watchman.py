"""Goes round the open sockets: a login that ended, lapsed or lost rights closes its sockets within five seconds."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.clock import now
from app.extensions import store
from app.live.connection import LOGGED_OUT, NOT_ALLOWED, Connection
from app.live.hub import Hub
from app.services.identity.logins import IDLE, IDLE_WITH_PATIENTS
from app.services.identity.principals import ENDED, Kind, find

ROUND = 2.0  # seconds
LOOKED_UP = 100  # credentials that one round may ask PostgreSQL about


async def watch_credentials(hub: Hub) -> None:
    """Compares what Redis remembers of each credential with what it was; asks PostgreSQL about those it forgot."""
    client = Redis.from_url(store.url, socket_timeout=1.0, socket_connect_timeout=0.5)
    known: dict[str, bytes | str] = {}
    try:
        while True:
            await asyncio.sleep(ROUND)
            holders: dict[str, list[Connection]] = defaultdict(list)
            for connection in hub.connections:
                holders[connection.guest.holder].append(connection)
            names = list(holders)
            remembered = await _remembered(client, names)
            known = {name: raw for name, raw in known.items() if name in holders}
            doubtful = [name for name in names if remembered.get(name) is None or remembered[name] != known.get(name)]
            for name in [name for name in doubtful if remembered.get(name) == ENDED]:
                for connection in holders.pop(name):
                    connection.close(LOGGED_OUT, "logged out")
            for name in [name for name in doubtful if name in holders][:LOOKED_UP]:
                await _check(hub, holders[name])
                if raw := remembered.get(name):
                    known[name] = raw
            _end_lapsed(hub.connections)
    finally:
        await client.aclose()


async def _remembered(client: Redis, names: list[str]) -> dict[str, bytes | str | None]:
    if not names:
        return {}
    try:
        return dict(zip(names, await client.mget(names), strict=True))
    except (RedisError, OSError):
        return {}


async def _check(hub: Hub, connections: list[Connection]) -> None:
    principal = connections[0].guest.principal
    kind, key = Kind(principal.kind), bytes.fromhex(principal.key)
    standing = await hub.ask(lambda: find(kind, key))
    for connection in connections:
        if standing is None:
            connection.close(LOGGED_OUT, "logged out")
        elif standing.rights != connection.guest.principal.rights:
            connection.close(NOT_ALLOWED, "rights have changed")
        else:
            connection.guest = replace(connection.guest, principal=standing)


def _end_lapsed(connections: Iterable[Connection]) -> None:
    """Sockets keep no login awake: they end with it."""
    at = now()
    for connection in connections:
        principal = connection.guest.principal
        patience = IDLE_WITH_PATIENTS if connection.guest.watch.patient_id else IDLE
        idle = principal.kind is Kind.SESSION and principal.idle(at) > patience
        if idle or principal.expires_at <= at:
            connection.close(LOGGED_OUT, "the login has ended")
