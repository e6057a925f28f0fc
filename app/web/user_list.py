"""The list of an organization's people, and the form that adds one."""

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError
from app.core.format import moment
from app.core.mail import postbox
from app.services.identity import members
from app.services.identity.members import Member, Rights
from app.services.places import Places, places_of
from app.web.forms import fault_of
from app.web.shell import ROLE_WORDS
from app.web.user_page import SHOWN_ONCE, answer
from app.web.user_rights import choices, entered
from app.web.view_models import (
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

BY_MAIL = "Invite by mail to choose a password"


def page(error: AppError | None = None, said: str = "", once: str = "", once_title: str = "") -> ResponseReturnValue:
    """The list, with what was said, or shown this once, after a form was sent."""
    places, words = places_of(g.actor), request.args.get("q", "")[:80].replace("\x00", "")
    patients, after = request.args.get("show") == "patients", request.args.get("after", "")[:320].replace("\x00", "")
    found = members.people(g.actor, words, patients, after)
    form = request.form
    typed: tuple[FormField, ...] = (
        FormField("email", "E-mail", "email", form.get("email", ""), error=fault_of(error, "email")),
        FormField("name", "Name", value=form.get("name", ""), error=fault_of(error, "name")),
    )
    chosen = entered() if error else Rights((), None)
    if postbox.server is not None:
        typed += (FormField("invite", BY_MAIL, "checkbox", checked=not error or "invite" in form),)
    view = ManagePage(
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
                form=FormView(url_for("users.add"), "Add", (*typed, *choices(chosen, places, error))),
            ),
        ),
        said=said,
        once=once,
        once_title=once_title,
        once_words=SHOWN_ONCE,
        links=(Link("How people log in", url_for("login_rules.show"), "key-round"),),
    )
    return answer(view, places, error)


def _search(words: str, patients: bool) -> FormView:
    shown = (("staff", "Staff"), ("patients", "Patients"))
    fields = (
        FormField("q", "Name or e-mail", value=words, optional=True),
        FormField("show", "Show", "select", "patients" if patients else "staff", options=shown),
    )
    return FormView(url_for("users.index"), "Show", fields, method="get", row=True)


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
        earlier=url_for("users.index", after=last, q=request.args.get("q"), show=request.args.get("show"))
        if more
        else "",
        page_words=f"{len(rows)} people, by e-mail" if more or request.args.get("after") else "",
    )


def _row(member: Member, places: Places) -> Row:
    return Row(
        (
            Cell(member.name, url=url_for("users.show", member_id=member.id)),
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
