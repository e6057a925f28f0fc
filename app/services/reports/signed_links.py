"""Signed addresses of files: good until a moment, for what one person may read, and only as long as they may."""

import base64
import hmac
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import NotFound
from app.core.secrets import purpose_key
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import ReportFile, ReportRun
from app.services.readers import actors_of, may_read
from app.services.reports import report_files
from app.services.reports.report_files import OpenFile

PATH = "/api/v1/reports/files/"
_NOBODY = UUID(int=0)
_SIGNATURE = 32


def make(organization_id: UUID, file_id: UUID, user_id: UUID | None, until: datetime) -> str:
    """A token that opens one file until a moment, with the rights that the person then has."""
    stamp = int(until.timestamp()).to_bytes(8, "big")
    claim = organization_id.bytes + file_id.bytes + (user_id or _NOBODY).bytes + stamp
    return base64.urlsafe_b64encode(claim + _signed(claim)).decode().rstrip("=")


def fetch(token: str, address: str | None = None) -> tuple[Actor, OpenFile]:
    """Opens the file of a token with its audit line; commits. NotFound for a token that is wrong or over, and when the
    person may not read the file any more."""
    organization_id, file_id, user_id = _claims(token)
    with tenant_scope(organization_id):
        file = db.session.get(ReportFile, (organization_id, file_id))
        if file is None or file.removed_at is not None:
            raise _unknown()
        run = db.session.get_one(ReportRun, (organization_id, file.run_id))
        found = actors_of(organization_id, [user_id]).get(user_id)
        if found is None or not may_read(found, run, file):  # who left is not told apart, nor named
            raise _unknown()
        actor = replace(found, address=address)
        return actor, report_files.fetch(actor, run, file.format)


def _claims(token: str) -> tuple[UUID, UUID, UUID]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise _unknown() from None
    claim, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if len(claim) != 56 or not hmac.compare_digest(signature, _signed(claim)):
        raise _unknown()
    if datetime.fromtimestamp(int.from_bytes(claim[48:], "big"), UTC) <= now():
        raise _unknown()
    user_id = UUID(bytes=claim[32:48])
    if user_id == _NOBODY:
        raise _unknown()
    return UUID(bytes=claim[:16]), UUID(bytes=claim[16:32]), user_id


def _signed(claim: bytes) -> bytes:
    return hmac.digest(purpose_key("download"), claim, "sha256")


def _unknown() -> NotFound:
    return NotFound("This link is wrong, or its time is over.")
