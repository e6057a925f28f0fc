"""Redis from a wheel, on a Unix socket, for the one-machine size."""

import hashlib
import shutil
import signal
import time
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.exceptions import BusyLoadingError, RedisError

from app import keys
from app.config import Config
from app.embedded import binaries, processes
from app.embedded.errors import EmbeddedError
from app.embedded.lock import exclusive
from app.embedded.placement import own_folder, place

TERM_THEN_KILL = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))
LOCK_PATIENCE = 90.0
START_PATIENCE = 60.0


class Server:
    """One home's Redis. A throwaway one (`durable=False`) keeps nothing on disk."""

    def __init__(self, home: Path, durable: bool = True) -> None:
        self.home = home.resolve()
        self.durable = durable
        self.secrets = keys.load_or_create(self.home)
        self.placement = place(self.home, self.secrets.instance, durable=durable)
        self.data = self.placement.data / "redis"
        self.socket = self.placement.sockets / "redis.sock"

    def start(self) -> str:
        """Attach to the running server or start it, and return its URL. Safe to call at any time.

        Raises EmbeddedError when the server cannot be started.
        """
        with exclusive(self.home / "redis.lock", LOCK_PATIENCE):
            if not self._answers() and not self._launch():
                self._set_log_aside()
                if not self._launch():
                    raise EmbeddedError(f"Redis did not start in {self.data}; its log ends:\n{self._last_words()}")
        return self.url()

    def stop(self) -> None:
        """Stop the server, if it runs, after it has written its log."""
        with exclusive(self.home / "redis.lock", LOCK_PATIENCE):
            processes.end(self.data, TERM_THEN_KILL)
        self.placement.discard()

    def is_running(self) -> bool:
        """Say whether the server's process is alive."""
        return bool(processes.running_in(self.data))

    def destroy(self) -> None:
        """Stop the server and remove its data."""
        processes.end(self.data, TERM_THEN_KILL)
        shutil.rmtree(self.data, ignore_errors=True)
        self.socket.unlink(missing_ok=True)
        self.placement.discard()

    def url(self) -> str:
        """Return the URL of the server, running or not."""
        return f"unix://:{self.secrets.redis}@{quote(str(self.socket))}?db=0"

    def _launch(self) -> bool:
        self.placement.make()
        program = binaries.find(self.placement.user).redis
        own_folder(self.data, 0o700, self.placement.user)
        processes.end(self.data, TERM_THEN_KILL)
        # Read from standard input, so that no file holds the password.
        log = self.data / "redis-start.log"
        processes.launch([program, "-"], self.data, self.placement.user, log, self._settings())
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            time.sleep(0.02)
            if self._answers():
                return True
            if not self.is_running():
                return False
        return False

    def _settings(self) -> bytes:
        settings = {
            "port": "0",
            "unixsocket": _quoted(self.socket),
            "unixsocketperm": "700",
            "dir": _quoted(self.data),
            "logfile": _quoted(self.data / "redis.log"),
            "save": '""',
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "maxmemory": "512mb",
            "maxmemory-policy": "noeviction",
            "user": f"default on #{hashlib.sha256(self.secrets.redis.encode()).hexdigest()} ~* &* +@all",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items()).encode()

    def _answers(self) -> bool:
        if not self.socket.exists():
            return False
        client = Redis.from_url(self.url(), socket_timeout=10)
        try:
            return bool(client.ping())
        except BusyLoadingError:
            return self._wait_for_load(client)
        except RedisError:
            return False
        finally:
            client.close()

    def _wait_for_load(self, client: Redis) -> bool:
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            time.sleep(0.05)
            try:
                return bool(client.ping())
            except BusyLoadingError:
                continue
            except RedisError:
                return False
        return False

    def _set_log_aside(self) -> None:
        """Begin empty when the log is damaged: everything in Redis can be made again from PostgreSQL."""
        log = self.data / "appendonly.aof"
        if log.exists():
            log.replace(log.with_suffix(".damaged"))

    def _last_words(self) -> str:
        log = self.data / "redis.log"
        return "\n".join(log.read_text().splitlines()[-5:]) if log.exists() else "(no log)"


def start(config: Config) -> str:
    """Start or attach to the Redis of the configured home and return its URL."""
    return Server(config.home).start()


def stop(config: Config) -> None:
    """Stop the Redis of the configured home."""
    Server(config.home).stop()


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
