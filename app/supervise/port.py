"""Whether a TCP port of this machine is free, and whether a server answers on it."""

import errno
import os
import socket
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException


class PortError(OSError):
    """The configured address cannot be listened on. The message names the variable to change."""


def require_free(host: str, port: int) -> None:
    """Raise PortError, saying what to do, unless a server may listen on host and port."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        raise PortError(f"HOST: {host} is not an address of this machine") from None
    except OSError as error:
        raise PortError(_reason(host, port, error)) from None


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; stop what uses it, or choose another one: make run PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} needs rights this user does not have; choose one above 1023: make run PORT=8000"
    return f"cannot listen on HOST {host}, PORT {port}: {os.strerror(error.errno or 0)}"


def answers(host: str, port: int) -> bool:
    """Say whether a web server on host and port serves its health page."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not bound to
    connection = HTTPConnection(target, port, timeout=1.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
