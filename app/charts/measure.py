"""How wide a text will be in Inter, so that labels can be placed without a browser."""

_WIDTHS = {
    "ijlI' ;": 0.28,
    "!,.:·|`": 0.31,
    "()/[]\\tf": 0.36,
    "r": 0.39,
    '{}-_"^': 0.46,
    "*\u2013?": 0.52,
    "skxzvyaceJL7": 0.57,
    "Fhnuobdgpq123456890E$PRS#Zß": 0.62,
    "&BTKXY+<=>~≤≥\u2212": 0.66,
    "AVDCHUGNOQ": 0.75,
    "wm…": 0.87,
    "MW%@→": 0.98,
}
_WIDTH = {character: width for characters, width in _WIDTHS.items() for character in characters}
_OTHER = 0.66
_BOLD = 1.05


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width in px of `text` at `size` px, from the font's advance widths."""
    return sum(_WIDTH.get(character, _OTHER) for character in text) * size * (_BOLD if bold else 1)


def shorten(text: str, width: float, size: float) -> str:
    """`text`, or as much of its start as fits `width` px, with an ellipsis."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"
