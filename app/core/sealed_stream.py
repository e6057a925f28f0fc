"""Sealed files: AES-256-GCM in chunks, so that a file of any length is sealed and opened in little memory.

A file is `b"MCF1" | key version | salt (16)`, then chunks of at most 64 KiB, each with its tag. Each file has a key of
its own, derived from the organization's key, the salt and the file's name (HKDF-SHA256). The nonce of a chunk is its
number and whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár), so that chunks
cannot be dropped, swapped or cut off, and a file cannot be put in another one's place.
"""

import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.crypto import KeyRing, SealBroken

CHUNK = 64 * 1024
_MAGIC, _SALT, _TAG = b"MCF1", 16, 16
_HEAD = len(_MAGIC) + 1 + _SALT


def seal(ring: KeyRing, name: str, content: Iterable[bytes]) -> Iterator[bytes]:
    """The sealed bytes of a content, chunk by chunk; only `unseal` with the same name opens them."""
    version, salt = max(ring.keys), os.urandom(_SALT)
    cipher = _cipher(ring, version, salt, name)
    yield _MAGIC + bytes((version,)) + salt
    number, held = 0, b""
    for chunk in _even(content, CHUNK):
        if held:
            yield cipher.encrypt(_nonce(number, False), held, None)
            number += 1
        held = chunk
    yield cipher.encrypt(_nonce(number, True), held, None)


def unseal(ring: KeyRing, name: str, sealed: Iterable[bytes]) -> Iterator[bytes]:
    """The content again; raises SealBroken, at the latest after the last chunk, for anything that was changed."""
    parts = _Reader(sealed)
    head = parts.take(_HEAD)
    key_known = len(head) == _HEAD and head.startswith(_MAGIC) and head[len(_MAGIC)] in ring.keys
    if not key_known:
        raise SealBroken("not a file of this organization")
    cipher = _cipher(ring, head[len(_MAGIC)], head[len(_MAGIC) + 1 :], name)
    number, chunk = 0, parts.take(CHUNK + _TAG)
    while True:
        following = parts.take(CHUNK + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, not following), chunk, None)
        except (InvalidTag, ValueError):
            raise SealBroken(f"chunk {number}") from None
        if not following:
            return
        number, chunk = number + 1, following


def _cipher(ring: KeyRing, version: int, salt: bytes, name: str) -> AESGCM:
    bound = b"file|" + ring.organization_id.bytes + b"|" + name.encode()
    return AESGCM(HKDF(SHA256(), 32, salt, bound).derive(ring.keys[version]))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))


def _even(content: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of one size; the last one may be shorter."""
    reader = _Reader(content)
    while piece := reader.take(size):
        yield piece


class _Reader:
    """Bytes taken by number from pieces of any size."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._held = iter(pieces), bytearray()

    def take(self, size: int) -> bytes:
        while len(self._held) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._held += piece
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken
