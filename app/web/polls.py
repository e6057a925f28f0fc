"""Polls of pages: who holds a tag, and which tag an answer carries."""

from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, g, request

from app.core import versions
from app.core.actor import INSTALLATION
from app.core.clock import epoch
from app.core.secrets import digest
from app.live import boards, tags
from app.live.boards import Drawing
from app.live.poll import BEHIND, Holder, QuickPolls, address_of, has_newest
from app.live.tags import HEADER, Tag
from app.rollups.refresh import current_version
from app.services.identity.principals import Kind, redis_key
from app.services.walls import alive_key, parse_token
from app.web import headers
from app.web.session import cookie_name

WALL_PART = "wall"  # of a wall's board, which has no other
_WALL = "/wall/"


def install(app: Flask) -> None:
    """Lets polls that need no drawing be answered before Flask is entered."""
    name = cookie_name(app)

    def holder_of(environ: dict[str, Any]) -> Holder | None:
        path = environ.get("PATH_INFO", "")
        if path.startswith(_WALL):
            token = parse_token(path[len(_WALL) :])
            return Holder(alive_key(token.wall_id, token.digest), WALL_PART) if token else None
        cookie = _cookie(environ.get("HTTP_COOKIE", ""), name)
        return Holder(redis_key(Kind.SESSION, digest(cookie)), path.rpartition("/")[2]) if cookie else None

    app.wsgi_app = QuickPolls(app.wsgi_app, holder_of, headers.of_every_answer(app))  # type: ignore[method-assign]


def _cookie(header: str, name: str) -> str | None:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return None
    return morsel.value if morsel else None


def version_of(organization_id: UUID, clinic_id: UUID | None) -> int:
    """The data version in force; needs the organization's scope, where it is not the installation's."""
    if organization_id == INSTALLATION:
        return versions.current(INSTALLATION) or 0
    return current_version(organization_id, clinic_id)


def tag_now(organization_id: UUID, clinic_id: UUID | None, version: int, board: str = "") -> Tag:
    """The tag of a fragment drawn now; `board` is empty where it is kept nowhere."""
    return Tag(organization_id, clinic_id, version, int(epoch()) + boards.GOOD_SECONDS, board)


def session_holder() -> str:
    """The Redis key that stands for the request's login."""
    return redis_key(Kind.SESSION, bytes.fromhex(g.principal.key))


def answer_of(drawing: Drawing, wanted: Tag, holder: str, always: bool = False) -> Response:
    """The part of a drawing that the request asks for, with its tag; 304 where the page has it, unless `always`.

    `wanted` names the board and the version in force, of which the drawing may still be a little behind.
    """
    address = address_of(request.environ)
    behind = dict([BEHIND] if drawing.version < wanted.version else [])
    sent = tags.read(request.headers.get(HEADER, ""), holder, address)
    if not always and sent is not None and sent.board == wanted.board and has_newest(sent, drawing):
        return Response(status=304, headers=behind)
    tag = replace(wanted, version=drawing.version, until=drawing.good_until).signed(holder, address)
    response = answer(drawing.page_part(tag, address), tag)
    response.headers.extend(behind)
    return response


def board_of(*scope_and_address: object) -> str:
    """The name of the kept board that everybody of a scope sees at an address, in this build of the pages."""
    return boards.name_of(current_app.jinja_env.globals["build"], *scope_and_address)


def answer(html: str, tag: str) -> Response:
    """A page or fragment that carries its tag."""
    response = Response(html, mimetype="text/html")
    response.headers[HEADER] = tag
    return response
