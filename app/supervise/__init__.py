"""`mediconnect up`: starts everything an installation needs, keeps it running, and stops it without remains."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

from app import embedded
from app.config import Config, Mode, local_url
from app.embedded.errors import EmbeddedError
from app.embedded.lock import exclusive
from app.supervise.children import Child, Command, end_leftovers, follow_parent, remember
from app.supervise.home import HomeError, require_usable
from app.supervise.port import PortError, answers, require_free
from app.supervise.prepared import is_prepared, mark_prepared

TICK = 0.1
SERVICES_EVERY = 2.0
FIRST_ANSWER_PATIENCE = 20.0
STOP_PATIENCE = 4.0
TAKEOVER_PATIENCE = 3.0
TAKEOVER_LONGEST = 60.0  # a large database writes down what it holds in memory
LOCK = "up.lock"
ADDRESS = "address"  # where the running installation answers
STOPPING = "up.stopping"
DEMO_ROLES = ("admin", "doctor", "staff", "billing", "analyst", "patient", "platform")
DEMO_DOMAINS = ("demo.mediconnect.example", "other.mediconnect.example")


def up(
    config: Config,
    *,
    preparation: Command | None = None,
    commands: Callable[[Config], Sequence[Command]] | None = None,
    with_parent: bool = False,
) -> int:
    """Run the installation until Ctrl-C or SIGTERM; return the exit status.

    `preparation` runs to its end first and `commands` are kept running; both are MediConnect's own when not given.
    """
    if with_parent:
        follow_parent()
    try:
        require_usable(config.home)
        with _only_supervisor(config.home), _stopping_on_signals() as stopping:
            end_leftovers(config.home)
            require_free(config.host, config.port)
            return _Run(config, stopping).run(preparation or prepare_command(), commands or server_commands)
    except TimeoutError:
        return _fail(f"MediConnect already runs for {config.home}; stop it first, or set another MEDICONNECT_HOME")
    except (HomeError, PortError, EmbeddedError) as error:
        return _fail(str(error))


def running_at(home: Path) -> str | None:
    """Return the local address at which the installation of a home answers; None while it does not run."""
    told = home / ADDRESS
    return told.read_text().strip() if told.exists() else None


def prepare_command() -> Command:
    """Return the command that migrates the database and loads the demo once."""
    return Command("prepare", (sys.executable, "-m", "app.cli", "prepare"), owner=True)


def server_commands(config: Config) -> list[Command]:
    """Return the commands of the web server, which comes first, the worker and the scheduler."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    heartbeat = ("--worker-tmp-dir", "/dev/shm") if Path("/dev/shm").is_dir() else ()  # noqa: S108 - memory, not a file
    web = (
        sys.executable,
        "-m",
        "gunicorn",
        "wsgi:app",
        "--bind",
        f"{host}:{config.port}",
        "--worker-class",
        "gthread",
        "--workers",
        str(config.web_workers),
        "--threads",
        "12",
        "--keep-alive",
        "15",
        "--timeout",
        "60",
        "--graceful-timeout",
        str(int(STOP_PATIENCE) - 1),
        "--preload",  # read once for all workers, and kept in memory once
        "--log-level",
        "warning",
        "--no-control-socket",
        *heartbeat,
    )
    return [
        Command("web", web),
        Command("worker", (sys.executable, "-m", "app.cli", "worker")),
        Command("scheduler", (sys.executable, "-m", "app.cli", "scheduler")),
    ]


