"""The query arguments that a dashboard takes: nothing else is let pass in silence, nothing is said twice."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, request

from app.core.errors import Invalid, InvalidPeriod

PERIOD = ("period", "start", "end")
_DATES = ("start", "end", "start_date", "end_date")
_DOWNLOAD = "download"

View = Callable[..., Any]


def takes(*names: str) -> Callable[[View], Callable[..., Response]]:
    """Lets a view be asked with these arguments alone; `download=1` makes its answer a file.

    The view raises Invalid for an argument that it does not take or that stands twice, and InvalidPeriod (DASH_004) for
    dates beside a period that is not custom.
    """

    def wrap(view: View) -> Callable[..., Response]:
        @wraps(view)
        def answered(**arguments: Any) -> Response:
            _check({*names, _DOWNLOAD})
            response = make_response(view(**arguments))
            if request.args.get(_DOWNLOAD) == "1":
                name = request.path.strip("/").removeprefix("api/").replace("/", "-")
                response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
            return response

        return answered

    return wrap


def _check(known: set[str]) -> None:
    for name, values in request.args.lists():
        if name not in known:
            raise Invalid("There is no such parameter here.", field=name, known=sorted(known))
        if len(values) > 1:
            raise Invalid("This parameter stands more than once.", field=name)
    if request.args.get(_DOWNLOAD, "0") not in ("0", "1"):
        raise Invalid("Say 1 for a file, 0 for none.", field=_DOWNLOAD)
    dates = [name for name in _DATES if request.args.get(name)]
    if dates and request.args.get("period", "custom") not in ("", "custom"):
        raise InvalidPeriod("Dates go with the period custom, or with none.", field=dates[0])
    for name, same in (("start", "start_date"), ("end", "end_date")):
        if {name, same} <= {*dates}:
            raise InvalidPeriod(f"This says the same as {name}.", field=same)
