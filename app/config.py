"""The configuration: a frozen value made from the environment, and the only place that reads it."""

import os
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Config:
    """Everything that differs between installations."""

    home: Path
    database_url: str
    database_owner_url: str
    redis_url: str
    secret_key: str
    encryption_key: bytes  # 32 bytes: wraps the organizations' data keys
    mode: str = "demo"
    public_url: str = "http://127.0.0.1:8000"
    root: Path = ROOT
    pool_size: int = 8
    metrics_token: str | None = None

    def flask_settings(self) -> dict[str, Any]:
        """The settings of Flask and its extensions."""
        return {
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SQLALCHEMY_ENGINE_OPTIONS": {
                "pool_size": self.pool_size,
                "max_overflow": 4,
                "pool_pre_ping": True,
                "hide_parameters": True,
                "connect_args": {"options": "-c statement_timeout=60000"},
            },
            "DATABASE_OWNER_URL": self.database_owner_url,
            "SECRET_KEY": self.secret_key,
            "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
            "WTF_CSRF_TIME_LIMIT": None,
        }

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """The configuration that the environment describes."""
        return cls(
            home=Path(environ.get("MEDICONNECT_HOME", ROOT / "var")),
            database_url=environ["DATABASE_URL"],
            database_owner_url=environ.get("DATABASE_OWNER_URL", environ["DATABASE_URL"]),
            redis_url=environ["REDIS_URL"],
            secret_key=environ["SECRET_KEY"],
            encryption_key=b64decode(environ["MEDICONNECT_ENCRYPTION_KEY"]),
        )
