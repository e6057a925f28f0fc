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
SOCKET_PATH_LIMIT = 107  # sun_path of Linux, less the closing zero byte


@dataclass(frozen=True)
class ServiceUser:
    """The unprivileged system user a server runs as when root starts it."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Placement:
    """The folders of one installation's servers. `user` is None where the servers run as the caller."""

    data: Path
    sockets: Path
    user: ServiceUser | None

    def discard(self) -> None:
        """Remove the folders made outside the home, where no server keeps anything in them any more."""
        if self.sockets.exists() and not any(self.sockets.iterdir()):
            self.sockets.rmdir()
        if self.user is not None and self.data.exists() and {path.name for path in self.data.iterdir()} <= {"home"}:
            shutil.rmtree(self.data)


def place(home: Path, instance: str, *, durable: bool) -> Placement:
    """Make and check the folders of the servers of a home.

    A normal user's data lives in the home. PostgreSQL refuses to run as root, and an unprivileged user may not be able
    to reach root's home, so data of root lives in a folder of its own; no existing folder's permissions are changed.
    """
    home = home.resolve()
    user = _service_user() if os.geteuid() == 0 else None
    data = home if user is None else _system_data(home, instance, durable=durable)
    return Placement(data=data, sockets=_sockets(home, user), user=user)


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


def _system_data(home: Path, instance: str, *, durable: bool) -> Path:
    if durable:
        data = own_folder(own_folder(SYSTEM_FOLDER, 0o711, None) / instance, 0o711, None)
    else:
        data = own_folder(Path(f"/tmp/mediconnect-{instance}"), 0o711, None)
    _claim(data / "home", home)
    return data


def _claim(record: Path, home: Path) -> None:
    """Bind the data to its home. A home may move; a copy of it must not write to the original's data."""
    before = Path(record.read_text()) if record.exists() else home
    if before != home and (before / "secrets.json").exists():
        raise EmbeddedError(
            f"{home} is a copy of {before} and would share its data in {record.parent}; "
            f"remove {home / 'secrets.json'} to begin with data of its own"
        )
    record.write_text(str(home))


def _sockets(home: Path, user: ServiceUser | None) -> Path:
    base = Path("/run") if user is not None and Path("/run").is_dir() else Path("/tmp")
    sockets = own_folder(base / f"mediconnect-{keys.fingerprint(f'{os.geteuid()}:{home}')}", 0o700, user)
    if len(os.fsencode(sockets / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
        raise EmbeddedError(f"socket path in {sockets} is longer than {SOCKET_PATH_LIMIT} bytes")
    return sockets
