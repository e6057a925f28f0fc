"""What can be wrong with a report, by the codes that programs know."""

from app.core.errors import AppError


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
