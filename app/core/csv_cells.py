"""Cells of a CSV file that a spreadsheet will open."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝")


def plain(value: object) -> object:
    """The value; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.lstrip(" '\"").startswith(_FORMULA) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isascii() and text.removeprefix("-").replace(".", "", 1).isdigit()
