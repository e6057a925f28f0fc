"""What holds for every chart: safe, deterministic, named, re-themed, printable."""

import re

import pytest

from app.charts.theme import GREY, LIGHT, PAPER, PAPER_GREY, SCREEN, Theme
from app.charts.types import Chart
from tests.charts.drawn import NAMESPACE, root, texts
from tests.charts.samples import EVIL, SAMPLES

pytestmark = pytest.mark.parametrize("kind", SAMPLES)
THEMES = (SCREEN, PAPER, PAPER_GREY)


def draw(kind: str, theme: Theme = SCREEN) -> Chart:
    return SAMPLES[kind](theme)


def test_the_same_values_give_the_same_bytes(kind: str) -> None:
    assert draw(kind).svg == draw(kind).svg


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_nothing_in_a_drawing_runs_or_styles(kind: str, theme: Theme) -> None:
    tags = {element.tag.removeprefix(NAMESPACE) for element in root(draw(kind, theme)).iter()}
    names = {name for element in root(draw(kind, theme)).iter() for name in element.attrib}
    assert tags <= {"svg", "defs", "pattern", "g", "rect", "path", "circle", "text"}
    assert not {name for name in names if name in ("style", "class", "href") or name.startswith("on")}


def test_a_planted_tag_is_literal_text(kind: str) -> None:
    chart = draw(kind)
    assert root(chart).get("aria-label") == EVIL
    assert "<script" not in chart.svg


def test_the_root_is_a_named_image_and_its_parts_are_hidden(kind: str) -> None:
    svg = root(draw(kind))
    assert svg.get("role") == "img"
    assert [group.get("aria-hidden") for group in svg.findall(f"{NAMESPACE}g")] == ["true"]


def test_ids_begin_with_the_prefix_and_paints_refer_to_them(kind: str) -> None:
    svg = draw(kind).svg
    ids = set(re.findall(r' id="([^"]+)"', svg))
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) == ids
    assert len({name.split("-")[0] for name in ids}) <= 1


@pytest.mark.parametrize(("theme", "palette"), [(PAPER, LIGHT), (PAPER_GREY, GREY)], ids=["paper", "grey"])
def test_paper_has_literal_colours_of_its_palette_only(kind: str, theme: Theme, palette: dict[str, str]) -> None:
    svg = draw(kind, theme).svg
    assert "var(" not in svg
    assert set(re.findall(r"#[0-9A-F]{6}", svg)) <= set(palette.values())


def test_the_screen_has_no_literal_colour(kind: str) -> None:
    assert not re.findall(r'"#[0-9A-Fa-f]{3,6}"', draw(kind).svg)


def test_every_chart_has_a_sentence_and_a_table_with_full_rows(kind: str) -> None:
    chart = draw(kind)
    assert chart.summary.endswith(".")
    assert chart.table.rows
    assert {len(row) for row in chart.table.rows} == {len(chart.table.head)}


def test_text_stays_on_the_drawing(kind: str) -> None:
    svg = root(draw(kind))
    width, height = float(svg.attrib["width"]), float(svg.attrib["height"])
    places = [(float(text.attrib["x"]), float(text.attrib["y"])) for text in svg.iter(f"{NAMESPACE}text")]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def test_no_words_are_empty(kind: str) -> None:
    assert all(texts(draw(kind)))
