"""A connection leaves the web server's threads: its socket goes to the loop, and a closed one takes its place.

The server of a WSGI application can only answer and close. It is given the dead end of a pair of sockets under the
number of the real one, so whatever it still writes or shuts down ends there.
"""

import os
import socket
from wsgiref.types import WSGIEnvironment

from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol

from app.core.errors import AppError, Unavailable


def negotiate(environ: WSGIEnvironment) -> bytes:
    """The answer that turns a request into a WebSocket (RFC 6455, 4.2); raises AppError for what is no handshake."""
    headers = Headers()
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            headers[name[5:].replace("_", "-")] = value
    path = f"{environ.get('PATH_INFO', '/')}?{environ.get('QUERY_STRING', '')}"
    request = Request(path, headers, environ["REQUEST_METHOD"], environ.get("SERVER_PROTOCOL", "HTTP/1.1"))
    answer = ServerProtocol().accept(request)
    if answer.status_code != 101:
        refused = AppError("This address is for WebSockets.", code="DASH_008")
        refused.status = answer.status_code
        raise refused
    return answer.serialize()


def take(environ: WSGIEnvironment) -> socket.socket:
    """The request's connection for somebody else to keep; raises Unavailable where the server does not show it."""
    served: socket.socket | None = environ.get("gunicorn.socket")
    if served is None:
        raise Unavailable("This server cannot open WebSockets.", code="DASH_008")
    taken = socket.socket(fileno=os.dup(served.fileno()))
    dead, other = socket.socketpair()
    with dead, other:
        os.dup2(dead.fileno(), served.fileno(), inheritable=False)
    return taken
