"""An Azure store of files for the tests: azurite, the protocol's open server, installed by `make azure`."""

import base64
import hmac
import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from app.config import FileStore

MAIN = Path(__file__).parent / "node_modules/azurite/dist/src/blob/main.js"
ACCOUNT = "reports"
KEY = base64.b64encode(bytes(range(64))).decode()
CONTAINER = "files"


def missing() -> str | None:
    """Why the server cannot be started; None when it can."""
    if shutil.which("node") is None:
        return "node is not installed, so there is no Azure store to test on"
    return None if MAIN.exists() else "azurite is not installed: `make azure` installs it and runs these tests"


@contextmanager
def azurite() -> Iterator[FileStore]:
    """A running server with one empty container."""
    port = _free_port()
    node = shutil.which("node") or "node"
    with TemporaryDirectory(prefix="mediconnect-azurite-") as folder:
        options = ["--location", folder, "--blobPort", str(port), "--silent", "--skipApiVersionCheck"]
        options += ["--disableTelemetry"]
        server = subprocess.Popen(
            [node, str(MAIN), *options], env={"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}", "PATH": "/usr/bin:/bin"}
        )
        try:
            _make_container(port)
            yield FileStore(f"az://{CONTAINER}/prefix", ACCOUNT, KEY, f"http://127.0.0.1:{port}/{ACCOUNT}")
        finally:
            server.terminate()
            server.wait(timeout=20)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _make_container(port: int, longest: float = 90) -> None:
    end = time.monotonic() + longest
    while True:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request("PUT", f"/{ACCOUNT}/{CONTAINER}?restype=container", headers=_signed())
            status = line.getresponse().status
            break
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        finally:
            line.close()
    assert status == 201, f"the container could not be made: {status}"


def _signed() -> dict[str, str]:
    """Headers signed as the protocol's Shared Key says: eleven standard headers that are empty here, those of Azure's
    own, and the resource."""
    own = {"x-ms-date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"), "x-ms-version": "2021-12-02"}
    lines = ["PUT", *[""] * 11, *(f"{name}:{value}" for name, value in own.items())]
    lines += [f"/{ACCOUNT}/{ACCOUNT}/{CONTAINER}", "restype:container"]
    digest = hmac.new(base64.b64decode(KEY), "\n".join(lines).encode(), sha256).digest()
    return {**own, "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}", "Content-Length": "0"}
