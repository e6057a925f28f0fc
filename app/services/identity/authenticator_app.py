"""An authenticator app as second factor: time-based codes (RFC 6238), each good once."""

import hmac
from dataclasses import dataclass
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update

from app.core.actor import Actor
from app.core.clock import epoch, now
from app.core.crypto import KeyRing
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.secrets import purpose_key
from app.extensions import db
from app.models.access import SecondFactor
from app.models.organizations import User

STEP_SECONDS = 30


@dataclass(frozen=True)
class Enrolment:
    """What the app needs: the secret in base32, and the same as an address that a QR code can hold."""

    secret: str
    address: str


def is_on(user_id: UUID | None) -> bool:
    """Has a first code confirmed the person's app?"""
    factor = _factor(user_id)
    return factor is not None and factor.confirmed_at is not None


def enrol(actor: Actor) -> Enrolment:
    """The secret to put into an app; the same one until a code has confirmed it; commits. Raises Conflict once on."""
    user = db.session.get_one(User, actor.user_id)
    factor = _factor(user.id)
    if factor is None:
        factor = SecondFactor(id=new_id(), user_id=user.id, last_step=0, created_at=now())
        factor.secret_sealed = _ring(user.id).seal("second_factors", "secret", factor.id, pyotp.random_base32())
        db.session.add(factor)
        db.session.commit()
    if factor.confirmed_at is not None:
        raise Conflict("The authenticator app is set up already.")
    secret = _secret(factor)
    return Enrolment(secret, pyotp.TOTP(secret, name=user.email, issuer="MediConnect").provisioning_uri())


def confirm(user_id: UUID, code: str) -> None:
    """Takes the first code, in the caller's transaction. Raises Invalid for a wrong one, Conflict once on."""
    factor = _factor(user_id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("There is nothing to confirm.")
    if not _matches(factor, code):
        raise Invalid("This is not the code that the app shows now.", field="code")
    factor.confirmed_at = now()


def take(user_id: UUID, code: str) -> bool:
    """Is it a code of the person's app, and not one that was taken before? The caller commits."""
    factor = _factor(user_id)
    return factor is not None and factor.confirmed_at is not None and _matches(factor, code)


def drop(user_id: UUID) -> None:
    """Forgets the app, in the caller's transaction."""
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


def _factor(user_id: UUID | None) -> SecondFactor | None:
    return db.session.scalars(select(SecondFactor).where(SecondFactor.user_id == user_id)).one_or_none()


def _ring(user_id: UUID) -> KeyRing:
    return KeyRing(user_id, {1: purpose_key("second-factor")})


def _secret(factor: SecondFactor) -> str:
    return _ring(factor.user_id).open("second_factors", "secret", factor.id, factor.secret_sealed)


def _matches(factor: SecondFactor, code: str) -> bool:
    """Is it the code of this half minute or of the one beside it, and later than the last one taken?"""
    totp, present = pyotp.TOTP(_secret(factor)), int(epoch()) // STEP_SECONDS
    given = "".join(code.split())
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given.encode("utf-8", "replace")):
            taken = update(SecondFactor).where(SecondFactor.id == factor.id, SecondFactor.last_step < step)
            return db.session.scalar(taken.values(last_step=step).returning(SecondFactor.id)) is not None
    return False
