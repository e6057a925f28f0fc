"""Passkeys (WebAuthn): registered, listed, removed, and what a signature of one proves.

Each is asked to verify its holder (by a PIN, a finger, a face), so that a passkey alone is two factors.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy import or_, select, update
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AppError, Conflict, Invalid, NotFound, Unauthorized
from app.core.ids import new_id
from app.extensions import db
from app.models.access import Passkey
from app.models.organizations import User
from app.services import audit
from app.services.identity import accounts, attempts, challenges, recovery_codes, second_factor

MOST = 20  # of one person
LOG_IN, SECOND_STEP, REGISTER = "passkey-login", "passkey-second-step", "passkey-register"
REFUSED = "This passkey does not open an account here."
NOT_MADE = "The passkey could not be made. Try again."
_VERIFIED = UserVerificationRequirement.REQUIRED
# What the library raises of what is no answer at all.
_BROKEN = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, EOFError)


@dataclass(frozen=True)
class RelyingParty:
    """Whom passkeys are made for: a name of the domain system, and the one origin that may ask for them."""

    id: str
    origin: str

    @classmethod
    def of(cls, public_url: str) -> "RelyingParty | None":
        """The installation's, by its public address; None where browsers offer no passkeys.

        They want https and a name. A machine that is reached by itself alone is called localhost.
        """
        parts = urlsplit(public_url)
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
        with suppress(ValueError):  # a name is no address
            host = "localhost" if ip_address(host).is_loopback else ""
        if not host or (parts.scheme != "https" and host != "localhost"):
            return None
        return cls(host, f"{parts.scheme}://{host}{port}")


@dataclass(frozen=True)
class Asked:
    """What a browser asks an authenticator for (JSON of WebAuthn), and the ticket to be sent back with its answer."""

    options: dict[str, Any]
    ticket: str


def own(user_id: UUID) -> Sequence[Passkey]:
    """A person's passkeys, the oldest first."""
    return db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.created_at)).all()


def ask_to_register(actor: Actor, party: RelyingParty, password: str, browser: str) -> Asked:
    """What to ask a new authenticator; the password is asked again; commits. `browser` binds the answer to who asked.

    Raises Unauthorized, TooMany, Conflict.
    """
    user = attempts.prove_again(actor, password)
    db.session.commit()
    held = own(user.id)
    if len(held) >= MOST:
        raise Conflict(f"Nobody has more than {MOST} passkeys. Remove one first.")
    ticket = challenges.give(REGISTER, user=str(user.id), browser=browser)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name="MediConnect",
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenges.value_of(ticket),
        timeout=challenges.SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, require_resident_key=True, user_verification=_VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in held],
    )
    return Asked(json.loads(webauthn.options_to_json(options)), ticket)


def register(
    actor: Actor, party: RelyingParty, name: str, ticket: str, answer: str, browser: str
) -> tuple[Passkey, list[str]]:
    """Keeps a new passkey under a name; recovery codes, shown this once, with the first factor of all; audited;
    commits. Raises Invalid for a name or an answer that cannot be used, Unauthorized for a ticket."""
    assert actor.user_id is not None
    name = name.strip()
    if not 1 <= len(name) <= 60:
        raise Invalid("A passkey has a name of 1 to 60 characters.", field="name")
    challenges.take(ticket, REGISTER, user=str(actor.user_id), browser=browser)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenges.value_of(ticket),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _BROKEN:
        raise Invalid(NOT_MADE) from None
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None:
        raise Invalid("This passkey is known already.")
    had_one = second_factor.is_on(actor.user_id)
    passkey = Passkey(
        id=new_id(),
        user_id=actor.user_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        backed_up=made.credential_backed_up,
        created_at=now(),
    )
    db.session.add(passkey)
    codes = [] if had_one else recovery_codes.make(actor.user_id)
    audit.record(actor, "account.passkey_add", "passkey", passkey.id)
    db.session.commit()
    return passkey, codes


def remove(actor: Actor, passkey_id: UUID) -> None:
    """Takes one of the person's passkeys away; audited; commits.

    Raises NotFound, and Conflict where an organization asks for a second factor and this is the last.
    """
    passkey = _own(actor, passkey_id)
    db.session.delete(passkey)
    second_factor.settle_removal(passkey.user_id)
    audit.record(actor, "account.passkey_remove", "passkey", passkey_id)
    db.session.commit()


