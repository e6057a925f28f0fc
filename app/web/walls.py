"""Walls as staff set them up: made, paired, given a playlist and hours, revoked."""

from datetime import time, timedelta
from typing import Literal
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core import format
from app.core.clock import now
from app.core.errors import AppError, Conflict, Invalid, NotFound
from app.core.permissions import Permission
from app.models import Clinic, Wall
from app.services import wall_pairing, wall_playlists, walls
from app.services.access import wall_for
from app.services.places import Places, places_of
from app.services.wall_playlists import Page
from app.web.guard import requires
from app.web.shell import shell
from app.web.view_models import (
    Action,
    FormField,
    FormPage,
    FormView,
    Link,
    PairingCode,
    PlaylistRow,
    ScreenPage,
    WallRow,
    WallsPage,
)

bp = Blueprint("walls", __name__)

SILENT_AFTER = timedelta(minutes=3)


@bp.get("/walls/")
@requires(Permission.WALLS_WRITE)
def index() -> str:
    """The screens of the viewer's clinics."""
    return _page()


@bp.post("/walls/")
@requires(Permission.WALLS_WRITE)
def make() -> str | tuple[str, int]:
    """Makes a wall and shows its address, this once."""
    form = request.form
    try:
        clinic_id = UUID(form.get("clinic", ""))
        wall, token = walls.make_wall(
            g.actor, clinic_id, form.get("name", ""), form.get("theme", ""), form.get("size", "")
        )
    except (AppError, ValueError) as error:
        return _page(fault=getattr(error, "message", "Choose a clinic.")), 422
    address = url_for("screens.show", token=token, _external=True)
    return _page(PairingCode(wall.name, address, "", ""))


@bp.get("/walls/pair")
@requires(Permission.WALLS_WRITE)
def pair_form() -> str:
    """Where the code that a screen shows is typed."""
    return _pair_page()


@bp.post("/walls/pair")
@requires(Permission.WALLS_WRITE)
def pair() -> Response | tuple[str, int]:
    """Gives the screen that shows the code a wall, and goes on to its playlist."""
    form = request.form
    try:
        choices = (form.get("name", ""), form.get("theme", ""), form.get("size", ""))
        wall = wall_pairing.pair(g.actor, form.get("code", ""), UUID(form.get("clinic", "")), *choices)
    except (NotFound, Invalid, ValueError) as error:
        return _pair_page(getattr(error, "message", "Choose a clinic.")), 422
    return redirect(url_for(".setup", wall_id=wall.id), 303)


@bp.get("/walls/<uuid:wall_id>/")
@requires(Permission.WALLS_WRITE)
def setup(wall_id: UUID) -> str:
    """A screen's playlist and hours."""
    return _setup_page(wall_id)


@bp.post("/walls/<uuid:wall_id>/pages")
@requires(Permission.WALLS_WRITE)
def add_page(wall_id: UUID) -> Response | tuple[str, int]:
    """Adds a board to a screen's playlist."""
    form = request.form
    wall_for(g.actor, wall_id)
    try:
        seconds = int(form.get("seconds", ""))
        wall_playlists.add_page(g.actor, wall_id, UUID(form.get("clinic", "")), form.get("board", ""), seconds)
    except (Invalid, Conflict, ValueError) as error:
        return _setup_page(wall_id, getattr(error, "message", "Choose a clinic, and a number of seconds.")), 422
    return redirect(url_for(".setup", wall_id=wall_id), 303)


@bp.post("/walls/<uuid:wall_id>/pages/<uuid:item_id>/remove")
@requires(Permission.WALLS_WRITE)
def remove_page(wall_id: UUID, item_id: UUID) -> Response:
    """Takes a board from a screen's playlist."""
    wall_playlists.remove_page(g.actor, wall_id, item_id)
    return redirect(url_for(".setup", wall_id=wall_id), 303)


@bp.post("/walls/<uuid:wall_id>/hours")
@requires(Permission.WALLS_WRITE)
def set_hours(wall_id: UUID) -> Response | tuple[str, int]:
    """Says when a screen shows; outside it is dark."""
    form = request.form
    wall_for(g.actor, wall_id)
    try:
        opens, closes = (time.fromisoformat(form[name]) if form.get(name) else None for name in ("opens", "closes"))
        wall_playlists.set_hours(g.actor, wall_id, opens, closes, int(form.get("weekdays", "")))
    except (Invalid, ValueError) as error:
        return _setup_page(wall_id, hours_fault=getattr(error, "message", "Write times as 07:30.")), 422
    return redirect(url_for(".setup", wall_id=wall_id), 303)


@bp.post("/walls/<uuid:wall_id>/revoke")
@requires(Permission.WALLS_WRITE)
def revoke(wall_id: UUID) -> Response:
    """Ends a wall's address."""
    walls.revoke_wall(g.actor, wall_id)
    return redirect(url_for(".index"), 303)


