"""The installation's secrets: the file that keeps them, the keys derived from the master key, what is too weak."""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Self

MINIMUM_BYTES = 32
PLACEHOLDERS = ("change", "default", "example", "insecure", "password", "placeholder", "replace", "secret", "your-")
PUBLISHED_SUFFIXES = frozenset({".css", ".html", ".in", ".js", ".lock", ".md", ".py", ".sql", ".toml", ".txt"})
PRIVATE_FOLDERS = frozenset({".git", ".venv", "node_modules", "var"})


@dataclass(frozen=True)
class Keys:
    """Independent 32-byte keys derived from one master key by HKDF-SHA256 (RFC 5869), one for each purpose.

    Losing the master key loses the encrypted columns; changing it ends every session, token and wall.
    """

    session: bytes = field(repr=False)  # signs session cookies and form tokens
    token: bytes = field(repr=False)  # signs JSON Web Tokens
    data: bytes = field(repr=False)  # wraps the tenants' data encryption keys
    index: bytes = field(repr=False)  # blind indexes over encrypted columns
    wall: bytes = field(repr=False)  # hashes the tokens of wall displays
    doorbell: bytes = field(repr=False)  # signs what is put into the job queue

    @classmethod
    def derive(cls, master: str) -> Self:
        """Return the keys of a master key, always the same for the same text."""
        extracted = hmac.digest(b"mediconnect", master.encode(), "sha256")
        return cls(**{f.name: _expand(extracted, f.name) for f in fields(cls)})


def _expand(extracted: bytes, purpose: str) -> bytes:
    return hmac.digest(extracted, f"mediconnect/{purpose}/v1".encode() + b"\x01", "sha256")


@dataclass(frozen=True)
class Secrets:
    """What one installation makes for itself at its first start, kept in its `secrets.json`."""

    instance: str  # names the installation's folders outside its home, not secret
    master: str = field(repr=False)
    database_superuser: str = field(repr=False)
    database_owner: str = field(repr=False)
    database_app: str = field(repr=False)
    redis: str = field(repr=False)

    @classmethod
    def make(cls) -> Self:
        """Return fresh secrets of 256 bits each."""
        return cls(
            instance=secrets.token_hex(6),
            **{f.name: secrets.token_urlsafe(32) for f in fields(cls) if f.name != "instance"},
        )


def load_or_create(home: Path) -> Secrets:
    """Return the secrets of a home, made and stored with mode 0600 when it has none.

    Of several processes that start at once, one makes them and all return the same.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / "secrets.json"
    if not path.exists():
        _publish(path, json.dumps(asdict(Secrets.make()), indent=1))
    return Secrets(**json.loads(path.read_text()))


def _publish(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # unlike a rename, never replaces what another process has just stored
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def weakness(key: str, repository: Path) -> str | None:
    """Say why a key is not fit to be a master key, or return None for a strong one. Never repeats the key."""
    if len(key.encode()) < MINIMUM_BYTES:
        return f"is shorter than {MINIMUM_BYTES} bytes"
    if any(word in key.lower() for word in PLACEHOLDERS):
        return "is a placeholder"
    if len(set(key)) < 10:
        return "repeats too few characters"
    if _is_published(key, repository):
        return "is written in the source code"
    return None


def _is_published(key: str, repository: Path) -> bool:
    for folder, folders, files in os.walk(repository):
        folders[:] = [name for name in folders if name not in PRIVATE_FOLDERS]
        for name in files:
            path = Path(folder, name)
            if path.suffix in PUBLISHED_SUFFIXES and key.encode() in path.read_bytes():
                return True
    return False


def fingerprint(text: str, length: int = 12) -> str:
    """Return a short stable name for a text, for folder names."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]