def ask(party: RelyingParty, browser: str) -> Asked:
    """What to ask any passkey of this installation, so that it says whose it is."""
    return _asked(party, challenges.give(LOG_IN, browser=browser), ())


def ask_again(party: RelyingParty, user_id: UUID, half: str, browser: str) -> Asked:
    """What to ask the passkeys of a person whose password was right; `half` is the word of that half login."""
    ticket = challenges.give(SECOND_STEP, half=challenges.value_of(half).hex(), browser=browser)
    return _asked(party, ticket, own(user_id))


def log_in(party: RelyingParty, ticket: str, answer: str, browser: str, address: str | None) -> User:
    """The person whose passkey has signed; commits. Raises Unauthorized, or TooMany.

    A right one lets in although others have made the account pause: nobody guesses a signature.
    """
    challenges.take(ticket, LOG_IN, browser=browser)
    passkey = _named(answer)
    if passkey is None:
        raise Unauthorized(REFUSED, code="login_failed")
    user = db.session.get_one(User, passkey.user_id)
    _verify(party, passkey, ticket, answer, user, address)
    attempts.note(user.email, address, "successful")
    db.session.commit()
    return user


def check_after_password(
    party: RelyingParty, user_id: UUID, half: str, ticket: str, answer: str, browser: str, address: str | None
) -> User:
    """The second step of a login with a passkey; commits. Raises Unauthorized, or TooMany."""
    challenges.take(ticket, SECOND_STEP, half=challenges.value_of(half).hex(), browser=browser)
    user, passkey = db.session.get_one(User, user_id), _named(answer)
    if passkey is None or passkey.user_id != user.id:
        attempts.begin(user.email, address)
        raise Unauthorized(REFUSED, code="login_failed")
    _verify(party, passkey, ticket, answer, user, address)
    attempts.note(user.email, address, "successful")
    db.session.commit()
    return user


def _asked(party: RelyingParty, ticket: str, allowed: Sequence[Passkey]) -> Asked:
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=challenges.value_of(ticket),
        timeout=challenges.SECONDS * 1000,
        allow_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in allowed],
        user_verification=_VERIFIED,
    )
    return Asked(json.loads(webauthn.options_to_json(options)), ticket)


def _named(answer: str) -> Passkey | None:
    """The passkey that an answer says it is of, and whose handle, where it gives one, is that of the owner."""
    try:
        given = webauthn.helpers.parse_authentication_credential_json(answer)
    except _BROKEN:
        return None
    passkey = db.session.scalars(select(Passkey).where(Passkey.credential_id == given.raw_id)).one_or_none()
    handle = given.response.user_handle
    return passkey if passkey is not None and handle in (None, b"", passkey.user_id.bytes) else None


def _verify(party: RelyingParty, passkey: Passkey, ticket: str, answer: str, user: User, address: str | None) -> None:
    """Checks signature, origin, holder and count, in the caller's transaction; a failure counts like a wrong password.

    Raises Unauthorized, or TooMany.
    """
    try:
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenges.value_of(ticket),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # compared below, in the row itself
            require_user_verification=True,
        )
    except _BROKEN:
        _refuse(user, address, "account.passkey_fail")
    if user.disabled_at is not None:
        _refuse(user, address, "account.passkey_fail")
    ahead = or_(Passkey.sign_count < proved.new_sign_count, Passkey.sign_count + proved.new_sign_count == 0)
    counted = update(Passkey).where(Passkey.id == passkey.id, ahead)
    values = {"sign_count": proved.new_sign_count, "used_at": now(), "backed_up": proved.credential_backed_up}
    if db.session.scalar(counted.values(**values).returning(Passkey.id)) is None:
        _refuse(user, address, "account.passkey_copy")  # two authenticators hold the same key


def _refuse(user: User, address: str | None, action: str) -> NoReturn:
    refused: AppError = Unauthorized(REFUSED, code="login_failed")
    try:
        attempts.begin(user.email, address)
    except AppError as paused:
        refused = paused
    accounts.note_everywhere(user, action, outcome="refused", address=address)
    raise refused


def _own(actor: Actor, passkey_id: UUID) -> Passkey:
    passkey = db.session.get(Passkey, passkey_id)
    if passkey is None or passkey.user_id != actor.user_id:
        raise NotFound("There is no such passkey.")
    return passkey
