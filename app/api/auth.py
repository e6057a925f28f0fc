"""Tokens for programs, and who the caller is."""

from uuid import UUID

from apiflask import APIBlueprint
from flask import g, request
from flask.typing import ResponseReturnValue

from app.api.schemas import Credentials, Me, Named, RefreshIn, RevokeIn, TokenOut
from app.core.errors import Forbidden, Invalid
from app.core.permissions import Permission
from app.extensions import db
from app.models.organizations import Organization
from app.services import access, accounts, grants
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
    grant = grants.issue(user, _place(accounts.places_of(user.id), body.organization), request.remote_addr)
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
@requires(Permission.ACCOUNT_USE)
@bp.output(Me)
def me() -> Me:
    """Say who the caller is."""
    actor = g.actor
    organization = db.session.get_one(Organization, actor.organization_id)
    return Me(
        id=actor.user_id,
        name=actor.name,
        organization=Named.model_validate(organization),
        roles=sorted(actor.roles),
        clinics=[Named.model_validate(clinic) for clinic in access.clinics_for(actor)],
    )


def _place(places: list[accounts.Place], wanted: str | None) -> UUID:
    """The organization asked for, or the only one; raises Forbidden, Invalid."""
    if wanted is None and len(places) == 1:
        return places[0].organization_id
    if not places:
        raise Forbidden("You do not belong to an organization yet.", code="organization_required")
    for place in places:
        if wanted in (str(place.organization_id), place.slug):
            return place.organization_id
    names = [place.slug for place in places]
    raise Invalid("Say which organization.", fields={"organization": [f"One of: {', '.join(names)}"]})
