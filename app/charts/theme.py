"""Colour tokens: as CSS variables on screen, as literal values where no style sheet reaches."""

from collections.abc import Mapping
from dataclasses import dataclass

LIGHT: Mapping[str, str] = {
    "canvas": "#F2F4F1", "surface": "#FFFFFF", "sunk": "#F8F9F7", "line": "#D9DED9", "control": "#7C8883",
    "ink": "#14201D", "ink2": "#43504B", "ink3": "#5C6864", "accent": "#0B5A52", "on-accent": "#FFFFFF",
    "improve": "#1467B0", "concern": "#A8440B", "concern-mark": "#D9600F", "neutral": "#4A2286", "common": "#5F6A66",
    "common-soft": "#ECEFED",
    "f-done": "#0B5A52", "f-room": "#4B9F93", "f-wait": "#E3B72F", "f-later": "#FFFFFF", "f-cancel": "#B3BCB8",
    "f-noshow": "#55615D",
    "s1": "#0B5A52", "s2": "#875D20", "s3": "#C95D8F", "s4": "#6093D7", "s5": "#8D9647", "s6": "#684736",
}  # fmt: skip

GREY: Mapping[str, str] = {
    "canvas": "#FFFFFF", "surface": "#FFFFFF", "sunk": "#F2F2F2", "line": "#BFBFBF", "control": "#595959",
    "ink": "#111111", "ink2": "#3D3D3D", "ink3": "#595959", "accent": "#1A1A1A", "on-accent": "#FFFFFF",
    "improve": "#1A1A1A", "concern": "#1A1A1A", "concern-mark": "#1A1A1A", "neutral": "#4D4D4D", "common": "#666666",
    "common-soft": "#F2F2F2",
    "f-done": "#2B2B2B", "f-room": "#6B6B6B", "f-wait": "#A6A6A6", "f-later": "#FFFFFF", "f-cancel": "#D0D0D0",
    "f-noshow": "#111111",
    "s1": "#1A1A1A", "s2": "#5C5C5C", "s3": "#8F8F8F", "s4": "#1A1A1A", "s5": "#5C5C5C", "s6": "#8F8F8F",
}  # fmt: skip

# Too light on the surface to stand without an edge in print and in high contrast.
PALE = frozenset({"f-wait", "f-later", "f-cancel"})


@dataclass(frozen=True)
class Theme:
    """Where colours come from: `values` None means CSS variables."""

    name: str
    values: Mapping[str, str] | None = None
    font_family: str | None = None

    def colour(self, name: str) -> str:
        """The paint of a token; KeyError for an unknown one, on every theme."""
        if name == "none" or name.startswith("url("):
            return name
        if name not in LIGHT:
            raise KeyError(f"unknown colour token {name!r}")
        return f"var(--{name})" if self.values is None else self.values[name]

    def edge(self, name: str, otherwise: str) -> str:
        """The outline of an area: of a pale token what `--f-edge` asks for, on paper always; else `otherwise`."""
        if name not in PALE:
            return self.colour(otherwise)
        return f"var(--f-edge,{self.colour(otherwise)})" if self.values is None else self.colour("control")


SCREEN = Theme("screen")
PAPER = Theme("paper", LIGHT, "Inter, sans-serif")
PAPER_GREY = Theme("paper-grey", GREY, "Inter, sans-serif")
