"""A folder that cannot be used is named, with what to do, before anything is started."""

import resource
from pathlib import Path

import pytest

from app.supervise.home import HomeError, require_usable
from tests.faults.test_full_disk import full_disk


def test_a_home_is_made_and_nothing_is_left_of_the_try(tmp_path: Path) -> None:
    home = tmp_path / "Prüf Stand" / "ä"
    require_usable(home)
    assert list(home.iterdir()) == []


def test_a_home_below_a_file_is_refused_by_its_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeError, match=r"MEDICONNECT_HOME: cannot write to .*/file/home: Not a directory; choose"):
        require_usable(tmp_path / "file" / "home")


def test_a_folder_for_reading_only_is_refused() -> None:
    with pytest.raises(HomeError, match=r"cannot write to /proc/sys/home: .*; (choose|it is mounted)"):
        require_usable(Path("/proc/sys/home"))


def test_a_disk_without_room_is_refused(tmp_path: Path) -> None:
    with full_disk(1000), pytest.raises(HomeError, match="MEDICONNECT_HOME: cannot write to"):
        require_usable(tmp_path)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
