"""Users and roles: who may log in to the organization, as what, and where."""

from uuid import UUID

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError, Conflict, Invalid
from app.core.format import moment
from app.core.ids import parse_id
from app.core.mail import postbox
from app.core.permissions import Permission, Role
from app.services.identity import members
from app.services.identity.members import GIVEN, Member, Rights
from app.services.places import Places, places_of
from app.web.forms import fault_of
from app.web.guard import requires
from app.web.shell import ROLE_WORDS, shell
from app.web.view_models import (
    Action,
    Cell,
    Column,
    FormField,
    FormView,
    Link,
    ManagePage,
    ManagePart,
    Row,
    TableView,
)

bp = Blueprint("users", __name__, url_prefix="/users")

SHOWN_ONCE = "Shown this once. Give it to the person on a way that you trust; they change it on their account page."
BY_MAIL = "Invite by mail to choose a password"
INVITED = "An invitation is on its way to {}."
WHERE = "None chosen: every clinic."


@bp.get("/")
@requires(Permission.USERS_WRITE)
def index() -> ResponseReturnValue:
    """The organization's people."""
    return _list()


@bp.post("/")
@requires(Permission.USERS_WRITE)
def add() -> ResponseReturnValue:
    """Adds a person; a new one's password is shown this once."""
    form = request.form
    try:
        invited = "invite" in form and postbox.server is not None
        member, password = members.add(g.actor, form.get("email", ""), form.get("name", ""), _rights(), invited)
    except Invalid as error:
        return _list(error)
    kept = f"{member.email} was known already and keeps the password."
    said = "" if password else kept if member.password else INVITED.format(member.email)
    return _list(once=password or "", once_title=f"The password of {member.email}", said=said)


@bp.get("/<uuid:member_id>")
@requires(Permission.USERS_WRITE)
def show(member_id: UUID) -> ResponseReturnValue:
    """One person."""
    return _one(members.member_for(g.actor, member_id))


@bp.post("/<uuid:member_id>")
@requires(Permission.USERS_WRITE)
def change(member_id: UUID) -> ResponseReturnValue:
    """Gives a person other roles or clinics; their logins end."""
    try:
        member = members.change(g.actor, member_id, _rights())
    except (Invalid, Conflict) as error:
        return _one(members.member_for(g.actor, member_id), error)
    return _one(member, said="Changed. Whatever the person was logged in with has ended.")


@bp.post("/<uuid:member_id>/disable")
@requires(Permission.USERS_WRITE)
def disable(member_id: UUID) -> ResponseReturnValue:
    """Takes a person's access at once."""
    try:
        members.disable(g.actor, member_id)
    except Conflict as error:
        return _one(members.member_for(g.actor, member_id), error)
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:member_id>/enable")
@requires(Permission.USERS_WRITE)
def enable(member_id: UUID) -> ResponseReturnValue:
    """Lets a disabled person in again."""
    try:
        members.enable(g.actor, member_id)
    except Conflict as error:
        return _one(members.member_for(g.actor, member_id), error)
    return redirect(url_for(".show", member_id=member_id), 303)


@bp.post("/<uuid:member_id>/invite")
@requires(Permission.USERS_WRITE)
def invite(member_id: UUID) -> ResponseReturnValue:
    """Sends the invitation once more."""
    try:
        member = members.invite(g.actor, member_id)
    except Conflict as error:
        return _one(members.member_for(g.actor, member_id), error)
    return _one(member, said=INVITED.format(member.email))


@bp.post("/<uuid:member_id>/password")
@requires(Permission.USERS_WRITE)
def password(member_id: UUID) -> ResponseReturnValue:
    """Gives a person a new password and shows it this once; their logins end."""
    try:
        given = members.new_password(g.actor, member_id)
    except Conflict as error:
        return _one(members.member_for(g.actor, member_id), error)
    return _one(members.member_for(g.actor, member_id), once=given)


@bp.post("/<uuid:member_id>/second-factor")
@requires(Permission.USERS_WRITE)
def second_factor(member_id: UUID) -> ResponseReturnValue:
    """Turns a person's second factor off, when the app and the recovery codes are lost."""
    try:
        members.reset_second_factor(g.actor, member_id)
    except Conflict as error:
        return _one(members.member_for(g.actor, member_id), error)
    return _one(members.member_for(g.actor, member_id), said="The second factor is off.")


def _rights() -> Rights:
    """What the form says; an id that is none stands for a clinic or doctor that is not there."""
    form = request.form
    clinics = tuple(parse_id(text) or UUID(int=0) for text in form.getlist("clinics") if text)
    doctor = form.get("practitioner", "")
    return Rights(
        tuple(role for role in GIVEN if role.value in form.getlist("roles")),
        clinics or None,
        (parse_id(doctor) or UUID(int=0)) if doctor else None,
    )


def _list(error: AppError | None = None, said: str = "", once: str = "", once_title: str = "") -> ResponseReturnValue:
    places, words = places_of(g.actor), request.args.get("q", "")[:80].replace("\x00", "")
    patients, after = request.args.get("show") == "patients", request.args.get("after", "")[:320].replace("\x00", "")
    found = members.people(g.actor, words, patients, after)
    form = request.form
    typed: tuple[FormField, ...] = (
        FormField("email", "E-mail", "email", form.get("email", ""), error=fault_of(error, "email")),
        FormField("name", "Name", value=form.get("name", ""), error=fault_of(error, "name")),
    )
    entered = _rights() if error else Rights((), None)
    if postbox.server is not None:
        typed += (FormField("invite", BY_MAIL, "checkbox", checked=not error or "invite" in form),)
    page = ManagePage(
        "Users and roles",
        "Who may log in to this organization, as what, and where. Each change is in the access log.",
        (
            ManagePart(
                "people",
                "Patients" if patients else "People",
                table=_table(found, places),
                form=_search(words, patients),
            ),
            ManagePart(
                "new",
                "Add a person",
                form=FormView(url_for(".add"), "Add", (*typed, *_choices(entered, places, error))),
            ),
        ),
        said=said,
        once=once,
        once_title=once_title,
        once_words=SHOWN_ONCE,
        links=(Link("How people log in", url_for("login_rules.show"), "key-round"),),
    )
    return _answer(page, places, error)


