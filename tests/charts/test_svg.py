"""Writing SVG text."""

import pytest

from app.charts.measure import shorten, text_width
from app.charts.svg import Drawing, element, escape, number
from app.charts.theme import PAPER, SCREEN
from app.charts.types import WIDE


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.126, "0.13"), (-0.001, "0"), (100, "100"), (2.5, "2.5")])
def test_coordinates_are_short(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_coordinate_is_finite(value: float) -> None:
    with pytest.raises(ValueError, match="coordinate"):
        number(value)


def test_markup_and_control_characters_are_made_harmless() -> None:
    assert escape('<a b="c">&\x00\x1b') == "&lt;a b=&quot;c&quot;&gt;&amp;\ufffd\ufffd"


def test_an_attribute_of_none_is_left_out() -> None:
    assert element("rect", x=1.5, fill=None, stroke_width=2) == '<rect x="1.5" stroke-width="2"/>'


@pytest.mark.parametrize("prefix", ["", "1a", 'a"b', "a b", "a#b"])
def test_a_prefix_that_is_no_id_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="id prefix"):
        Drawing("title", prefix, SCREEN, WIDE)


@pytest.mark.parametrize("theme", [SCREEN, PAPER])
def test_an_unknown_token_is_refused_on_every_theme(theme: object) -> None:
    with pytest.raises(KeyError, match="no-such"):
        theme.colour("no-such")


def test_a_long_text_is_cut_to_its_room_with_an_ellipsis() -> None:
    cut = shorten("General practice and family medicine", 100, 11)
    assert cut.startswith("General prac")
    assert cut.endswith("…")
    assert text_width(cut, 11) <= 100


def test_a_text_that_fits_stays() -> None:
    assert shorten("Cardiology", 100, 11) == "Cardiology"
