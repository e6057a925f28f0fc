"""Tokens for programs, and who the caller is."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import g, request
from flask.typing import ResponseReturnValue

from app.api.schemas import Credentials, Me, Named, RefreshIn, RevokeIn, TokenOut
from app.core.errors import Forbidden, Invalid
from app.core.permissions import Permission
from app.models.organizations import User
from app.services.identity import accounts, grants
from app.services.places import places_of
from app.web.guard import requires

bp = APIBlueprint("api_auth", __name__, url_prefix="/api/auth", tag="Login")


@bp.post("/token")
@bp.input(Credentials, arg_name="body")
@bp.output(TokenOut)
def token(body: Credentials) -> TokenOut:
    """Log in for a quarter of an hour.

    Who has a second factor sends the app's code, or a recovery code, as `otp`; without it the answer is 401 with the
    code `otp_required`. Ten failures in a row for one address close its login for fifteen minutes (429 with
    Retry-After).
    """
    user = accounts.authenticate(body.email, body.password, request.remote_addr, body.otp)
    grant = grants.issue(user, _place(user, body.organization), request.remote_addr)
    return TokenOut.model_validate(grant)


@bp.post("/refresh")
@bp.input(RefreshIn, arg_name="body")
@bp.output(TokenOut)
def refresh(body: RefreshIn) -> TokenOut:
    """Get the next pair of tokens.

    A refresh token is good once. One that comes back a second time ends the whole login.
    """
    return TokenOut.model_validate(grants.refresh(body.refresh_token, request.remote_addr))


@bp.post("/revoke")
@bp.input(RevokeIn, arg_name="body")
@bp.output({}, status_code=204)
def revoke(body: RevokeIn) -> ResponseReturnValue:
    """End a login by one of its tokens; an unknown token is no error."""
    grants.revoke(body.token, request.remote_addr)
    return ""


@bp.get("/me")
@requires(Permission.ACCOUNT_USE, installation=True)
@bp.output(Me)
def me() -> Me:
    """Say who the caller is."""
    actor = g.actor
    places = places_of(actor)
    return Me(
        id=actor.user_id,
        name=actor.name,
        organization=None if actor.is_of_installation else Named.model_validate(places.organization),
        roles=sorted(actor.roles),
        clinics=[Named.model_validate(clinic) for clinic in places.clinics],
    )


def _place(user: User, wanted: str | None) -> UUID | None:
    """The organization asked for, or the only one; None for a platform admin of none. Raises Forbidden, Invalid."""
    places = accounts.places_of(user.id)
    if wanted is None and not places and user.platform_admin:
        return None
    if wanted is None and len(places) == 1:
        return places[0].organization_id
    if not places:
        raise Forbidden("You do not belong to an organization yet.", code="organization_required")
    for place in places:
        if wanted in (str(place.organization_id), place.slug):
            return place.organization_id
    names = [place.slug for place in places]
    raise Invalid("Say which organization.", fields={"organization": [f"One of: {', '.join(names)}"]})