def _search(words: str, patients: bool) -> FormView:
    shown = (("staff", "Staff"), ("patients", "Patients"))
    fields = (
        FormField("q", "Name or e-mail", value=words, optional=True),
        FormField("show", "Show", "select", "patients" if patients else "staff", options=shown),
    )
    return FormView(url_for(".index"), "Show", fields, method="get", row=True)


def _table(found: object, places: Places) -> TableView:
    rows = tuple(_row(member, places) for member in found)  # type: ignore[attr-defined]
    columns = (
        Column("Name"),
        Column("E-mail", spare=True),
        Column("Roles"),
        Column("Clinics", spare=True),
        Column("Second factor", spare=True),
        Column("Last seen", spare=True),
        Column("State"),
    )
    more = len(rows) == members.PAGE
    last = found[-1].email if more else ""  # type: ignore[index]
    return TableView(
        "People of the organization",
        columns,
        rows,
        "Nobody fits.",
        earlier=url_for(".index", after=last, q=request.args.get("q"), show=request.args.get("show")) if more else "",
        page_words=f"{len(rows)} people, by e-mail" if more or request.args.get("after") else "",
    )


def _row(member: Member, places: Places) -> Row:
    return Row(
        (
            Cell(member.name, url=url_for(".show", member_id=member.id)),
            Cell(member.email),
            Cell(", ".join(ROLE_WORDS[role] for role in member.roles)),
            Cell(_where(member, places)),
            Cell("on" if member.second_factor else "off"),
            Cell(moment(member.seen_at, places.organization.zone, unknown="never")),
            Cell("disabled" if member.disabled_at else "active", tone="muted" if member.disabled_at else ""),
        )
    )


def _where(member: Member, places: Places) -> str:
    if member.clinic_ids is None:
        return "all"
    return ", ".join(clinic.name for clinic in places.clinics if clinic.id in member.clinic_ids)


def _choices(rights: Rights, places: Places, error: AppError | None) -> tuple[FormField, ...]:
    roles = tuple((role.value, ROLE_WORDS[role]) for role in GIVEN)
    clinics = tuple((str(clinic.id), clinic.name) for clinic in places.clinics)
    doctors = (("", "Nobody"), *((str(key), name) for key, name in members.doctors(g.actor)))
    return (
        FormField(
            "roles",
            "Roles",
            "choices",
            options=roles,
            chosen=frozenset(role.value for role in rights.roles),
            error=fault_of(error, "roles"),
        ),
        FormField(
            "clinics",
            "Clinics",
            "choices",
            hint=WHERE,
            options=clinics,
            chosen=frozenset(map(str, rights.clinic_ids or ())),
            error=fault_of(error, "clinics"),
            optional=True,
        ),
        FormField(
            "practitioner",
            "Doctor",
            "select",
            str(rights.practitioner_id or ""),
            hint="For the role doctor: whose work the person sees as their own.",
            options=doctors,
            error=fault_of(error, "practitioner"),
            optional=True,
        ),
    )


def _one(member: Member, error: AppError | None = None, said: str = "", once: str = "") -> ResponseReturnValue:
    places = places_of(g.actor)
    parts = [ManagePart("state", "State", _state(member, places), actions=_actions(member))]
    if Role.PATIENT not in member.roles:
        fields = _choices(_entered(member, error), places, error)
        form = FormView(url_for(".change", member_id=member.id), "Change", fields)
        parts.insert(0, ManagePart("rights", "Roles and clinics", "A change ends the person's logins.", form=form))
    plain = "" if error is None or "fields" in error.details else error.message
    page = ManagePage(
        member.name,
        member.email,
        tuple(parts),
        (Link("Users and roles", url_for(".index")),),
        said=plain or said,
        bad=bool(plain),
        once=once,
        once_title="The new password",
        once_words=SHOWN_ONCE,
    )
    return _answer(page, places, error)


def _entered(member: Member, error: AppError | None) -> Rights:
    if error is not None and "fields" in error.details:
        return _rights()
    return Rights(member.roles, member.clinic_ids, member.practitioner_id)


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
        return () if member.elsewhere else (Action("Enable", url_for(".enable", member_id=member.id)),)
    taken = "Remove from the organization" if member.elsewhere else "Disable"
    found = (
        []
        if member.user_id == g.actor.user_id
        else [Action(taken, url_for(".disable", member_id=member.id), tone="danger")]
    )
    if not member.elsewhere:
        found.insert(0, Action("New password", url_for(".password", member_id=member.id), "key-round"))
        if not member.password and postbox.server is not None:
            found.insert(0, Action("Invite again", url_for(".invite", member_id=member.id)))
        if member.second_factor:
            found.insert(1, Action("Turn second factor off", url_for(".second_factor", member_id=member.id)))
    return tuple(found)


def _answer(page: ManagePage, places: Places, error: AppError | None) -> ResponseReturnValue:
    response = make_response(render_template("manage.html", page=page, shell=shell(g.actor, places)))
    response.status_code = 200 if error is None else error.status
    return response
