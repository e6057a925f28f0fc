"""Standing and lying bars: true proportions, gaps, the compared period, the unfinished one."""

import pytest

from app.charts.columns import bars, stacked_bars
from app.charts.geometry import Area, Box, bar_boxes, horizontal_bar_boxes, line_runs, stacked_boxes
from app.charts.rows import hbars
from app.charts.types import NARROW, Bar, Column, Part
from tests.charts.drawn import elements, filled, root, size, stroked, texts
from tests.charts.samples import whole

PARTS = [Part("done", "f-done"), Part("to come", "f-later", hatched=True)]


def heights(boxes: list[Box | None]) -> list[float | None]:
    return [box and round(box.height, 6) for box in boxes]


def test_stacked_parts_stand_on_each_other_in_proportion() -> None:
    lower, upper = stacked_boxes([[1, 2, None], [3, 0, 1]], Area(300, 100, 0, 10))
    assert heights(lower) == [10, 20, None]
    assert heights(upper) == [30, None, 10]
    assert [round(part[0].y) for part in (lower, upper) if part[0]] == [90, 60]


def test_bars_stand_on_zero_also_below_it() -> None:
    boxes = bar_boxes([5, -5], Area(300, 100, -10, 10))
    assert [(round(box.y), round(box.height)) for box in boxes if box] == [(25, 25), (50, 25)]


def test_bars_all_below_zero_hang_from_it() -> None:
    assert [round(box.y) for box in bar_boxes([-4, -2], Area(300, 100, -4, 0)) if box] == [0, 0]
    assert heights(bar_boxes([-4, -2], Area(300, 100, -4, 0))) == [100, 50]


def test_lying_bars_come_in_order_from_the_top() -> None:
    boxes = horizontal_bar_boxes([10, None, 5], Area(300, 90, 0, 10))
    assert [box and (round(box.y), round(box.width)) for box in boxes] == [(5, 300), None, (65, 150)]


def test_a_line_is_broken_at_a_gap() -> None:
    runs = line_runs([0, 10, None, 5, 0], Area(400, 100, 0, 10))
    assert [[(round(x), round(y)) for x, y in run] for run in runs] == [[(0, 100), (100, 0)], [(300, 50), (400, 100)]]


def test_a_line_without_figures_has_no_runs() -> None:
    assert line_runs([None, None], Area(400, 100, 0, 10)) == []


def test_a_missing_bar_is_a_gap_and_says_why_in_the_table() -> None:
    chart = bars(
        [Bar("Mon", 4), Bar("Tue", None, reason="too few to show"), Bar("Wed", 0)],
        title="Visits",
        id_prefix="b",
        value_format=whole,
    )
    assert [round(size(bar)[1], 1) > 0 for bar in filled(chart, "s1")] == [True, False]
    assert chart.table.rows == (("Mon", "4"), ("Tue", "too few to show"), ("Wed", "0"))
    assert texts(chart).count("0") == 2  # on the axis and over Wednesday


def test_stacked_columns_carry_their_total_and_the_table_repeats_every_figure() -> None:
    chart = stacked_bars(
        [Column("08:00", (8, 1), 9), Column("16:00", (1, 4), 6, partial=True)],
        PARTS,
        title="Appointments",
        id_prefix="s",
        value_format=whole,
        comparison_label="last Thu",
    )
    assert chart.table.head == ("Hour", "done", "to come", "Total", "last Thu")
    assert chart.table.rows == (("08:00", "8", "1", "9", "9"), ("16:00, so far", "1", "4", "5", "6"))
    assert {"9", "5", "last Thu", "08:00", "16:00"} <= set(texts(chart))
    assert chart.summary == "Fullest at 08:00, 9. 16:00 is not over yet."
    first, last = (size(rect)[1] for rect in filled(chart, "f-done")[1:])
    assert first == pytest.approx(8 * last, abs=0.05)


def test_a_total_with_an_unknown_part_is_unknown() -> None:
    chart = stacked_bars(
        [Column("08:00", (7, None)), Column("09:00", (2, 2))], PARTS, title="A", id_prefix="s", value_format=whole
    )
    assert chart.table.rows[0] == ("08:00", "7", "not recorded", "not recorded")
    assert "7" not in texts(chart)


def test_uneven_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="one value for each part"):
        stacked_bars([Column("08:00", (8,))], PARTS, title="A", id_prefix="s", value_format=whole)


def test_a_narrow_drawing_shortens_hours_and_moves_the_comparison_to_the_legend() -> None:
    columns = [Column("08:00", (8, 1), 9), Column("09:00", (1, 4), 6)]
    chart = stacked_bars(
        columns, PARTS, title="A", id_prefix="s", value_format=whole, comparison_label="last Thu", size=NARROW
    )
    assert root(chart).get("viewBox") == "0 0 310 220"
    assert {"08", "09", "last Thu"} <= set(texts(chart))
    assert "08:00" not in texts(chart)


def test_each_column_has_one_comparison_tick() -> None:
    chart = bars(
        [Bar("Mon", 4, 3), Bar("Tue", 2), Bar("Wed", 3, 5)],
        title="Visits",
        id_prefix="b",
        value_format=whole,
        comparison_label="last week",
    )
    assert len(stroked(chart, "ink")) == 2


def test_an_unfinished_bar_is_an_outline() -> None:
    chart = bars([Bar("Oct", 4), Bar("Nov", 2, partial=True)], title="V", id_prefix="b", value_format=whole)
    outline = [rect for rect in elements(chart, "rect") if rect.get("stroke") == "var(--s1)"]
    assert len(filled(chart, "s1")) == len(outline) == 1
    assert chart.table.rows[1][0] == "Nov, so far"


def test_lying_bars_are_as_wide_as_their_values() -> None:
    chart = hbars([Bar("A", 4), Bar("B", 1), Bar("C", None)], title="V", id_prefix="h", value_format=whole)
    four, one = (size(rect)[0] for rect in filled(chart, "s1"))
    assert four == pytest.approx(4 * one, abs=0.05)
    assert "not recorded" in texts(chart)


@pytest.mark.parametrize("items", [[], [Bar("Mon", None)]])
def test_without_figures_there_is_a_sentence_and_no_drawing(items: list[Bar]) -> None:
    for draw in (bars, hbars):
        chart = draw(items, title="V", id_prefix="b", value_format=whole, empty="No visits in this period.")
        assert (chart.svg, chart.summary) == ("", "No visits in this period.")
    assert stacked_bars([], PARTS, title="V", id_prefix="s", value_format=whole).svg == ""
