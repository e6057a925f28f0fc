"""A second factor at login: time-based codes of an authenticator app (RFC 6238), and codes for when it is lost."""

import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update

from app.core.actor import Actor
from app.core.clock import epoch, now
from app.core.crypto import KeyRing
from app.core.errors import Conflict, Invalid, Unauthorized
from app.core.ids import new_id
from app.core.secrets import keyed_digest, purpose_key
from app.extensions import db
from app.models.access import RecoveryCode, SecondFactor
from app.models.organizations import User
from app.services import attempts, audit

STEP_SECONDS = 30
CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that looks like something else


@dataclass(frozen=True)
class Enrolment:
    """What the app needs: the secret in base32, and the same as an address that a QR code can hold."""

    secret: str
    address: str


def is_on(user_id: UUID) -> bool:
    """Does the person log in with a second factor?"""
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
        raise Conflict("The second factor is on already.")
    secret = _secret(factor)
    return Enrolment(secret, pyotp.TOTP(secret, name=user.email, issuer="MediConnect").provisioning_uri())


def confirm(actor: Actor, code: str) -> list[str]:
    """Turns the factor on with a first code; gives the recovery codes, shown this once; audited; commits.

    Raises Invalid for a wrong code.
    """
    assert actor.user_id is not None
    factor = _factor(actor.user_id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("There is nothing to confirm.")
    if not _take_code(factor, code):
        raise Invalid("This is not the code that the app shows now.", field="code")
    factor.confirmed_at = now()
    codes = ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(CODES)]
    db.session.add_all(
        RecoveryCode(id=new_id(), user_id=actor.user_id, code_digest=_digest(actor.user_id, one)) for one in codes
    )
    audit.record(actor, "account.second_factor", "user", actor.user_id, on=True)
    db.session.commit()
    return codes


def remove(actor: Actor, password: str) -> None:
    """Turns the factor off; the password is asked again; audited; commits. Raises Unauthorized, TooMany."""
    assert actor.user_id is not None
    attempts.prove_again(actor, password)
    _forget(actor.user_id)
    audit.record(actor, "account.second_factor", "user", actor.user_id, on=False)
    db.session.commit()


def reset(user: User) -> None:
    """Turns a person's factor off from outside; commits."""
    _forget(user.id)
    db.session.commit()


def check(user: User, code: str) -> None:
    """Takes a code of the app or a recovery code, each good once; the caller commits. Raises Unauthorized."""
    factor = _factor(user.id)
    assert factor is not None
    if not (_take_code(factor, code) or _take_recovery(user.id, code)):
        raise Unauthorized("The code is wrong, or was used already.", code="otp_failed")


def check_after_password(user_id: UUID, code: str, address: str | None) -> User:
    """The second step of a login, counted like a first one; commits. Raises Unauthorized, or TooMany."""
    user = db.session.get_one(User, user_id)
    attempt = attempts.begin(user.email, address)
    if user.disabled_at is not None:
        raise Unauthorized("The address or the password is wrong.", code="login_failed")
    check(user, code)
    attempt.outcome = "successful"
    db.session.commit()
    return user


def _factor(user_id: UUID | None) -> SecondFactor | None:
    return db.session.scalars(select(SecondFactor).where(SecondFactor.user_id == user_id)).one_or_none()


def _ring(user_id: UUID) -> KeyRing:
    return KeyRing(user_id, {1: purpose_key("second-factor")})


def _secret(factor: SecondFactor) -> str:
    return _ring(factor.user_id).open("second_factors", "secret", factor.id, factor.secret_sealed)


def _take_code(factor: SecondFactor, code: str) -> bool:
    """Is it the code of this half minute or of the one beside it, and not one that was taken before?"""
    totp, present = pyotp.TOTP(_secret(factor)), int(epoch()) // STEP_SECONDS
    given = "".join(code.split())
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given.encode("utf-8", "replace")):
            taken = update(SecondFactor).where(SecondFactor.id == factor.id, SecondFactor.last_step < step)
            return db.session.scalar(taken.values(last_step=step).returning(SecondFactor.id)) is not None
    return False


def _take_recovery(user_id: UUID, code: str) -> bool:
    unused = update(RecoveryCode).where(
        RecoveryCode.code_digest == _digest(user_id, code.strip().lower()), RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(unused.values(used_at=now()).returning(RecoveryCode.id)) is not None


def _digest(user_id: UUID, code: str) -> bytes:
    return keyed_digest("recovery", f"{user_id}|{code}")


def _forget(user_id: UUID) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
