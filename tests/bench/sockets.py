"""A thousand open sockets on loopback: the server's memory for each, and how soon an update has reached all of them.

50 people with 20 sockets each watch one clinic through the real web server. Memory is the growth of the resident sets
of its processes; an update is a data version that moves, timed from the commit of the change to the last socket's
frame. The clients are bare sockets in one thread: the server is measured, and no library of the client's.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass

import psutil

from app.core.clock import today
from app.core.passwords import hash_password
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.rollups.marks import Mark, mark
from app.rollups.refresh import refresh
from app.services.identity import grants
from app.services.organizations import add_member, create_user
from tests.bench.clinic import Filled, filled
from tests.bench.installation import serving

APPOINTMENTS = 100_000
PEOPLE, EACH = 50, 20
UPDATES = 10
GOALS = {"memory": 100.0, "update": 1.0}


@dataclass
class Watcher:
    """One client: `heard` is when its last `dashboard_refresh` came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: float = 0.0

    async def listen(self) -> None:
        """Reads frames until the server closes; those of the server are not masked and here below 64 kB."""
        while head := await self.reader.readexactly(2):
            length = head[1]
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2), "big")
            text = await self.reader.readexactly(length)
            if head[0] & 15 == 8:
                return
            if b"dashboard_refresh" in text:
                self.heard = time.perf_counter()


def main() -> None:
    """Prints both figures with their goals."""
    with filled(APPOINTMENTS) as place, serving(place.place) as port:
        place.ask(port)
        headers = _people(place)
        asyncio.run(_measure(place, port, headers))


def _people(place: Filled) -> list[str]:
    """A JWT for each person."""
    organization_id = place.volume.organization_id
    hashed, tokens = hash_password(secrets.token_urlsafe(16)), []
    with place.app.app_context():
        for number in range(PEOPLE):
            user = create_user(f"watcher{number}@bench.example", f"Watcher {number}", hashed)
            add_member(organization_id, user.id, [Role.ADMIN])
            tokens.append(grants.issue(user, organization_id).access_token)
    return tokens


async def _measure(place: Filled, port: int, tokens: list[str]) -> None:
    server = _server(port)
    warm = [await _open(place, port, tokens[0]) for _ in range(8)]  # both processes have their loop and a reading
    await asyncio.sleep(3)
    before = _resident(server)
    start = time.perf_counter()
    watchers = list(warm)
    for token in tokens:
        count = EACH - len(warm) if token == tokens[0] else EACH
        watchers += await asyncio.gather(*(_open(place, port, token) for _ in range(count)))
    opened = time.perf_counter() - start
    await asyncio.sleep(3)
    grown = (_resident(server) - before) / (len(watchers) - len(warm)) / 1000
    delays = [await _update(place, watchers) for _ in range(UPDATES)]
    first, last = max(delay[0] for delay in delays), max(delay[1] for delay in delays)
    typical = sorted(delay[1] for delay in delays)[UPDATES // 2]
    print(f"sockets open: {len(watchers)} in {opened:.1f} s, in {len(server)} processes of the server")
    print(f"memory: {grown:.1f} kB a socket (goal: at most {GOALS['memory']:.0f})")
    print(f"update: {last:.2f} s to the last of them, the worst of {UPDATES} (goal: at most {GOALS['update']})")
    print(f"  {typical:.2f} s at the median; {first:.2f} s to the first of them in the worst, its summing up included")
    for watcher in watchers:
        watcher.writer.close()


async def _open(place: Filled, port: int, token: str) -> Watcher:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = (
        f"GET /ws/dashboard/clinic/?clinic_id={place.volume.clinic_id} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Authorization: Bearer {token}",
    )
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(head.decode())
    watcher = Watcher(reader, writer)
    task = asyncio.get_running_loop().create_task(watcher.listen())
    task.add_done_callback(lambda done: None if done.cancelled() else done.exception())
    return watcher


async def _update(place: Filled, watchers: list[Watcher]) -> tuple[float, float]:
    """Seconds from the commit of a moved version to the first and to the last socket that heard of it."""
    await asyncio.sleep(1.5)
    committed = await asyncio.to_thread(_move, place)
    end = time.perf_counter() + 10
    while time.perf_counter() < end:
        heard = [watcher.heard for watcher in watchers]
        if min(heard) >= committed:
            return min(heard) - committed, max(heard) - committed
        await asyncio.sleep(0.01)
    missing = sum(watcher.heard < committed for watcher in watchers)
    raise RuntimeError(f"{missing} sockets heard nothing for 10 s")


def _move(place: Filled) -> float:
    organization_id, clinic_id = place.volume.organization_id, place.volume.clinic_id
    with place.app.app_context():
        with tenant_scope(organization_id):
            mark(db.session(), organization_id, [Mark("appointments", clinic_id, today("America/Chicago"))])
            db.session.commit()
        at = time.perf_counter()
        refresh(organization_id)
    return at


def _server(port: int) -> list[psutil.Process]:
    """The processes that listen on the port, without the parent that only watches them."""
    mine = psutil.Process().children(recursive=True)
    found = [process for process in mine if "wsgi:app" in process.cmdline() and not process.children()]
    if not found:
        raise RuntimeError(f"no process serves port {port}")
    return found


def _resident(processes: list[psutil.Process]) -> int:
    return sum(process.memory_info().rss for process in processes)


if __name__ == "__main__":
    main()