class _Run:
    """One life of an installation, from the first server started to the last one stopped."""

    def __init__(self, config: Config, stopping: threading.Event) -> None:
        self.config = config
        self.stopping = stopping
        self.children: list[Child] = []
        self.announced = False

    def run(self, preparation: Command, commands: Callable[[Config], Sequence[Command]]) -> int:
        try:
            resolved = embedded.resolve(self.config)
            _tell_places(self.config)
            servers = [Child(command, resolved) for command in commands(resolved)]
            if is_prepared(resolved):
                self._serve_first(servers[0])
            if self.stopping.is_set() or not self._prepare(Child(preparation, resolved)):
                return 0 if self.stopping.is_set() else _fail("the database could not be prepared; see the lines above")
            mark_prepared(resolved)
            if not self.announced:
                self._serve_first(servers[0])
            self.children = servers
            self._keep_running()
        finally:
            self._stop()
        return 0

    def _serve_first(self, web: Child) -> None:
        """Start the web server alone, so that nothing else takes its time until it answers."""
        self.children = [web]
        self._start(web)
        deadline = time.monotonic() + FIRST_ANSWER_PATIENCE
        while not self.announced and web.is_alive() and time.monotonic() < deadline and not self.stopping.wait(TICK):
            self._announce_once()

    def _prepare(self, child: Child) -> bool:
        self.children = [*self.children, child]
        self._start(child)
        while child.is_alive() and not self.stopping.wait(TICK):
            pass
        return not self.stopping.is_set() and child.returncode == 0

    def _keep_running(self) -> None:
        services_at = time.monotonic() + SERVICES_EVERY
        while not self.stopping.is_set():
            for child in self.children:
                if child.is_due():
                    self._start(child)
            self._announce_once()
            if time.monotonic() >= services_at:
                self._revive_services()
                services_at = time.monotonic() + SERVICES_EVERY
            self.stopping.wait(TICK)

    def _announce_once(self) -> None:
        if not self.announced and answers(self.config.host, self.config.port):
            self.announced = True
            with suppress(OSError):  # a full disk: whoever looks for the address has to be told it
                (self.config.home / ADDRESS).write_text(local_url(self.config.host, self.config.port) + "\n")
            _announce(self.config)

    def _start(self, child: Child) -> None:
        if child.starts:
            _say(f"{child.command.name} ended with status {child.returncode}; starting it again")
        child.start()
        remember(self.config.home, self.children)

    def _revive_services(self) -> None:
        try:
            embedded.ensure(self.config)
        except EmbeddedError as error:
            _say(str(error))

    def _stop(self) -> None:
        """Stop everything, also where nothing can be written down any more."""
        _say("MediConnect stops…")
        mark = self.config.home / STOPPING
        with suppress(OSError):
            mark.touch()
            (self.config.home / ADDRESS).unlink(missing_ok=True)
        for child in self.children:
            child.terminate()
        deadline = time.monotonic() + STOP_PATIENCE
        for child in self.children:
            child.wait_or_kill(deadline)
        remember(self.config.home, [])
        embedded.stop(self.config)
        with suppress(OSError):
            mark.unlink()


@contextmanager
def _only_supervisor(home: Path) -> Iterator[None]:
    """Hold the home's lock, waiting for a supervisor that is on its way out, not for one that works."""
    mark = home / STOPPING
    with ExitStack() as stack:
        try:
            stack.enter_context(exclusive(home / LOCK, TAKEOVER_PATIENCE))
        except TimeoutError:
            if not mark.exists():
                raise
            stack.enter_context(exclusive(home / LOCK, TAKEOVER_LONGEST))
        mark.unlink(missing_ok=True)
        yield


@contextmanager
def _stopping_on_signals() -> Iterator[threading.Event]:
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks to outlive the terminal
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell_places(config: Config) -> None:
    for name, state in embedded.status(config).items():
        _say(f"{name}: {state}")


def _announce(config: Config) -> None:
    lines = [f"MediConnect is ready: {config.public_url or local_url(config.host, config.port)}"]
    password = config.home / "demo-password"
    if config.mode is Mode.DEMO and password.exists():
        lines.append(f"  password of every demo login: {password.read_text().strip()}")
        lines += [f"  {role}@{DEMO_DOMAINS[0]}" for role in DEMO_ROLES]
        lines.append(f"  the same roles of a second organization: …@{DEMO_DOMAINS[1]}")
    lines.append("  Ctrl-C stops everything.")
    _say("\n".join(lines))


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(text: str) -> int:
    print(f"mediconnect: {text}", file=sys.stderr, flush=True)
    return 1
