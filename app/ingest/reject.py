"""Why a record, or a whole file, is not stored. A reason never holds what the record says."""


class Reject(Exception):
    """One record that cannot be stored: where in it, a code for programs and a reason for people."""

    def __init__(self, path: str, code: str, reason: str) -> None:
        super().__init__(path, code, reason)
        self.path, self.code, self.reason = path, code, reason


class Unused(Exception):
    """A well-formed record that the product has no use for; it is counted, not stored."""


class FileRefused(Exception):
    """A file (or the rest of it) that cannot be read: where, a code and a reason."""

    def __init__(self, code: str, reason: str, line: int | None = None) -> None:
        super().__init__(code, reason, line)
        self.code, self.reason, self.line = code, reason, line
