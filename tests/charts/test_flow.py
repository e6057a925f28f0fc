"""Counts as parts of a whole."""

import pytest

from app.charts.flow import booked_bars, flow_bar, room_squares, segment_widths
from app.charts.types import Segment, Size
from tests.charts.drawn import elements, filled, stroked, texts

DAY = [
    Segment("completed", 62, "f-done"),
    Segment("in a room", 8, "f-room"),
    Segment("waiting", 4, "f-wait"),
    Segment("still to come", 2, "f-later", hatched=True),
    Segment("cancelled", 6, "f-cancel"),
    Segment("no-show", 3, "f-noshow"),
]
BOOKED, COUNTED = Segment("booked", 437, "f-room"), Segment("counted", 391, "f-room")
RESULTS = [Segment("arrived", 373, "f-done"), Segment("no-shows", 18, "f-noshow")]


def right_edges(d: str) -> float:
    return float(d.split("H")[1].split("a")[0].split("V")[0])


def test_widths_are_in_proportion_and_leave_the_gaps() -> None:
    assert segment_widths([3, 1], 102, 2) == [75, 25]
    widths = segment_widths([62, 8, 4, 2, 6, 3], 860, 2)
    assert widths == pytest.approx([620, 80, 40, 20, 60, 30])


def test_the_day_flows_in_true_proportion() -> None:
    chart = flow_bar(DAY, title="Flow", id_prefix="f", whole="booked", size=Size(860, 20))
    (done,) = filled(chart, "f-done", "path")
    (no_show,) = filled(chart, "f-noshow", "path")
    assert right_edges(done.attrib["d"]) == 620
    assert no_show.attrib["d"].startswith("M830 0")
    assert chart.summary == ("62 of 85 completed, 8 in a room, 4 waiting, 2 still to come, 6 cancelled, 3 no-show.")
    assert chart.table.rows[-1] == ("booked", "85")


def test_what_is_to_come_is_hatched() -> None:
    chart = flow_bar(DAY, title="Flow", id_prefix="f")
    assert [pattern.get("id") for pattern in elements(chart, "pattern")] == ["f-hatch-control"]


def test_an_empty_segment_takes_no_room() -> None:
    chart = flow_bar(
        [Segment("a", 0, "f-done"), Segment("b", 5, "f-room")], title="F", id_prefix="f", size=Size(100, 20)
    )
    (only,) = filled(chart, "f-room", "path")
    assert only.attrib["d"].startswith("M2 0H98")
    assert filled(chart, "f-done", "path") == []
    assert chart.table.rows[0] == ("a", "0")


def test_booked_counted_and_result_share_one_scale() -> None:
    chart = booked_bars(BOOKED, COUNTED, RESULTS, title="B", id_prefix="b", size=Size(437, 178))
    booked, counted = (right_edges(path.attrib["d"]) for path in filled(chart, "f-room", "path"))
    assert booked == 435  # 437 less the round corner
    assert counted == pytest.approx(391 * 435 / 437, abs=0.01)
    assert chart.summary == "391 of 437 counted, 46 left out; 391 = 373 arrived + 18 no-shows."
    assert {"437 booked", "391 counted", "46 left out", "373 arrived", "18 no-shows"} <= set(texts(chart))


@pytest.mark.parametrize(("booked", "results"), [(BOOKED, RESULTS[:1]), (Segment("booked", 390, "f-room"), RESULTS)])
def test_figures_that_do_not_add_up_are_refused(booked: Segment, results: list[Segment]) -> None:
    with pytest.raises(ValueError, match="do not add up"):
        booked_bars(booked, COUNTED, results, title="B", id_prefix="b")


def test_rooms_in_use_are_filled_and_free_ones_open() -> None:
    chart = room_squares(8, 15, title="Rooms", id_prefix="r")
    assert len(filled(chart, "f-room")) == 8
    assert len([rect for rect in elements(chart, "rect") if rect.get("stroke") == "var(--control)"]) == 7
    assert len({rect.get("y") for rect in filled(chart, "f-room")}) == 1
    assert chart.summary == "8 of 15 rooms in use, 7 free."


def test_rooms_not_recorded_are_not_free_rooms() -> None:
    chart = room_squares(None, 15, title="Rooms", id_prefix="r")
    assert chart.svg == ""
    assert chart.table.rows == (("in use", "not recorded"), ("all", "15"))


def test_more_rooms_in_use_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="16 of 15"):
        room_squares(16, 15, title="Rooms", id_prefix="r")


def test_an_empty_day_has_a_sentence_and_no_drawing() -> None:
    chart = flow_bar([Segment("completed", 0, "f-done")], title="Flow", id_prefix="f")
    assert (chart.svg, chart.summary) == ("", "No appointments on this day.")
    nothing = Segment("booked", 0, "f-room")
    assert booked_bars(nothing, nothing, [], title="B", id_prefix="b").svg == ""
    assert stroked(flow_bar(DAY, title="Flow", id_prefix="f"), "surface") == []
