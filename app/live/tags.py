"""Poll tags: what a page got, for whom, and until when it stands if no data changes.

A tag is `organization.clinic.version.until.board.mac`. The mac covers the holder's credential and the address, so a tag
is good for one holder and one fragment, and holding it proves that this holder may have what that board shows there:
rights do not change while a credential lives.
"""

import hmac
from dataclasses import dataclass, fields
from hashlib import blake2b
from uuid import UUID

from app.core.ids import UNKNOWN, parse_id

HEADER = "HX-PTag"

_key: list[bytes] = []


def use_key(key: bytes) -> None:
    """Sets the installation's key for tags."""
    _key[:] = [blake2b(key, digest_size=32, person=b"poll-tag").digest()]


@dataclass(frozen=True)
class Tag:
    """A tag's content: the data version of a clinic (or of the whole organization), its end in Unix seconds, and the
    name of the kept board that the fragment is a part of; empty for a fragment that is kept nowhere."""

    organization_id: UUID
    clinic_id: UUID | None
    version: int
    until: int
    board: str = ""

    def signed(self, holder: str, address: str) -> str:
        """The tag as it travels; `holder` is the Redis key that stands for the credential, `address` path and query."""
        place = f"{self.organization_id.hex}.{(self.clinic_id or UNKNOWN).hex}"
        body = f"{place}.{self.version}.{self.until}.{self.board}"
        return f"{body}.{_mac(body, holder, address)}"


def read(text: str, holder: str, address: str) -> Tag | None:
    """The tag, or None when it is not one of ours for this holder and address."""
    body, _, mac = text.rpartition(".")
    if not body or not hmac.compare_digest(mac.encode(), _mac(body, holder, address).encode()):
        return None
    parts = body.split(".")
    if len(parts) != len(fields(Tag)):  # signed by another release
        return None
    organization, clinic, version, until, board = parts
    clinic_id = parse_id(clinic)
    organization_id = parse_id(organization)
    if organization_id is None:
        return None
    return Tag(organization_id, None if clinic_id == UNKNOWN else clinic_id, int(version), int(until), board)


def _mac(body: str, holder: str, address: str) -> str:
    return blake2b(f"{body}|{holder}|{address}".encode(), key=_key[0], digest_size=12).hexdigest()
