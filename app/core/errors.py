"""Errors with a code and a status: raised anywhere, rendered once for pages and once for the API."""

import errno
import re
from typing import Any

_FULL = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)
_FULL_IN_WORDS = re.compile(rf"\(os error ({'|'.join(map(str, _FULL))})\)")  # as a library in Rust says it


class AppError(Exception):
    """An error whose message may be shown to the person who caused it."""

    status = 400
    code = "invalid"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.details = details


class Invalid(AppError):
    """Input that cannot be used; `details` names the place."""

    status, code = 422, "invalid"


class InvalidPeriod(Invalid):
    """A period that is none, or one that ends before it starts."""

    status, code = 400, "DASH_004"


class BadRequest(AppError):
    """A request whose form is wrong before its fields are looked at."""

    status, code = 400, "bad_request"


class Unauthorized(AppError):
    """No credential, or one that is not valid (any more)."""

    status, code = 401, "unauthorized"


class Forbidden(AppError):
    """A known person without the right."""

    status, code = 403, "forbidden"


class NotFound(AppError):
    """No such thing here; another organization's thing answers the same."""

    status, code = 404, "not_found"


class Conflict(AppError):
    """The thing is no longer in the state that the request supposes."""

    status, code = 409, "conflict"


class TooLarge(AppError):
    """More than the stated limit."""

    status, code = 413, "too_large"


class TooMany(AppError):
    """A limit on requests; `retry_after` in seconds."""

    status, code = 429, "rate_limit"


class Unavailable(AppError):
    """A part of the installation is away; the same request may work later."""

    status, code = 503, "unavailable"


class NoSpace(Unavailable):
    """There is no room on a disk of the installation; what was begun has been removed."""

    status, code = 507, "no_space"


def is_full(error: BaseException) -> bool:
    """Does an error say that there is no room left on a disk?"""
    return getattr(error, "errno", None) in _FULL or bool(_FULL_IN_WORDS.search(str(error)))
