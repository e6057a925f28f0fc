"""Walls: made and revoked by staff; shown by a token in the address, without any login."""

from time import monotonic
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.actor import Actor
from app.core.clock import epoch, now
from app.core.errors import AppError, NotFound
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.live.poll import address_of
from app.live.tags import stands_until
from app.models import Clinic, Wall
from app.services import walls
from app.services.places import places_of
from app.web import fragment_cache, polls
from app.web.dashboards.wall import wall_page
from app.web.fragments import page_or_block
from app.web.guard import requires
from app.web.shell import shell
from app.web.view_models import Action, FormField, FormView, Link, PairingCode, Poll, WallRow, WallsPage

bp = Blueprint("walls", __name__)

TEMPLATE = "dashboards/wall_clinic.html"
POLL_SECONDS = 4  # a revoked wall goes dark within five


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
    address = url_for("walls.show", token=token, _external=True)
    return _page(PairingCode(wall.name, address, "", ""))


@bp.post("/walls/<uuid:wall_id>/revoke")
@requires(Permission.WALLS_WRITE)
def revoke(wall_id: UUID) -> Response:
    """Ends a wall's address."""
    walls.revoke_wall(g.actor, wall_id)
    return redirect(url_for(".index"), 303)


@bp.get("/wall/<token>")
def show(token: str) -> Response:
    """A wall: the whole page, or its living part when it asks for itself."""
    parsed = walls.parse_token(token)
    if parsed is None:
        raise NotFound("There is no such wall.")
    wall, clinic = walls.open_wall(parsed)
    with tenant_scope(wall.organization_id):
        return _shown(wall, clinic)


def _shown(wall: Wall, clinic: Clinic) -> Response:
    holder = walls.alive_key(wall.id, bytes(wall.token_digest))
    actor = walls.wall_actor(wall, clinic)
    drawing = fragment_cache.key(
        actor, 0, f"wall/{clinic.id}/{wall.size}/{wall.theme}/{'HX-Request' in request.headers}"
    )
    version = fragment_cache.version_to_show(drawing, polls.version_of(wall.organization_id, clinic.id))
    tag = polls.tag_of(wall.organization_id, clinic.id, version, holder, address_of(request.environ))
    if polls.still_holds(tag, holder):
        return Response(status=304)
    kept = f"{drawing}:{version}:{stands_until(epoch())}"
    html = fragment_cache.once(kept, f"{drawing}:turn", lambda: _draw(actor, wall, clinic, version, drawing, kept))
    return polls.answer(fragment_cache.with_tag(html, tag, request.path), tag)


def _draw(actor: Actor, wall: Wall, clinic: Clinic, version: int, drawing: str, kept: str) -> str:
    """Draws what all walls of a clinic and look show, and keeps it; the address of a wall, a secret, is not in it."""
    begun = monotonic()
    poll = Poll(fragment_cache.ADDRESS, POLL_SECONDS, fragment_cache.PLACEHOLDER)
    html = page_or_block(TEMPLATE, "wall", page=wall_page(actor, wall, clinic, poll))
    fragment_cache.put(kept, html)
    fragment_cache.drawn(drawing, version, monotonic() - begun)
    return html


def _page(pairing: PairingCode | None = None, fault: str = "") -> str:
    places = places_of(g.actor)
    rows = tuple(_row(wall, clinic) for wall, clinic in walls.list_walls(g.actor) if wall.revoked_at is None)
    clinics = tuple((str(clinic.id), clinic.name) for clinic in places.clinics)
    form = FormView(
        action=url_for(".make"),
        submit="Make wall",
        error=fault,
        fields=(
            FormField("name", "Name", hint="Where the screen hangs, as staff say it"),
            FormField("clinic", "Clinic", type="select", options=clinics),
            FormField("theme", "Look", type="select", options=(("dark", "Dark"), ("light", "Light"))),
            FormField(
                "size", "Screen", type="select", options=(("normal", "50 inches or more"), ("small_screen", "Smaller"))
            ),
        ),
    )
    words = f"{len(rows)} screens" if len(rows) != 1 else "1 screen"
    page = WallsPage(rows, form, words, pairing)
    return render_template("walls/list.html", page=page, shell=shell(g.actor, places))


def _row(wall: Wall, clinic: Clinic) -> WallRow:
    age = (now() - wall.created_at).days
    return WallRow(
        name=wall.name,
        clinic=clinic.name,
        shows="Clinic flow",
        seen="made today" if age == 0 else "made yesterday" if age == 1 else f"made {age} days ago",
        state="new",
        link=Link("Clinic page", url_for("dashboards.clinic", clinic_id=clinic.id)),
        revoke=Action("Revoke", url_for(".revoke", wall_id=wall.id), "trash-2", tone="danger", about=wall.name),
    )
