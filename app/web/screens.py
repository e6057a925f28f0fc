"""What a screen shows: its wall by the token in its address, or the code by which it gets one. No login here."""

from functools import partial

from flask import Blueprint, Response, redirect, render_template, request, url_for
from jinja2_fragments.flask import render_block
from werkzeug.wrappers import Response as AnyResponse

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import NotFound, TooMany, Unavailable
from app.core.tenancy import tenant_scope
from app.live import boards
from app.models import Clinic, Wall
from app.services import wall_pairing, walls
from app.services.wall_playlists import is_dark, pages_of
from app.services.walls import WallToken
from app.web import polls
from app.web.dashboards.wall import Turn, wall_page
from app.web.fragments import asks_for_part, page_or_block
from app.web.guard import public
from app.web.session import is_https
from app.web.view_models import EndedPage, PairPage, Poll

bp = Blueprint("screens", __name__)

TEMPLATE = "dashboards/wall_clinic.html"
SCREEN_PART = "screen"
POLL_SECONDS = 3  # and a tenth more: a revoked wall goes dark within five
PAIR_SECONDS = 3
ENDED_SECONDS = 600
_COOKIE, _YEARS = "wall", 10 * 365 * 24 * 3600


@bp.get("/wall")
@public
def pair() -> AnyResponse:
    """Leads a screen to its wall; one that has none shows its code until somebody has typed it."""
    known = request.cookies.get(_COOKIE, "")
    token = walls.parse_token(known) or (wall_pairing.token_of(known) if known else None)
    if token is not None and _opens(token):
        return _lead_to(token)
    secret = known if known and walls.parse_token(known) is None else wall_pairing.new_secret()
    response = Response(page_or_block("walls/pair.html", "wall", page=_pair_page(secret)), mimetype="text/html")
    _keep(response, secret)
    return response


@bp.get("/wall/<token>")
@public
def show(token: str) -> AnyResponse:
    """A wall: the whole page, or its living part when it asks for itself."""
    parsed = walls.parse_token(token)
    if parsed is None:
        return _ended()
    known = walls.is_known(parsed)
    try:
        wall, clinic = walls.open_wall(parsed)
    except NotFound:
        return _ended()
    with tenant_scope(wall.organization_id):
        walls.note_seen(wall)
        return _shown(wall, clinic, known)


def _ended() -> Response:
    """What a screen shows whose wall is no more: calm and dark, with the status of what is not there."""
    address = url_for(".pair", _external=True).partition("://")[2]
    page = EndedPage(address, Poll(request.path, ENDED_SECONDS, ""))
    return Response(render_template("walls/ended.html", page=page), status=404, mimetype="text/html")


def _opens(token: WallToken) -> bool:
    try:
        walls.open_wall(token)
    except NotFound:
        return False
    return True


def _lead_to(token: WallToken) -> AnyResponse:
    address = url_for(".show", token=str(token))
    response = redirect(address, 303)
    if "HX-Request" in request.headers:
        response = Response(headers={"HX-Redirect": address})
    _keep(response, str(token))
    return response


def _keep(response: AnyResponse, value: str) -> None:
    """The screen knows itself again after it was switched off."""
    response.set_cookie(_COOKIE, value, max_age=_YEARS, path="/wall", secure=is_https(), httponly=True, samesite="Lax")


def _pair_page(secret: str) -> PairPage:
    address = url_for("walls.pair_form", _external=True).partition("://")[2]
    try:
        code, missing = wall_pairing.code_for(secret, request.remote_addr), ""
    except (Unavailable, TooMany) as error:
        code, missing = "", error.message
    return PairPage(f"{code[:3]} {code[3:]}".strip(), address, Poll(request.path, PAIR_SECONDS, ""), missing)


def _shown(wall: Wall, clinic: Clinic, known: bool) -> Response:
    turn = _turn(wall, clinic)
    place = turn.page.clinic
    actor = walls.wall_actor(wall, place)
    opens = f"{wall.opens:%H:%M}" if wall.opens else "the next day it shows"
    dark_until = opens if is_dark(wall, clinic, now()) else ""
    look = (place.id, turn.page.board, turn.page.seconds, turn.position, turn.length, wall.size, wall.theme, dark_until)
    name = polls.board_of(actor.scope_key, "wall", look)
    version = polls.version_of(wall.organization_id, place.id)
    part = polls.WALL_PART if asks_for_part() else SCREEN_PART
    drawing = boards.shown(name, part, version, partial(_draw, actor, wall, turn, dark_until))
    holder = walls.alive_key(wall.id, bytes(wall.token_digest))
    tag = polls.tag_now(wall.organization_id, place.id, version, name)
    return polls.answer_of(drawing, tag, holder, always=not known)


def _draw(actor: Actor, wall: Wall, turn: Turn, dark_until: str) -> dict[str, str]:
    """What all walls of a clinic and look show, as the whole screen and as its living part; the address of a wall, a
    secret, is not in it."""
    poll = Poll(boards.ADDRESS, POLL_SECONDS, boards.PLACEHOLDER)
    page = wall_page(actor, wall, turn, poll, dark_until)
    return {
        polls.WALL_PART: render_block(TEMPLATE, "wall", page=page),
        SCREEN_PART: render_template(TEMPLATE, page=page),
    }


def _turn(wall: Wall, clinic: Clinic) -> Turn:
    """The page of the playlist that the address names; one beyond its end is the first."""
    pages = pages_of(wall, clinic)
    asked = request.args.get("page", 1, type=int)
    position = asked if 1 <= asked <= len(pages) else 1
    if len(pages) == 1:
        return Turn(pages[0])
    following, before = position % len(pages) + 1, (position - 2) % len(pages) + 1
    # Relative to the screen's own address, which is a secret and not part of what is kept.
    return Turn(pages[position - 1], position, len(pages), f"?page={following}", f"?page={before}")
