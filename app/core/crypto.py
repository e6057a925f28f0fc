"""Sealed columns: AES-256-GCM bound to organization, table, column and row, so that no ciphertext can be moved.

A key-encryption key of the installation wraps one data key per organization and version. Sealed text is
`version (1 byte) | nonce (12) | ciphertext and tag`. Blind indexes are keyed digests for looking a value up.
"""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class SealBroken(Exception):
    """A sealed value that does not belong to this row, or was changed."""


@dataclass(frozen=True)
class KeyRing:
    """The unwrapped data keys of one organization by version; the highest one seals."""

    organization_id: UUID
    keys: Mapping[int, bytes]

    def _bound(self, table: str, column: str, row_id: UUID) -> bytes:
        return b"|".join((self.organization_id.bytes, table.encode(), column.encode(), row_id.bytes))

    def seal(self, table: str, column: str, row_id: UUID, plain: str) -> bytes:
        """Text to bytes that only this place of this row can open again."""
        version = max(self.keys)
        nonce = os.urandom(_NONCE)
        cipher = AESGCM(self.keys[version]).encrypt(nonce, plain.encode(), self._bound(table, column, row_id))
        return bytes((version,)) + nonce + cipher

    def open(self, table: str, column: str, row_id: UUID, sealed: bytes) -> str:
        """The text sealed for this place; raises SealBroken for anything else."""
        data = bytes(sealed)
        key = self.keys.get(data[0]) if data else None
        if key is None:
            raise SealBroken(f"{table}.{column}: unknown key version")
        try:
            plain = AESGCM(key).decrypt(data[1 : 1 + _NONCE], data[1 + _NONCE :], self._bound(table, column, row_id))
        except InvalidTag:
            raise SealBroken(f"{table}.{column} of row {row_id}") from None
        return plain.decode()

    def blind(self, column: str, value: str) -> bytes:
        """A digest of 16 bytes for equality look-ups; the same value differs between organizations and columns."""
        normal = " ".join(value.casefold().split())
        return hmac.new(self.keys[min(self.keys)], f"blind|{column}|{normal}".encode(), sha256).digest()[:16]


def new_key() -> bytes:
    """A fresh data key."""
    return AESGCM.generate_key(256)


def wrap(kek: bytes, organization_id: UUID, version: int, key: bytes) -> bytes:
    """A data key as it may be stored."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(kek).encrypt(nonce, key, organization_id.bytes + bytes((version,)))


def unwrap(kek: bytes, organization_id: UUID, version: int, wrapped: bytes) -> bytes:
    """The data key; raises SealBroken when the installation's key is another one."""
    data = bytes(wrapped)
    try:
        return AESGCM(kek).decrypt(data[:_NONCE], data[_NONCE:], organization_id.bytes + bytes((version,)))
    except InvalidTag:
        raise SealBroken("the organization's key was wrapped with another key of the installation") from None
