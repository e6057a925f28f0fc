"""Polls of pages: who holds a tag, and which tag an answer carries."""

from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID

from flask import Flask, Response, g, request

from app.core import versions
from app.core.actor import INSTALLATION
from app.core.clock import epoch
from app.core.secrets import digest
from app.live.poll import UnchangedPolls, address_of
from app.live.tags import HEADER, Tag, read, stands_until
from app.rollups.refresh import current_version
from app.services.principals import Kind, redis_key
from app.services.walls import alive_key, parse_token
from app.web.session import cookie_name

_WALL = "/wall/"


def install(app: Flask) -> None:
    """Lets unchanged polls be answered before Flask is entered."""
    name = cookie_name(app)

    def holder_of(environ: dict[str, Any]) -> str | None:
        path = environ.get("PATH_INFO", "")
        if path.startswith(_WALL):
            token = parse_token(path[len(_WALL) :])
            return alive_key(token.wall_id, token.digest) if token else None
        cookie = _cookie(environ.get("HTTP_COOKIE", ""), name)
        return redis_key(Kind.SESSION, digest(cookie)) if cookie else None

    app.wsgi_app = UnchangedPolls(app.wsgi_app, holder_of)  # type: ignore[method-assign]


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


def tag_for(organization_id: UUID, clinic_id: UUID | None, holder: str) -> str:
    """The tag of an answer given now to a holder, for the request's own address."""
    return tag_of(
        organization_id, clinic_id, version_of(organization_id, clinic_id), holder, address_of(request.environ)
    )


def tag_of(organization_id: UUID, clinic_id: UUID | None, version: int, holder: str, address: str) -> str:
    """The tag of a fragment at another address of ours, path and query."""
    return Tag(organization_id, clinic_id, version, stands_until(epoch())).signed(holder, address)


def tag_version(tag: str) -> int:
    """The data version that a tag of ours names."""
    return int(tag.split(".")[2])


def session_holder() -> str:
    """The Redis key that stands for the request's login."""
    return redis_key(Kind.SESSION, bytes.fromhex(g.principal.key))


def still_holds(tag: str, holder: str) -> bool:
    """Is the tag that the page sent the one it would be given now, whoever signed it when?"""
    sent = read(request.headers.get(HEADER, ""), holder, address_of(request.environ))
    return sent is not None and sent.until > epoch() and request.headers[HEADER] == tag


def answer(html: str, tag: str) -> Response:
    """A page or fragment that carries its tag."""
    response = Response(html, mimetype="text/html")
    response.headers[HEADER] = tag
    return response
