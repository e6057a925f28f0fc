"""Where a login may lead to: a page of this application and nothing else."""

from urllib.parse import unquote, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

HOME = "/"
_NEVER = ("auth.", "static", "api", "health.", "fhir")


def local_target(wanted: str | None) -> str:
    """The path and query of a page of ours that answers GET, or the home page."""
    if not wanted or len(wanted) > 2000 or not _is_path(wanted) or not _is_path(unquote(wanted)):
        return HOME
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return HOME
    try:
        endpoint, _ = adapter.match(urlsplit(wanted).path, method="GET")
    except RequestRedirect:
        return wanted
    except HTTPException:
        return HOME
    return HOME if endpoint.startswith(_NEVER) else wanted


def _is_path(text: str) -> bool:
    inside = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return inside and all(" " <= character != "\x7f" for character in text)
