"""How long a poll takes while 500 dashboards and walls are open and 50 changes a second arrive.

`python -m tests.bench.crowd [screens] [seconds]`.

A fifth of the screens are walls. Each screen has a connection of its own and asks for each of its fragments at that
fragment's interval, give or take 15 hundredths, with the tag of its last answer, as `live.js` does. The dashboards
belong to people of several roles in two organizations. A poll counts from the moment it was due, so that what waits in
the client counts as well. Everything that an installation runs is running, on the machine that the client runs on.
"""

import asyncio
import os
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from html import unescape

from app import create_app
from app.core.actor import Actor
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.services import walls
from app.services.identity import logins
from app.services.organizations import add_member, create_user
from tests.bench.clinics import CLINICS, Tenant, make_tenant
from tests.bench.freshness import Change, changes, percentile, settle, warm
from tests.bench.installation import Installation, background, installation, serving
from tests.bench.load import ask

SCREENS, SECONDS = 500, 60.0
WALLS_AMONG = 5  # one screen in five
RATE = 50  # changes a second
SENDERS = 8
JITTER = 0.15
WARM_UP = 10.0  # seconds in which nothing is counted yet
PATIENCE = 30.0
ROLES = (Role.ADMIN, Role.CLINIC_STAFF, Role.DOCTOR)
GOAL = 0.25  # seconds
_POLLED = re.compile(r"<[a-z]+\s[^>]*data-poll=[^>]*>")


@dataclass(frozen=True)
class Fragment:
    """What a page asks for again and again, and how often in seconds."""

    address: str
    seconds: float
    tag: str


@dataclass(frozen=True)
class View:
    """A page that screens show: who looks (empty for walls), and its fragments."""

    cookie: str
    fragments: tuple[Fragment, ...]


@dataclass
class Tally:
    """What came of the polls: seconds each, how many were answered with content, and failures."""

    polls: list[float] = field(default_factory=list)
    changed: int = 0
    pushes: list[float] = field(default_factory=list)
    errors: int = 0


@dataclass
class Wire:
    """A connection to the server that stays open; opened anew where the server closed it while it was idle."""

    port: int
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> tuple[int, str]:
        """The status and the tag of an answer; raises OSError."""
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        if self.writer is not None:
            try:
                return await self._exchange(request)
            except (OSError, EOFError):
                self.writer.close()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return await self._exchange(request)

    async def _exchange(self, request: bytes) -> tuple[int, str]:
        assert self.reader is not None
        assert self.writer is not None
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        names = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head.split("\r\n"))}
        status = int(head[9:12])
        if status != 304:
            await self.reader.readexactly(int(names["content-length"]))
        if names.get("connection") == "close":
            self.writer.close()
            self.writer = None
        return status, names.get("hx-ptag", "")


async def look(port: int, view: View, until: float, counts_from: float, tally: Tally) -> None:
    """One screen: polls each fragment when it is due."""
    wire, chance = Wire(port), random.Random()
    tags = {fragment.address: fragment.tag for fragment in view.fragments}
    now = time.perf_counter()
    queue = [(now + chance.uniform(0, each.seconds), each.address, each.seconds) for each in view.fragments]
    heapify(queue)
    while queue[0][0] < until:
        due, address, seconds = queue[0]
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        headers = {"HX-Request": "true", "HX-PTag": tags[address]} | ({"Cookie": view.cookie} if view.cookie else {})
        try:
            status, tag = await wire.ask("GET", address, headers)
        except (OSError, EOFError):
            status, tag = 0, ""
        answered = time.perf_counter()
        tags[address] = tag or tags[address]
        if due >= counts_from:
            tally.polls.append(answered - due)
            tally.changed += status == 200
            tally.errors += status not in (200, 304)
        heapreplace(queue, (answered + seconds * chance.uniform(1 - JITTER, 1 + JITTER), address, seconds))


