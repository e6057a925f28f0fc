"""What is raised when an embedded server cannot be used."""


class EmbeddedError(RuntimeError):
    """An embedded server cannot be placed, started or reached. The message says what to do about it."""
