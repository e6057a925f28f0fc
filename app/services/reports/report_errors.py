"""What can be wrong with a report, by the codes that programs know."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from app.core.errors import AppError, Invalid

Given = ParamSpec("Given")
Read = TypeVar("Read")


class ReportInvalid(AppError):
    """Parameters that no report can be made of."""

    status, code = 400, "ANALYTICS_001"


class GenerationFailed(AppError):
    """The report was asked for and came to nothing."""

    status, code = 500, "ANALYTICS_002"


class NoData(AppError):
    """Nothing is recorded for what was asked."""

    status, code = 422, "ANALYTICS_003"


class NotYours(AppError):
    """Figures, clinics or people outside the rights of whoever asks; what does not exist answers the same."""

    status, code = 403, "ANALYTICS_006"


class FormatUnknown(AppError):
    """A format that this report is not written in."""

    status, code = 400, "ANALYTICS_008"


class ScheduleInvalid(AppError):
    """A schedule that cannot be followed."""

    status, code = 400, "ANALYTICS_009"


class TooOld(AppError):
    """The data are older than the report allows."""

    status, code = 422, "ANALYTICS_010"


class Faults:
    """What is wrong with what was asked for: gathered field by field, said all at once."""

    def __init__(self) -> None:
        self._found: list[AppError] = []

    def of(self, instead: Read, read: Callable[Given, Read], *args: Given.args, **more: Given.kwargs) -> Read:
        """What reading gives, or `instead` where it is refused; the refusal is kept."""
        try:
            return read(*args, **more)
        except (ReportInvalid, NotYours, Invalid) as error:
            self._found.append(error)
            return instead

    def settle(self) -> None:
        """Raises the first refusal, if there was any, with the messages of all of them as `fields`."""
        if not self._found:
            return
        first = self._found[0]
        fields: dict[str, list[str]] = {}
        for error in self._found:
            fields.setdefault(str(error.details.get("field", "")), []).append(error.message)
        kind = NotYours if isinstance(first, NotYours) else ReportInvalid
        raise kind(first.message, **(first.details | {"fields": fields}))
