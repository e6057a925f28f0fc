"""Poll tags: what a page got, for whom, and until when it stands if no data changes.

A tag is `organization.clinic.version.until.mac`. The mac covers the holder's credential and the address, so a tag is
good for one holder and one fragment, and holding it proves that this holder was given the fragment.
"""

import hmac
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from app.core.ids import UNKNOWN, parse_id

HEADER = "HX-PTag"
_STANDS_SECONDS = 300  # waits grow and appointments fall due without any change of data

_key: list[bytes] = []


def use_key(key: bytes) -> None:
    """Sets the installation's key for tags; called once by `create_app`."""
    _key[:] = [blake2b(key, digest_size=32, person=b"poll-tag").digest()]


@dataclass(frozen=True)
class Tag:
    """A tag's content: the data version of a clinic (or of the whole organization) and its end in Unix seconds."""

    organization_id: UUID
    clinic_id: UUID | None
    version: int
    until: int

    def signed(self, holder: str, address: str) -> str:
        """The tag as it travels; `holder` is the Redis key that stands for the credential, `address` path and query."""
        body = f"{self.organization_id.hex}.{(self.clinic_id or UNKNOWN).hex}.{self.version}.{self.until}"
        return f"{body}.{_mac(body, holder, address)}"


def stands_until(now: float) -> int:
    """The end of the current stretch of five minutes, in Unix seconds."""
    return (int(now) // _STANDS_SECONDS + 1) * _STANDS_SECONDS


def read(text: str, holder: str, address: str) -> Tag | None:
    """The tag, or None when it is not one of ours for this holder and address."""
    body, _, mac = text.rpartition(".")
    if not body or not hmac.compare_digest(mac, _mac(body, holder, address)):
        return None
    organization, clinic, version, until = body.split(".")
    clinic_id = parse_id(clinic)
    organization_id = parse_id(organization)
    if organization_id is None:
        return None
    return Tag(organization_id, None if clinic_id == UNKNOWN else clinic_id, int(version), int(until))


def _mac(body: str, holder: str, address: str) -> str:
    return blake2b(f"{body}|{holder}|{address}".encode(), key=_key[0], digest_size=12).hexdigest()
