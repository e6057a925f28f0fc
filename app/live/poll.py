"""Polls answered with one Redis round trip, before Flask is entered: unchanged ones, and those whose board is drawn.

An open page asks again every half minute, and mostly nothing has changed, or somebody else's poll has had the change
drawn already. Such a request needs to know only whether its credential still holds and what it may see instead of
what it has.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from wsgiref.types import StartResponse, WSGIEnvironment

from app.core.clock import epoch
from app.live import boards, tags
from app.live.tags import Tag
from app.services.principals import ENDED

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
Header = tuple[str, str]

_UNKEPT: Sequence[Header] = (("Cache-Control", "no-store"), ("Vary", "Cookie, HX-Request"))
_NOTHING_SNIFFED: Header = ("X-Content-Type-Options", "nosniff")


@dataclass(frozen=True)
class Holder:
    """Who polls: the Redis key that exists as long as the credential holds, and the part of the board asked for."""

    key: str
    part: str


HolderOf = Callable[[WSGIEnvironment], Holder | None]


class QuickPolls:
    """WSGI middleware. `headers` are those of every answer of the application."""

    def __init__(self, app: WsgiApp, holder_of: HolderOf, headers: Sequence[Header]) -> None:
        self.app = app
        self.holder_of = holder_of
        self.headers = [*headers, *_UNKEPT, ("Content-Type", "text/html; charset=utf-8")]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers what needs no drawing; hands every other request on."""
        if "HTTP_HX_PTAG" not in environ or environ["REQUEST_METHOD"] != "GET":
            return self.app(environ, start_response)
        html = self._found(environ)
        if html is None:
            return self.app(environ, start_response)
        if not html[0]:
            start_response("304 Not Modified", [*_UNKEPT, _NOTHING_SNIFFED])
            return ()
        body, tag = html[0].encode(), html[1]
        start_response("200 OK", [*self.headers, (tags.HEADER, tag), ("Content-Length", str(len(body)))])
        return (body,)

    def _found(self, environ: WSGIEnvironment) -> tuple[str, str] | None:
        """The fragment with its tag, both empty where the page has it already; None where Flask has to answer."""
        holder = self.holder_of(environ)
        if holder is None:
            return None
        address = address_of(environ)
        tag = tags.read(environ["HTTP_HX_PTAG"], holder.key, address)
        if tag is None:
            return None
        held, version, drawing = boards.look(holder.key, tag.organization_id, tag.clinic_id, tag.board, holder.part)
        if held in (None, ENDED) or version is None:
            return None
        if has_newest(tag, version, drawing):
            return "", ""
        if not tag.board or drawing is None or drawing.html is None or not drawing.in_force(version):
            return None
        new = replace(tag, version=drawing.version, until=drawing.good_until).signed(holder.key, address)
        return drawing.page_part(new, address), new


def has_newest(tag: Tag, version: int, drawing: boards.Drawing | None) -> bool:
    """Has the page what it would get now, the data version and the board's last drawing being these?"""
    if tag.until <= epoch():
        return False
    if tag.version >= version:
        return True
    return bool(tag.board) and drawing is not None and drawing.in_force(version) and drawing.version <= tag.version


def address_of(environ: WSGIEnvironment) -> str:
    """Path and query, as the tag of an answer to this request covers them."""
    query = environ.get("QUERY_STRING", "")
    return f"{environ.get('PATH_INFO', '')}?{query}" if query else environ.get("PATH_INFO", "")
