"""The page of one person: roles and clinics, state, and what can be done about it."""

from flask import g, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError
from app.core.format import moment
from app.core.mail import postbox
from app.core.permissions import Role
from app.services.identity.members import Member, Rights
from app.services.places import Places, places_of
from app.web.shell import shell
from app.web.user_rights import choices, entered
from app.web.view_models import (
    Action,
    FormView,
    Link,
    ManagePage,
    ManagePart,
)

SHOWN_ONCE = "Shown this once. Give it to the person on a way that you trust; they change it on their account page."


def page(member: Member, error: AppError | None = None, said: str = "", once: str = "") -> ResponseReturnValue:
    """The page, with what was said, or shown this once, after a form was sent."""
    places = places_of(g.actor)
    parts = [ManagePart("state", "State", _state(member, places), actions=_actions(member))]
    if Role.PATIENT not in member.roles:
        again = error is not None and "fields" in error.details
        held = Rights(member.roles, member.clinic_ids, member.practitioner_id)
        fields = choices(entered() if again else held, places, error)
        form = FormView(url_for("users.change", member_id=member.id), "Change", fields)
        parts.insert(0, ManagePart("rights", "Roles and clinics", "A change ends the person's logins.", form=form))
    plain = "" if error is None or "fields" in error.details else error.message
    view = ManagePage(
        member.name,
        member.email,
        tuple(parts),
        (Link("Users and roles", url_for("users.index")),),
        said=plain or said,
        bad=bool(plain),
        once=once,
        once_title="The new password",
        once_words=SHOWN_ONCE,
    )
    return answer(view, places, error)


def _state(member: Member, places: Places) -> str:
    if member.disabled_at:
        state = f"Disabled since {moment(member.disabled_at, places.organization.zone)}."
    else:
        seen = moment(member.seen_at, places.organization.zone, unknown="")
        state = f"Active, last seen {seen}." if seen else "Active, has never logged in here."
    factor = "on" if member.second_factor else "off"
    also = (
        " Belongs to other organizations too: password and second factor are not yours to change."
        if member.elsewhere
        else ""
    )
    return f"{state} Second factor {factor}.{also}"


def _actions(member: Member) -> tuple[Action, ...]:
    if member.disabled_at:
        return () if member.elsewhere else (Action("Enable", url_for("users.enable", member_id=member.id)),)
    taken = "Remove from the organization" if member.elsewhere else "Disable"
    found = (
        []
        if member.user_id == g.actor.user_id
        else [Action(taken, url_for("users.disable", member_id=member.id), tone="danger")]
    )
    if not member.elsewhere:
        found.insert(0, Action("New password", url_for("users.password", member_id=member.id), "key-round"))
        if not member.password and postbox.server is not None:
            found.insert(0, Action("Invite again", url_for("users.invite", member_id=member.id)))
        if member.second_factor:
            found.insert(1, Action("Turn second factor off", url_for("users.second_factor", member_id=member.id)))
    return tuple(found)


def answer(page: ManagePage, places: Places, error: AppError | None) -> ResponseReturnValue:
    """A page about people as it is sent."""
    response = make_response(render_template("manage.html", page=page, shell=shell(g.actor, places)))
    response.status_code = 200 if error is None else error.status
    return response
