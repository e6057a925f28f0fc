"""Reads a drawing back, for tests."""

from xml.etree.ElementTree import Element, fromstring

from app.charts.types import Chart

NAMESPACE = "{http://www.w3.org/2000/svg}"


def root(chart: Chart) -> Element:
    return fromstring(chart.svg)  # noqa: S314 our own output


def elements(chart: Chart, tag: str) -> list[Element]:
    return list(root(chart).iter(NAMESPACE + tag))


def texts(chart: Chart) -> list[str]:
    """The words of a drawing, without the halos under them."""
    return [element.text or "" for element in elements(chart, "text") if element.get("stroke") is None]


def filled(chart: Chart, colour: str, tag: str = "rect") -> list[Element]:
    """The elements painted in a token of the screen theme."""
    return [element for element in elements(chart, tag) if element.get("fill") == f"var(--{colour})"]


def stroked(chart: Chart, colour: str) -> list[Element]:
    return [element for element in elements(chart, "path") if element.get("stroke") == f"var(--{colour})"]


def size(element: Element) -> tuple[float, float]:
    return float(element.attrib["width"]), float(element.attrib["height"])
