"""Answers of dashboards, kept for those who see the same: one decorator for all of them.

An answer is kept under organization, scope, address and edition, which every committed change moves: of data versions
by what is summed up, of everything else at once. What names a patient is made anew for each request and kept nowhere.
"""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy import text

from app.core import versions
from app.core.clock import epoch
from app.core.turns import once
from app.extensions import db, store

# Seconds, from the seed's table.
REAL_TIME, HOURLY, DAILY, HISTORICAL = 30, 3600, 86400, 604800
_QUARTER = 900  # every zone's midnight is the start of one: what was "today" is not kept beyond it
_LONGEST = text("SET LOCAL statement_timeout = 15000")  # milliseconds; then DASH_007

Answer = Callable[..., dict[str, Any]]


def kept(seconds: int, private: bool = False) -> Callable[[Answer], Callable[..., Response]]:
    """Keeps a dashboard's answer for at most so long, the header X-Cache says which it was: hit or miss.

    `private` answers hold something of a patient: they are made anew for each request.
    """

    def wrap(view: Answer) -> Callable[..., Response]:
        @wraps(view)
        def answered(**arguments: Any) -> Response:
            name = None if private else _name(arguments)
            if name is None:
                return _response(_made(view, arguments), "miss")
            if (found := _find(name)) is not None:
                return _response(found, "hit")

            def make() -> str:
                body = _made(view, arguments)
                store.remember(name, body, seconds)
                return body

            return _response(once(f"{name}:turn", lambda: _find(name), make), "miss")

        return answered

    return wrap


def _name(arguments: dict[str, Any]) -> str | None:
    """Where the answer to this request stands, before its figures are read; None while Redis is away."""
    actor = g.actor
    edition = versions.edition(actor.organization_id, arguments.get("clinic_id"))
    if edition is None:
        return None
    asked = sorted(request.args.items(multi=True))
    parts = (actor.organization_id, actor.scope_key, request.path, asked, edition, int(epoch()) // _QUARTER)
    return f"mc:answer:{sha256(repr(parts).encode()).hexdigest()[:32]}"


def _find(name: str) -> str | None:
    (found,) = store.recall(name)
    return None if found is None else found.decode()


def _made(view: Answer, arguments: dict[str, Any]) -> str:
    db.session.execute(_LONGEST)
    return current_app.json.dumps(view(**arguments))


def _response(body: str, cache: str) -> Response:
    return Response(body, mimetype="application/json", headers={"X-Cache": cache})
