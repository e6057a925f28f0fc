"""The design tokens: one list, enough contrast in every theme, the same on paper."""

from __future__ import annotations

import re

import pytest

from tests.web.gallery import ROOT

TOKENS = (ROOT / "static/css/tokens.css").read_text()
TEXT = (
    ("ink", "canvas"), ("ink", "surface"), ("ink2", "canvas"), ("ink2", "surface"),
    ("ink3", "canvas"), ("ink3", "surface"),
    ("ink3", "sunk"),
    ("accent", "surface"), ("accent", "canvas"), ("accent", "accent-soft"), ("on-accent", "accent"),
    ("improve", "surface"), ("concern", "surface"),
    ("neutral", "surface"), ("common", "surface"), ("common", "common-soft"),
    ("critical", "surface"), ("critical", "critical-soft"), ("stale", "stale-soft"),
)  # fmt: skip
SHAPES = (
    ("concern-mark", "surface"),
    ("control", "surface"),
    ("control", "canvas"),
    ("s1", "surface"),
    ("s3", "surface"),
)


def block(start: str) -> dict[str, str]:
    body = TOKENS[TOKENS.index(start) :]
    return dict(re.findall(r"--([\w-]+): (#\w{6});", body[: body.index("}")]))


def themes() -> dict[str, dict[str, str]]:
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS)
    return {
        "light": {name: light for name, light, _ in pairs},
        "dark": {name: dark for name, _, dark in pairs},
        "contrast": block('[data-theme="contrast"] {'),
        "print": block(":root:root {"),
    }


def luminance(colour: str) -> float:
    """WCAG 2.2 relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert round(contrast("#000000", "#FFFFFF"), 2) == 21


@pytest.mark.parametrize("theme", ["light", "dark", "contrast", "print"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read_on_its_ground(theme: str, text: str, ground: str) -> None:
    colours = themes()[theme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "contrast", "print"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_marks_and_edges_can_be_seen(theme: str, shape: str, ground: str) -> None:
    colours = themes()[theme]
    assert contrast(colours[shape], colours[ground]) >= 3


def test_every_theme_has_every_token() -> None:
    found = themes()
    assert len(found["light"]) == 33
    assert all(set(colours) == set(found["light"]) for colours in found.values())


def test_high_contrast_by_choice_and_by_system_are_the_same() -> None:
    assert block('[data-theme="contrast"] {') == block(":root:not([data-theme]) {")


def test_paper_uses_the_values_of_the_light_theme() -> None:
    paper = dict(re.findall(r"--([\w-]+): (#\w{6});", (ROOT / "static/css/paper.css").read_text()))
    assert len(paper) > 10
    assert paper == {name: themes()["light"][name] for name in paper}


def test_every_custom_property_that_is_used_is_defined() -> None:
    defined = set(
        re.findall(r"--([\w-]+):", "".join(sheet.read_text() for sheet in (ROOT / "static/css").glob("*.css")))
    )
    for sheet in (ROOT / "static/css").glob("*.css"):
        assert set(re.findall(r"var\(--([\w-]+)", sheet.read_text())) <= defined, sheet.name
