"""Where an installation's embedded servers keep data and sockets, and as which system user they run."""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from app import keys
from app.embedded.errors import EmbeddedError

SYSTEM_FOLDER = Path("/var/lib/mediconnect")
SERVICE_USERS = ("mediconnect", "postgres", "redis", "nobody")


@dataclass(frozen=True)
class ServiceUser:
    """The unprivileged system user a server runs as when root starts it."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Placement:
    """The folders of one installation's servers. `user` is None where the servers run as the caller."""

    home: Path
    data: Path
    sockets: Path
    user: ServiceUser | None

    def make(self) -> None:
        """Make the folders that are missing and check the ones that are there.

        Raises EmbeddedError for a folder that others could have made or may change, and for a copied home.
        """
        if self.user is not None:
            if self.data.parent == SYSTEM_FOLDER:
                own_folder(SYSTEM_FOLDER, 0o711, None)
            own_folder(self.data, 0o711, None)
            _claim(self.data / "home", self.home)
        own_folder(self.sockets, 0o700, self.user)

    def discard(self) -> None:
        """Remove the folders made outside the home in which nothing is kept any more."""
        if self.sockets.exists() and not any(self.sockets.iterdir()):
            self.sockets.rmdir()
        if self.user is not None and self.data.exists() and {path.name for path in self.data.iterdir()} <= {"home"}:
            shutil.rmtree(self.data)


def place(home: Path, instance: str, *, durable: bool) -> Placement:
    """Return the folders of the servers of a home; makes nothing.

    A normal user's data lives in the home. PostgreSQL refuses to run as root, and an unprivileged user may not be able
    to reach root's home, so data of root lives in a folder of its own; no existing folder's permissions are changed.
    """
    home = home.resolve()
    if os.geteuid() != 0:
        return Placement(home, home, _sockets(Path("/tmp"), home), None)
    data = SYSTEM_FOLDER / instance if durable else Path(f"/tmp/mediconnect-{instance}")
    return Placement(
        home, data, _sockets(Path("/run") if Path("/run").is_dir() else Path("/tmp"), home), _service_user()
    )


def own_folder(path: Path, mode: int, user: ServiceUser | None) -> Path:
    """Make a folder that belongs to the user (else to the caller); one that exists must already, and be no link."""
    owner = os.geteuid() if user is None else user.uid
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) & 0o022:
            raise EmbeddedError(f"{path} is not a folder that only its owner may change; remove it") from None
        return path
    path.chmod(mode)
    if user is not None:
        os.chown(path, user.uid, user.gid)
    return path


def _service_user() -> ServiceUser:
    for name in SERVICE_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServiceUser(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and none of the users " + ", ".join(SERVICE_USERS) + " exists; "
        "run MediConnect as a normal user, or set DATABASE_URL and REDIS_URL"
    )


def _claim(record: Path, home: Path) -> None:
    """Bind the data to its home. A home may move; a copy of it must not write to the original's data."""
    before = Path(record.read_text()) if record.exists() else home
    if before != home and (before / "secrets.json").exists():
        raise EmbeddedError(
            f"{home} is a copy of {before} and would share its data in {record.parent}; "
            f"remove {home / 'secrets.json'} to begin with data of its own"
        )
    record.write_text(str(home))


def _sockets(base: Path, home: Path) -> Path:
    return base / f"mediconnect-{keys.fingerprint(f'{os.geteuid()}:{home}')}"  # short: a socket path has a limit
