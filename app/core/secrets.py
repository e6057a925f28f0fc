"""Random tokens, their digests, and the installation's keys for single purposes."""

import hmac
import secrets
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_master: list[bytes] = []


def use_master_key(key: bytes) -> None:
    """Sets the key that every purpose's key here is derived from; called once by `create_app`."""
    _master[:] = [key]
    purpose_key.cache_clear()


@lru_cache(maxsize=16)
def purpose_key(purpose: str) -> bytes:
    """The installation's 32-byte key for one purpose, by HKDF-SHA256 (RFC 5869)."""
    return HKDF(SHA256(), 32, b"mediconnect", f"access/{purpose}/v1".encode()).derive(_master[0])


def new_token(prefix: str = "") -> str:
    """A capability nobody can guess: 256 random bits after the prefix."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is kept of a token. It needs no salt and no stretching: it has 256 random bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def keyed_digest(purpose: str, text: str) -> bytes:
    """A digest of guessable text, such as an address, that only this installation can make."""
    return hmac.digest(purpose_key(purpose), text.encode("utf-8", "surrogatepass"), "sha256")
