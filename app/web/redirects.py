"""Where to go after a form: back to the page it stood on, and never away from this site."""

from urllib.parse import urlsplit

from flask import request


def back(otherwise: str) -> str:
    """The path of the page that held the form, when the browser names one of ours; else `otherwise`."""
    named = urlsplit(request.headers.get("Referer", ""))
    if named.netloc != request.host or not named.path.startswith("/") or named.path.startswith("//"):
        return otherwise
    return f"{named.path}?{named.query}" if named.query else named.path
