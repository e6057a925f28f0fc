"""Polls answered with one Redis round trip, before Flask is entered: unchanged ones, and those whose board is drawn.

An open page asks again every half minute, and mostly nothing has changed, or somebody else's poll has had the change
drawn already. Such a request needs to know only whether its credential still holds and what it may see instead of
what it has.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wsgi import ClosingIterator

from app.core.clock import epoch
from app.live import boards, tags
from app.live.tags import Tag
from app.services.identity.principals import ENDED

WsgiApp = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]
Header = tuple[str, str]

REDRAWN = "mediconnect.redrawn"  # in the environment of what nobody asked for: it is no request to be counted
_UNKEPT: Sequence[Header] = (("Cache-Control", "no-store"), ("Vary", "Cookie, HX-Request"))
BEHIND: Header = ("X-Behind", "1")  # the page asks again in a few seconds
_NOTHING_SNIFFED: Header = ("X-Content-Type-Options", "nosniff")


@dataclass(frozen=True)
class Holder:
    """Who polls: the Redis key that exists as long as the credential holds, and the part of the board asked for."""

    key: str
    part: str


@dataclass(frozen=True)
class Found:
    """A fragment with its tag, both empty where the page has it already.

    `behind`: data has moved since it was drawn; `draws`: the next one is to be drawn now.
    """

    html: str = ""
    tag: str = ""
    behind: bool = False
    draws: bool = False


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
        found = self._found(environ)
        if found is None:
            return self.app(environ, start_response)
        behind = [BEHIND] if found.behind else []
        body: tuple[bytes, ...] = ()
        if found.html:
            body = (found.html.encode(),)
            length = ("Content-Length", str(len(body[0])))
            start_response("200 OK", [*self.headers, *behind, (tags.HEADER, found.tag), length])
        else:
            start_response("304 Not Modified", [*_UNKEPT, *behind, _NOTHING_SNIFFED])
        return ClosingIterator(body, partial(self._draw, environ)) if found.draws else body

    def _found(self, environ: WSGIEnvironment) -> Found | None:
        """What answers the request; None where Flask has to."""
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
        if tag.until > epoch() and tag.version >= version:
            return Found()
        if not tag.board or drawing is None or drawing.html is None:
            return None
        is_over = not drawing.in_force(version)
        if is_over and not drawing.bridges:
            return None
        behind, draws = drawing.version < version, is_over and boards.is_first_to_draw(tag.board)
        if has_newest(tag, drawing):
            return Found(behind=behind, draws=draws)
        new = replace(tag, version=drawing.version, until=drawing.good_until).signed(holder.key, address)
        return Found(drawing.page_part(new, address), new, behind, draws)

    def _draw(self, environ: WSGIEnvironment) -> None:
        """Has the board drawn by the application, when the one who polled has been answered with the last drawing."""
        answer = self.app(environ | {REDRAWN: True}, _nobody_listens)
        try:
            for _ in answer:
                pass
        finally:
            if close := getattr(answer, "close", None):
                close()


def _nobody_listens(_status: str, _headers: list[Header], _error: object = None) -> Callable[[bytes], object]:
    return lambda _body: None


def has_newest(tag: Tag, drawing: boards.Drawing) -> bool:
    """Has the page what the board's last drawing shows, or something newer?"""
    return tag.until > epoch() and drawing.version <= tag.version


def address_of(environ: WSGIEnvironment) -> str:
    """Path and query, as the tag of an answer to this request covers them."""
    query = environ.get("QUERY_STRING", "")
    return f"{environ.get('PATH_INFO', '')}?{query}" if query else environ.get("PATH_INFO", "")
