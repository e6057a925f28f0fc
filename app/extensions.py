"""The Flask extensions, made once and bound to an app by `create_app`."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import redis
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from sqlalchemy import ForeignKeyConstraint, MetaData, Table
from sqlalchemy.orm import DeclarativeBase


def _fk_columns(constraint: ForeignKeyConstraint, _table: Table) -> str:
    return constraint.column_keys[-1]


# Scale-out drops and re-creates constraints by name, so each one has a name by rule.
NAMING: dict[str, Any] = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk_column": _fk_columns,
    "fk": "fk_%(table_name)s_%(fk_column)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class Base(DeclarativeBase):
    """Parent of every table's class."""

    if TYPE_CHECKING:
        __table__: ClassVar[Table]

    metadata = MetaData(naming_convention=NAMING)


_DROP = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"


class RedisStore:
    """The Redis of the installation: a doorbell and a cache that may vanish at any moment.

    `client` raises redis.RedisError when it is away; the methods here treat that as "nothing there".
    """

    client: redis.Redis
    url = ""

    def connect(self, url: str) -> None:
        """Makes the client; no connection is opened before it is needed. Half a second is the longest wait."""
        self.url = url
        self.client = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)

    def recall(self, *keys: str) -> list[bytes | None]:
        """The values of some keys in one round trip; None for what is not there."""
        try:
            found: list[Any] = self.client.mget(keys)  # bytes: the client decodes nothing
            return found
        except redis.RedisError:
            return [None] * len(keys)

    def remember(self, key: str, value: str | bytes, seconds: float, over: bool = True) -> None:
        """Keeps a value for at most so long; without `over`, only where nothing stands yet."""
        with suppress(redis.RedisError):
            self.client.set(key, value, px=max(1, int(seconds * 1000)), nx=not over)

    def count(self, key: str, seconds: int) -> int:
        """Adds one to a counter that lapses after so long without being counted; 1,000,000 when Redis is away."""
        try:
            pipe = self.client.pipeline()
            pipe.incr(key)
            pipe.expire(key, seconds)
            return int(pipe.execute()[0])
        except redis.RedisError:
            return 1_000_000

    def tally(self, key: str, seconds: int) -> int | None:
        """Adds one to a counter that lapses so long after its first count; None when Redis is away."""
        try:
            pipe = self.client.pipeline()
            pipe.set(key, 0, ex=seconds, nx=True)
            pipe.incr(key)
            return int(pipe.execute()[1])
        except redis.RedisError:
            return None

    def claim(self, key: str, seconds: int, by: bytes = b"taken") -> bool:
        """Is the caller the first to take a key, which lapses after so long? True as well when Redis is away."""
        try:
            return bool(self.client.set(key, by, ex=seconds, nx=True))
        except redis.RedisError:
            return True

    def give_back(self, key: str, by: bytes) -> None:
        """Drops a key that was claimed by so and so; not one that lapsed meanwhile and is another's."""
        with suppress(redis.RedisError):
            self.client.eval(_DROP, 1, key, by)

    def forget(self, *keys: str) -> None:
        """Drops keys."""
        with suppress(redis.RedisError):
            self.client.delete(*keys)


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False})
login_manager = LoginManager()
csrf = CSRFProtect()
htmx = Htmx()
store = RedisStore()
