"""The open sockets of one web process: one thread with one loop keeps all of them, and one more reads their figures."""

import asyncio
import atexit
import logging
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from flask import Flask

from app.core.actor import Actor
from app.live import messages
from app.live.connection import NOT_ALLOWED, RESTART, Connection, Guest, Reader
from app.live.room import Room, RoomKey, key_of
from app.services.dashboards.watching import read

A_USERS_SOCKETS = 20  # in each web process
HEARTBEAT = 20.0
RENEW = {"live": 30.0}  # figures move with the clock too, not only with data
RENEW_OTHERS = 120.0

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class Hub:
    """Made with the application, started by the first socket; `tasks` run beside its own for as long as it does."""

    def __init__(self, app: Flask, *tasks: "Callable[[Hub], Coroutine[Any, Any, None]]") -> None:
        self.app = app
        self._beside = tasks
        self.rooms: dict[RoomKey, Room] = {}
        self.connections: dict[Connection, Room] = {}
        self.users: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wanted = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reader = ThreadPoolExecutor(1, "live-reader")

    def admit(self, taken: socket.socket, answer: bytes, guest: Guest, actor: Actor) -> None:
        """Takes a connection over; called on a thread of the web server."""
        taken.setblocking(False)
        self._running().call_soon_threadsafe(self._open, taken, answer, guest, actor)

    def is_full_for(self, user_id: object) -> bool:
        """Has a person as many sockets here as they may?"""
        return self.users[str(user_id)] >= A_USERS_SOCKETS

    def close_all(self) -> None:
        """Says to every client that the server restarts, and waits a moment until it is said."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return

        def close() -> None:
            for connection in list(self.connections):
                connection.close(RESTART, "the server restarts")

        with suppress(RuntimeError):
            loop.call_soon_threadsafe(close)
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.3), loop).result(1.0)

    # From here on the loop's thread alone.

    async def ask(self, question: Callable[[], Answer]) -> Answer:
        """Runs a question to the database on the reader's thread, in an application context of its own."""

        def answered() -> Answer:
            with self.app.app_context():
                return question()

        return await asyncio.get_running_loop().run_in_executor(self._reader, answered)

    def want(self, room: Room) -> None:
        """Notes that a room's figures are to be read."""
        room.due = True
        self._wanted.set()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._serve, args=(self._loop,), name="live", daemon=True).start()
                atexit.register(self.close_all)
            return self._loop

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.call_soon(self._begin)
        loop.run_forever()

    def _begin(self) -> None:
        for task in (Hub._read_rooms, Hub._beat, Hub._renew, *self._beside):
            self._start(self._forever(task))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # a loop itself holds its tasks weakly
        task.add_done_callback(self._tasks.discard)

    async def _forever(self, task: "Callable[[Hub], Coroutine[Any, Any, None]]") -> None:
        while True:
            try:
                await task(self)
            except Exception as error:  # a server may be away for a while; the sockets outlive it
                log.warning("live: %s, again in a second", type(error).__name__)
            await asyncio.sleep(1.0)

    def _open(self, taken: socket.socket, answer: bytes, guest: Guest, actor: Actor) -> None:
        connection = Connection(answer, guest, Reader(self._said, self._left))
        key = key_of(guest.watch, actor)
        room = self.rooms.get(key)
        if room is None:
            room = self.rooms[key] = Room(guest.watch, actor)
            self.want(room)
        room.members.add(connection)
        self.connections[connection] = room
        self.users[str(guest.principal.user_id)] += 1
        self._start(self._connect(taken, connection, room))

    async def _connect(self, taken: socket.socket, connection: Connection, room: Room) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, taken)
        except OSError:
            taken.close()
            self._left(connection)
            return
        room.greet(connection)

    def _left(self, connection: Connection) -> None:
        room = self.connections.pop(connection, None)
        if room is None:
            return
        user = str(connection.guest.principal.user_id)
        self.users[user] -= 1
        if self.users[user] <= 0:
            del self.users[user]
        room.members.discard(connection)
        if not room.members:
            self.rooms.pop(key_of(room.watch, room.actor), None)

    def _said(self, connection: Connection, message: dict[str, Any]) -> None:
        room = self.connections.get(connection)
        if room is None:
            return
        if message.get("type") == "ping":
            connection.tell(messages.pong(), "pong")
        elif message.get("type") == "subscribe_metrics":
            self._subscribe(connection, room, message)
        else:
            connection.tell(messages.error("unknown_type", "Send subscribe_metrics or ping."), "error")

    def _subscribe(self, connection: Connection, room: Room, message: dict[str, Any]) -> None:
        asked, own = message.get("dashboard_id"), room.watch.clinic_id or room.organization_id
        if asked is not None and str(asked) not in (str(own), room.watch.dashboard):
            connection.close(NOT_ALLOWED, "not this dashboard")
            return
        names = message.get("metrics")
        if names is not None and not (isinstance(names, list) and all(isinstance(name, str) for name in names)):
            connection.tell(messages.error("invalid", "metrics is a list of names."), "error")
            return
        connection.only = None if names is None else frozenset(names)
        known = list(room.snapshot.values) if room.snapshot else []
        told = [name for name in known if connection.only is None or name in connection.only]
        connection.tell(messages.subscribed(told), "subscribed")
        room.greet(connection)

    async def _read_rooms(self) -> None:
        """Reads what is due, the longest unread first, and rests as long as it worked: pages come first."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wanted.wait()
            due = sorted((room for room in self.rooms.values() if room.due), key=lambda room: room.read_at)
            if not due:
                self._wanted.clear()
                continue
            room, start = due[0], loop.time()
            room.due = False
            try:
                snapshot = await self.ask(lambda: read(room.actor, room.watch))  # noqa: B023 - awaited at once
            except Exception as error:  # of one room, or of all while a server is away: each is tried again by itself
                log.warning("live: %s, again in a second", type(error).__name__)
                room.read_at = loop.time()
                loop.call_later(1.0, self.want, room)
                continue
            room.read_at = loop.time()
            room.take(snapshot)
            await asyncio.sleep(min(room.read_at - start, 1.0))

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(HEARTBEAT)
            for number, connection in enumerate(list(self.connections)):
                connection.beat(loop.time())
                if number % 100 == 99:
                    await asyncio.sleep(0)

    async def _renew(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(5.0)
            for room in list(self.rooms.values()):
                if loop.time() - room.read_at > RENEW.get(room.watch.dashboard, RENEW_OTHERS):
                    self.want(room)
