"""A stream that counts and digests what is written through it."""

from hashlib import sha256
from typing import BinaryIO


class DigestStream:
    """Writes to `out`; knows the size and the SHA-256 of everything so far. It cannot be rewound."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._digest = sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Passes the data on."""
        self._digest.update(data)
        self._out.write(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Flushes what lies below."""
        self._out.flush()

    @property
    def sha256(self) -> str:
        """The digest in hexadecimal."""
        return self._digest.hexdigest()