def _page(pairing: PairingCode | None = None, fault: str = "") -> str:
    places = places_of(g.actor)
    rows = tuple(_row(wall, clinic) for wall, clinic in walls.list_walls(g.actor) if wall.revoked_at is None)
    form = FormView(url_for(".make"), "Make wall", _fields(places), error=fault)
    silent = sum(row.state == "silent" for row in rows)
    words = f"{len(rows)} screens" if len(rows) != 1 else "1 screen"
    words += f", {silent} silent" if silent else ""
    page = WallsPage(rows, form, words, pairing, url_for(".pair_form"))
    return render_template("walls/list.html", page=page, shell=shell(g.actor, places))


def _fields(places: Places) -> tuple[FormField, ...]:
    return (
        FormField("name", "Name", hint="Where the screen hangs, as staff say it"),
        FormField("clinic", "Clinic", type="select", options=_clinics(places)),
        FormField("theme", "Look", type="select", options=(("dark", "Dark"), ("light", "Light"))),
        FormField(
            "size", "Screen", type="select", options=(("normal", "50 inches or more"), ("small_screen", "Smaller"))
        ),
    )


def _clinics(places: Places) -> tuple[tuple[str, str], ...]:
    return tuple((str(clinic.id), clinic.name) for clinic in places.clinics)


def _pair_page(fault: str = "") -> str:
    places = places_of(g.actor)
    code = FormField("code", "Code", hint="Six letters and digits", autocomplete="off", autofocus=True)
    form = FormView(url_for(".pair"), "Pair screen", (code, *_fields(places)), error=fault)
    words = f"Open {url_for('screens.pair', _external=True)} on the screen. It shows a code, good for ten minutes."
    page = FormPage("Pair a screen", words, form)
    return render_template("walls/pair_form.html", page=page, shell=shell(g.actor, places))


def _setup_page(wall_id: UUID, playlist_fault: str = "", hours_fault: str = "") -> str:
    wall = wall_for(g.actor, wall_id)
    places = places_of(g.actor)
    clinic = places.clinic(wall.clinic_id)
    page = ScreenPage(
        wall.name,
        f"{clinic.name}. {_seen(wall, clinic)[0]}",
        tuple(_playlist_row(wall, page) for page in wall_playlists.pages_of(wall, clinic)),
        _playlist_form(wall, places, playlist_fault),
        _hours_form(wall, hours_fault),
        Link("All walls", url_for(".index")),
        _revoke(wall),
    )
    return render_template("walls/setup.html", page=page, shell=shell(g.actor, places))


def _playlist_row(wall: Wall, page: Page) -> PlaylistRow:
    title = wall_playlists.BOARDS[page.board]
    if page.item_id is None:
        return PlaylistRow(title, page.clinic.name, "always")
    address = url_for(".remove_page", wall_id=wall.id, item_id=page.item_id)
    remove = Action("Remove", address, "trash-2", about=f"{title}, {page.clinic.name}")
    return PlaylistRow(title, page.clinic.name, f"{page.seconds} s", remove)


def _playlist_form(wall: Wall, places: Places, fault: str) -> FormView:
    fields = (
        FormField("board", "Board", type="select", options=tuple(wall_playlists.BOARDS.items())),
        FormField("clinic", "Clinic", type="select", options=_clinics(places), value=str(wall.clinic_id)),
        FormField("seconds", "Seconds", type="number", value="30", inputmode="numeric", hint="10 to 600"),
    )
    return FormView(url_for(".add_page", wall_id=wall.id), "Add page", fields, error=fault)


def _hours_form(wall: Wall, fault: str) -> FormView:
    opens, closes = (f"{at:%H:%M}" if at else "" for at in (wall.opens, wall.closes))
    days = tuple((str(value), words) for value, words in wall_playlists.WEEKDAYS.items())
    fields = (
        FormField("opens", "Shows from", type="time", value=opens, optional=True),
        FormField("closes", "Shows until", type="time", value=closes, optional=True),
        FormField("weekdays", "Days", type="select", options=days, value=str(wall.weekdays)),
    )
    return FormView(url_for(".set_hours", wall_id=wall.id), "Save hours", fields, error=fault)


def _row(wall: Wall, clinic: Clinic) -> WallRow:
    seen, state = _seen(wall, clinic)
    return WallRow(
        name=wall.name,
        clinic=clinic.name,
        shows="Dark outside its hours." if wall.opens else "Always on.",
        seen=seen,
        state=state,
        link=Link("Clinic page", url_for("dashboards.clinic", clinic_id=clinic.id)),
        revoke=_revoke(wall),
        setup=Link("Playlist and hours", url_for(".setup", wall_id=wall.id)),
    )


def _revoke(wall: Wall) -> Action:
    return Action("Revoke", url_for(".revoke", wall_id=wall.id), "trash-2", tone="danger", about=wall.name)


def _seen(wall: Wall, clinic: Clinic) -> tuple[str, Literal["live", "silent", "new"]]:
    """When the screen last showed itself; it does so every minute."""
    if wall.seen_at is None:
        return "not shown yet", "new"
    if now() - wall.seen_at < SILENT_AFTER:
        return f"live, {format.time(wall.seen_at, clinic.zone)}", "live"
    return f"silent since {format.moment(wall.seen_at, clinic.zone)}", "silent"
