"""Users and roles: who may log in to the organization, as what, and where."""

from uuid import UUID

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Conflict, Invalid
from app.core.mail import postbox
from app.core.permissions import Permission
from app.services.identity import members
from app.web import user_list, user_page
from app.web.guard import requires
from app.web.user_rights import entered

bp = Blueprint("users", __name__, url_prefix="/users")

INVITED = "An invitation is on its way to {}."


@bp.get("/")
@requires(Permission.USERS_WRITE)
def index() -> ResponseReturnValue:
    """The organization's people."""
    return user_list.page()


@bp.post("/")
@requires(Permission.USERS_WRITE)
def add() -> ResponseReturnValue:
    """Adds a person; a new one's password is shown this once."""
    form = request.form
    try:
        invited = "invite" in form and postbox.server is not None
        member, password = members.add(g.actor, form.get("email", ""), form.get("name", ""), entered(), invited)
    except Invalid as error:
        return user_list.page(error)
    kept = f"{member.email} was known already and keeps the password."
    said = "" if password else kept if member.password else INVITED.format(member.email)
    return user_list.page(once=password or "", once_title=f"The password of {member.email}", said=said)


@bp.get("/<uuid:member_id>")
@requires(Permission.USERS_WRITE)
def show(member_id: UUID) -> ResponseReturnValue:
    """One person."""
    return user_page.page(members.member_for(g.actor, member_id))


@bp.post("/<uuid:member_id>")
@requires(Permission.USERS_WRITE)
def change(member_id: UUID) -> ResponseReturnValue:
    """Gives a person other roles or clinics; their logins end."""
    try:
        member = members.change(g.actor, member_id, entered())
    except (Invalid, Conflict) as error:
        return user_page.page(members.member_for(g.actor, member_id), error)
    return user_page.page(member, said="Changed. Whatever the person was logged in with has ended.")


@bp.post("/<uuid:member_id>/disable")
@requires(Permission.USERS_WRITE)
def disable(member_id: UUID) -> ResponseReturnValue:
    """Takes a person's access at once."""
    try:
        members.disable(g.actor, member_id)
    except Conflict as error:
        return user_page.page(members.member_for(g.actor, member_id), error)
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:member_id>/enable")
@requires(Permission.USERS_WRITE)
def enable(member_id: UUID) -> ResponseReturnValue:
    """Lets a disabled person in again."""
    try:
        members.enable(g.actor, member_id)
    except Conflict as error:
        return user_page.page(members.member_for(g.actor, member_id), error)
    return redirect(url_for(".show", member_id=member_id), 303)


@bp.post("/<uuid:member_id>/invite")
@requires(Permission.USERS_WRITE)
def invite(member_id: UUID) -> ResponseReturnValue:
    """Sends the invitation once more."""
    try:
        member = members.invite(g.actor, member_id)
    except Conflict as error:
        return user_page.page(members.member_for(g.actor, member_id), error)
    return user_page.page(member, said=INVITED.format(member.email))


@bp.post("/<uuid:member_id>/password")
@requires(Permission.USERS_WRITE)
def password(member_id: UUID) -> ResponseReturnValue:
    """Gives a person a new password and shows it this once; their logins end."""
    try:
        given = members.new_password(g.actor, member_id)
    except Conflict as error:
        return user_page.page(members.member_for(g.actor, member_id), error)
    return user_page.page(members.member_for(g.actor, member_id), once=given)


@bp.post("/<uuid:member_id>/second-factor")
@requires(Permission.USERS_WRITE)
def second_factor(member_id: UUID) -> ResponseReturnValue:
    """Turns a person's second factor off, when the app and the recovery codes are lost."""
    try:
        members.reset_second_factor(g.actor, member_id)
    except Conflict as error:
        return user_page.page(members.member_for(g.actor, member_id), error)
    return user_page.page(members.member_for(g.actor, member_id), said="The second factor is off.")
