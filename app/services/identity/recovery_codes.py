"""Recovery codes: ten words for the day when every other second factor is lost; shown once, each good once."""

import secrets
from uuid import UUID

from sqlalchemy import delete, update

from app.core.clock import now
from app.core.ids import new_id
from app.core.secrets import keyed_digest
from app.extensions import db
from app.models.access import RecoveryCode

CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that looks like something else
_PARTS, _LETTERS = 3, 5  # 73 bits


def make(user_id: UUID) -> list[str]:
    """Ten new codes in the place of all before, in the caller's transaction."""
    drop(user_id)
    codes = ["-".join("".join(map(_letter, range(_LETTERS))) for _ in range(_PARTS)) for _ in range(CODES)]
    db.session.add_all(RecoveryCode(id=new_id(), user_id=user_id, code_digest=_digest(user_id, code)) for code in codes)
    return codes


def take(user_id: UUID, code: str) -> bool:
    """Is it one of the person's that was not used yet? It is used from here on; the caller commits."""
    unused = update(RecoveryCode).where(
        RecoveryCode.code_digest == _digest(user_id, code.strip().lower()), RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(unused.values(used_at=now()).returning(RecoveryCode.id)) is not None


def drop(user_id: UUID) -> None:
    """Takes all of a person's codes away, in the caller's transaction."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def _letter(_place: int) -> str:
    return secrets.choice(_ALPHABET)


def _digest(user_id: UUID, code: str) -> bytes:
    return keyed_digest("recovery", f"{user_id}|{code}")
