"""Writes SVG text: presentation attributes only, no style, no script, the same bytes for the same values."""

import math
import re
from functools import cache, lru_cache

from app.charts.theme import Theme
from app.charts.types import Size

TEXT = 11.0
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_UNSAFE = re.compile('[&<>"]|[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
Attribute = str | float | None


def number(value: float, digits: int = 2) -> str:
    """A coordinate in as few characters as its digits allow. ValueError unless finite."""
    if not math.isfinite(value):
        raise ValueError(f"not a coordinate: {value}")
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=1024)  # mostly of a small vocabulary: colours, anchors, dashes
def escape(text: str) -> str:
    """`text` safe in an element and in an attribute; characters XML forbids become U+FFFD."""
    return _UNSAFE.sub(lambda found: _ENTITIES.get(found[0], "\ufffd"), text)


def element(tag: str, content: str = "", /, **attributes: Attribute) -> str:
    """One element; `content` is markup already; an attribute of None is left out, `_` in its name becomes `-`."""
    written = "".join(
        [
            f' {_written(name)}="{escape(value) if isinstance(value, str) else number(value)}"'
            for name, value in attributes.items()
            if value is not None
        ]
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


@cache
def _written(name: str) -> str:
    return name.strip("_").replace("_", "-")


class Drawing:
    """A canvas of one size in one theme; colours are named by token."""

    def __init__(self, title: str, id_prefix: str, theme: Theme, size: Size) -> None:
        if not _ID.fullmatch(id_prefix):
            raise ValueError(f"not an id prefix: {id_prefix!r}")
        self.title, self.theme, self.size = title, theme, size
        self.text_size = TEXT * size.scale
        self._prefix = id_prefix
        self._body: list[str] = []
        self._patterns: dict[str, str] = {}

    def scaled(self, px: float) -> float:
        """A length of a page drawing at this size's scale."""
        return px * self.size.scale

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        *,
        stroke: str | None = None,
        stroke_width: float | None = None,
        rx: float | None = None,
        opacity: float | None = None,
    ) -> None:
        """A rectangle; `fill` and `stroke` are tokens, `stroke_width` in page px."""
        self._add(
            "rect",
            x=x,
            y=y,
            width=width,
            height=height,
            rx=rx,
            fill=self.theme.colour(fill),
            fill_opacity=opacity,
            **self._stroke(stroke, stroke_width),
        )

    def area(self, x: float, y: float, width: float, height: float, colour: str, hatched: bool = False) -> None:
        """A part of a bar in its token, told from its neighbours by its edge, or by hatching."""
        if hatched:
            self.rect(x, y, width, height, colour)
            self.rect(x, y, width, height, self.hatch("control"), stroke="control", stroke_width=1)
            return
        self._add(
            "rect",
            x=x,
            y=y,
            width=width,
            height=height,
            fill=self.theme.colour(colour),
            stroke=self.theme.edge(colour, "surface"),
            stroke_width=self.scaled(1),
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        stroke: str,
        *,
        stroke_width: float = 1,
        dash: str | None = None,
    ) -> None:
        """A straight line; `dash` in page px."""
        self.path(f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}", stroke, stroke_width=stroke_width, dash=dash)

    def path(
        self,
        d: str,
        stroke: str | None = None,
        *,
        stroke_width: float = 1,
        dash: str | None = None,
        fill: str = "none",
        round_joins: bool = False,
    ) -> None:
        """A path of ready coordinates."""
        self._add(
            "path",
            d=d,
            fill=self.theme.colour(fill),
            **self._stroke(stroke, stroke_width),
            stroke_dasharray=self._dash(dash),
            stroke_linejoin="round" if round_joins else None,
        )

    def outlined(self, d: str, colour: str) -> None:
        """A closed path in its token, with an edge if it is pale."""
        self._add(
            "path",
            d=d,
            fill=self.theme.colour(colour),
            stroke=self.theme.edge(colour, "none"),
            stroke_width=self.scaled(1),
        )

    def circle(
        self, x: float, y: float, radius: float, fill: str, *, stroke: str | None = None, stroke_width: float = 1
    ) -> None:
        """A disc or ring."""
        self._add("circle", cx=x, cy=y, r=radius, fill=self.theme.colour(fill), **self._stroke(stroke, stroke_width))

    def text(
        self,
        x: float,
        y: float,
        content: str,
        *,
        anchor: str | None = None,
        colour: str = "ink3",
        size: float = TEXT,
        bold: bool = False,
        halo: bool = False,
    ) -> None:
        """Literal text on the baseline `y`; `size` in page px; `halo` keeps it legible over lines."""
        common: dict[str, Attribute] = {
            "x": x,
            "y": y,
            "text_anchor": anchor,
            "font_weight": "600" if bold else None,
            "font_size": None if size == TEXT else self.scaled(size),
        }
        if halo:
            surface = self.theme.colour("surface")
            self._add(
                "text",
                escape(content),
                **common,
                fill=surface,
                stroke=surface,
                stroke_width=self.scaled(3.5),
                stroke_linejoin="round",
            )
        self._add("text", escape(content), **common, fill=self.theme.colour(colour))

    def hatch(self, colour: str) -> str:
        """A paint of thin diagonal lines in the token, declared once a drawing."""
        name = f"{self._prefix}-hatch-{colour}"
        step = self.scaled(5)
        half, over = step / 2, step * 1.5
        d = (
            f"M{number(-half)} {number(half)}L{number(half)} {number(-half)}M0 {number(step)}L{number(step)} 0"
            f"M{number(half)} {number(over)}L{number(over)} {number(half)}"
        )
        stripes = element("path", d=d, stroke=self.theme.colour(colour), stroke_width=self.scaled(0.9))
        self._patterns[name] = element(
            "pattern", stripes, id=name, width=step, height=step, patternUnits="userSpaceOnUse"
        )
        return f"url(#{name})"

    def render(self) -> str:
        """The whole document, to be placed inline in a page."""
        width, height = self.size.width, self.size.height
        defs = element("defs", "".join(self._patterns.values())) if self._patterns else ""
        return element(
            "svg",
            defs + element("g", "".join(self._body), aria_hidden="true"),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {number(width)} {number(height)}",
            width=width,
            height=height,
            role="img",
            aria_label=self.title,
            font_size=self.text_size,
            font_family=self.theme.font_family,
        )

    def _add(self, tag: str, content: str = "", /, **attributes: Attribute) -> None:
        self._body.append(element(tag, content, **attributes))

    def _stroke(self, colour: str | None, width: float | None) -> dict[str, Attribute]:
        if colour is None:
            return {}
        return {"stroke": self.theme.colour(colour), "stroke_width": self.scaled(width or 1)}

    def _dash(self, dash: str | None) -> str | None:
        return dash and " ".join(number(self.scaled(float(length))) for length in dash.split())
