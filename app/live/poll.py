"""Unchanged polls: answered with one Redis round trip, before Flask is entered.

An open page asks again every half minute, and mostly nothing has changed. Such a request needs to know only whether
its credential still holds and whether the data version is the one it has.
"""

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from app.core import versions
from app.core.clock import epoch
from app.live import tags
from app.services.principals import ENDED

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
HolderOf = Callable[[WSGIEnvironment], str | None]

_HEADERS = [("Cache-Control", "no-store"), ("Vary", "Cookie, HX-Request"), ("X-Content-Type-Options", "nosniff")]


class UnchangedPolls:
    """WSGI middleware. `holder_of` names the Redis key that exists as long as the request's credential holds."""

    def __init__(self, app: WsgiApp, holder_of: HolderOf) -> None:
        self.app = app
        self.holder_of = holder_of

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers 304 where nothing changed; hands every other request on."""
        if "HTTP_HX_PTAG" in environ and environ["REQUEST_METHOD"] == "GET" and self._unchanged(environ):
            start_response("304 Not Modified", [*_HEADERS])
            return ()
        return self.app(environ, start_response)

    def _unchanged(self, environ: dict[str, Any]) -> bool:
        holder = self.holder_of(environ)
        if holder is None:
            return False
        tag = tags.read(environ["HTTP_HX_PTAG"], holder, address_of(environ))
        if tag is None or tag.until <= epoch():
            return False
        held, version = versions.with_credential(holder, tag.organization_id, tag.clinic_id)
        return held not in (None, ENDED) and version == tag.version


def address_of(environ: WSGIEnvironment) -> str:
    """Path and query, as the tag of an answer to this request covers them."""
    query = environ.get("QUERY_STRING", "")
    return f"{environ.get('PATH_INFO', '')}?{query}" if query else environ.get("PATH_INFO", "")
