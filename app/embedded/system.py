"""System packages that wheels cannot bring: checked for, installed where that is possible, else named."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PANGO_LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")


@dataclass(frozen=True)
class Requirement:
    """Something the system has to bring: how to see that it is there, and the Debian packages that bring it."""

    purpose: str
    packages: tuple[str, ...]
    is_present: Callable[[], bool]


def _has_pango() -> bool:
    try:
        for library in PANGO_LIBRARIES:
            ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_chromium() -> bool:
    return any(shutil.which(name) for name in CHROMIUM_NAMES)


REQUIREMENTS = {
    "pango": Requirement(
        "PDF reports (Pango)", ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"), _has_pango
    ),
    "chromium": Requirement("browser tests (Chromium)", ("chromium",), _has_chromium),
}


def check(names: Sequence[str]) -> list[Requirement]:
    """Return the requirements that are still missing after an attempt to install them."""
    missing = _missing(names)
    if missing and _can_install():
        _install([package for requirement in missing for package in requirement.packages])
        missing = _missing(names)
    return missing


def _missing(names: Sequence[str]) -> list[Requirement]:
    return [REQUIREMENTS[name] for name in names if not REQUIREMENTS[name].is_present()]


def _can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(packages: Sequence[str]) -> None:
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    print(f"mediconnect: apt-get install {' '.join(packages)}", file=sys.stderr, flush=True)
    for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def main() -> None:
    """Check the requirements named as arguments; what cannot be installed here is printed, and never an error."""
    for requirement in check(sys.argv[1:]):
        packages = " ".join(requirement.packages)
        print(
            f"mediconnect: {requirement.purpose} will not work until these are installed:\n"
            f"    sudo apt-get update && sudo apt-get install -y --no-install-recommends {packages}\n"
            "    (other systems have packages of like names)",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
