"""The servers a test run talks to: given by address, or the embedded ones started for this run alone."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from app.embedded.postgres import SUPERUSER, Cluster
from app.embedded.redis import Server


@contextmanager
def running_servers() -> Iterator[tuple[str, str]]:
    """(URL of a database in which databases can be made, URL of a Redis of this run's own)."""
    database, redis = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if database and redis:
        yield database, redis
        return
    home = Path(tempfile.mkdtemp(prefix="mediconnect-servers-"))
    home.chmod(0o755)
    cluster, server = Cluster(home, durable=False), Server(home, durable=False)
    try:
        cluster.start()
        host = quote(str(cluster.placement.sockets), safe="/")
        superuser = f"postgresql+psycopg://{SUPERUSER}:{cluster.secrets.database_superuser}@/postgres?host={host}"
        yield database or superuser, redis or server.start()
    finally:
        server.destroy()
        cluster.destroy()
        shutil.rmtree(home, ignore_errors=True)


def database_name() -> str:
    """A name that no other run uses."""
    return f"test_{os.getpid()}_{secrets.token_hex(3)}"