async def push(port: int, mine: Sequence[tuple[float, Change]], tally: Tally) -> None:
    """Sends each change at its time over one connection."""
    wire = Wire(port)
    for due, change in mine:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        begun = time.perf_counter()
        headers = {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {change.tenant.bearer}"}
        try:
            status, _ = await wire.ask("PUT", change.path, headers, change.body)
        except (OSError, EOFError):
            status = 0
        tally.pushes.append(time.perf_counter() - begun)
        tally.errors += status != 200


async def measure(port: int, views: Sequence[View], planned: Sequence[Change], seconds: float) -> Tally:
    """Lets all screens look and all changes come; what was counted after the warm-up."""
    tally, begun = Tally(), time.perf_counter()
    counts_from, until = begun + WARM_UP, begun + WARM_UP + seconds
    timed = [(begun + number / RATE, change) for number, change in enumerate(planned)]
    screens = [look(port, view, until, counts_from, tally) for view in views]
    senders = [push(port, timed[n::SENDERS], tally) for n in range(SENDERS)]
    tasks = [asyncio.ensure_future(one) for one in (*screens, *senders)]
    done, late = await asyncio.wait(tasks, timeout=WARM_UP + seconds + PATIENCE)
    for task in late:
        task.cancel()
    for task in done:
        task.result()
    tally.errors += len(late)
    return tally


def polled(html: str) -> tuple[Fragment, ...]:
    """The fragments that a page polls."""

    def value(tag: str, name: str) -> str:
        found = re.search(rf'\s{name}="([^"]*)"', tag)
        return unescape(found[1]) if found else ""

    tags = _POLLED.findall(html)
    return tuple(Fragment(value(tag, "hx-get"), float(value(tag, "data-poll")), value(tag, "hx-ptag")) for tag in tags)


def open_views(port: int, tenants: Sequence[Tenant], people: Sequence[str], walls_made: Sequence[str]) -> list[View]:
    """Opens each page once: every person's of every clinic, and every wall's."""
    views = []
    for number, cookie in enumerate(people):
        for clinic_id in tenants[number % len(tenants)].clinic_ids:
            views.append(_view(port, f"/clinics/{clinic_id}/", cookie))
    return views + [_view(port, address, "") for address in walls_made]


def _view(port: int, address: str, cookie: str) -> View:
    answer = ask(port, address, {"Cookie": cookie} if cookie else {})
    found = polled(answer.text)
    if answer.status != 200 or not found:
        raise RuntimeError(f"a page to look at answers {answer.status} with {len(found)} fragments")
    return View(cookie, found)


@contextmanager
def populated(
    found: Installation, visits: int, walls_wanted: int
) -> Iterator[tuple[list[Tenant], list[str], list[str]]]:
    """Two organizations, the cookies of their people in turn, and the addresses of their walls."""
    with create_app(found.config).app_context():
        tenants = [make_tenant(slug, visits) for slug in ("north", "south")]
        people = [_log_in(tenant, role) for role in ROLES for tenant in tenants]
        yield tenants, people, [_hang(tenants[n % len(tenants)], n) for n in range(walls_wanted)]


def _log_in(tenant: Tenant, role: Role) -> str:
    user = create_user(f"{role}@{tenant.organization_id}.example", f"Bench {role}", None)
    add_member(tenant.organization_id, user.id, [role])
    with tenant_scope(tenant.organization_id):
        return f"mediconnect={logins.begin(user, tenant.organization_id)}"


def _hang(tenant: Tenant, number: int) -> str:
    actor = Actor(tenant.organization_id, None, "Bench", frozenset({Role.ADMIN}))
    with tenant_scope(tenant.organization_id):
        clinic_id = tenant.clinic_ids[number // 2 % CLINICS]
        _, token = walls.make_wall(actor, clinic_id, f"Wall {number}", "dark", "normal")
    return f"/wall/{token}"


def report(tally: Tally, screens: int, seconds: float) -> float:
    """Prints the figures, one a line; gives p99 in seconds."""
    found, pushes = sorted(tally.polls), sorted(tally.pushes)
    slow = percentile(found, 0.99)
    print(f"crowd of {screens}: p99 {slow * 1000:.0f} ms (goal: at most {GOAL * 1000:.0f} ms)")
    print(f"crowd of {screens}: p50 {percentile(found, 0.5) * 1000:.0f} ms, worst {found[-1] * 1000:.0f} ms")
    print(f"errors: {tally.errors}")
    print(f"polls: {len(found) / seconds:.0f} a second, {tally.changed / len(found):.0%} of them with content")
    print(
        f"pushed changes: {len(pushes)}, p50 {percentile(pushes, 0.5) * 1000:.0f} ms, "
        f"p99 {percentile(pushes, 0.99) * 1000:.0f} ms"
    )
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return slow


def main() -> int:
    """Measures once; 1 where a poll or a push failed."""
    given = [float(argument) for argument in sys.argv[1:3]]
    wanted, seconds = given + [SCREENS, SECONDS][len(given) :]
    screens = int(wanted)
    number = int(RATE * (WARM_UP + seconds))
    with (
        installation() as found,
        populated(found, number // (2 * CLINICS) + 2, screens // WALLS_AMONG) as (tenants, people, hung),
        serving(found) as port,
        background(found),
    ):
        warm(port, tenants[0])
        planned = changes(tenants, number + len(tenants))
        settle(port, tenants, planned[: len(tenants)])
        views = open_views(port, tenants, people, hung)
        boards, on_walls = views[: len(views) - len(hung)], views[len(views) - len(hung) :]
        shown = on_walls + [boards[n % len(boards)] for n in range(screens - len(on_walls))]
        tally = asyncio.run(measure(port, shown, planned[len(tenants) :], seconds))
    report(tally, screens, seconds)
    return 1 if tally.errors else 0


if __name__ == "__main__":
    sys.exit(main())
