"""The control chart and the sparkline."""

from datetime import date, timedelta

import pytest

from app.charts.sparkline import sparkline
from app.charts.spc import spc
from app.charts.types import NARROW, Chart, Event, Judgement, Limits, Point, Signal, Target
from tests.charts.drawn import elements, filled, root, stroked, texts
from tests.charts.samples import days, percent, whole

LIMITS = Limits(5, 2, 8)


def draw(points: list[Point], **options: object) -> Chart:
    return spc(points, **{"title": "Wait", "id_prefix": "x", "value_format": whole} | options)


def weeks(count: int) -> list[Point]:
    first = date(2026, 8, 3)
    return [Point(f"week {n}", 5.0, first + timedelta(weeks=n)) for n in range(count)]


def test_each_line_is_labelled_with_its_value() -> None:
    chart = draw(days(4, 6, 5), limits=[LIMITS], target=Target(7, "≤"))
    assert {"Upper limit 8", "Mean 5", "Lower limit 2", "Target ≤ 7"} <= set(texts(chart))


def test_a_narrow_drawing_has_short_labels() -> None:
    chart = draw(days(4, 6, 5), limits=[LIMITS], target=Target(7, "≤"), size=NARROW)
    assert {"Upper 8", "Mean 5", "Lower 2", "Target 7"} <= set(texts(chart))


def test_the_band_lies_between_the_limits_and_the_mean_in_its_middle() -> None:
    chart = draw(days(4, 6, 5), limits=[LIMITS])
    (band,) = filled(chart, "sunk")
    top, height = float(band.attrib["y"]), float(band.attrib["height"])
    mean = next(path for path in stroked(chart, "control") if f" {top + height / 2:g}L" in path.attrib["d"])
    assert mean.get("stroke-dasharray") is None
    assert [path.get("stroke-dasharray") for path in stroked(chart, "common")[:2]] == ["3 3", "3 3"]


def test_limits_from_few_points_are_called_trial_limits() -> None:
    assert "trial limits" in texts(draw(weeks(11), limits=[LIMITS]))
    assert "trial limits, 11 points" in draw(weeks(11), limits=[LIMITS]).notes
    assert "trial limits" not in texts(draw(weeks(12), limits=[LIMITS]))
    assert "trial limits" not in texts(draw(weeks(3), limits=[Limits(5, 2, 8, basis=18)]))


def test_the_last_value_stands_clear_of_the_points_before_it() -> None:
    # A peak one week before the last: its mark would lie under the words.
    points = [*weeks(40), Point("peak", 7.5), Point("last", 7.0)]
    chart = draw(points, limits=[LIMITS], value_format=lambda value: f"{value * 1000:,.0f} visits")
    words = [text for text in elements(chart, "text") if text.text == "7,000 visits"][-1]
    peak = filled(chart, "surface", "circle")[40]
    assert float(words.attrib["y"]) < float(peak.attrib["cy"]) - float(peak.attrib["r"])


def test_each_signal_has_its_own_shape() -> None:
    kinds = (Signal.COMMON, Signal.IMPROVEMENT, Signal.CONCERN, Signal.NEUTRAL)
    points = [Point(str(n), 5, signal=signal) for n, signal in enumerate(kinds)]
    chart = draw(points)
    assert len(filled(chart, "surface", "circle")) == 1
    assert len(filled(chart, "improve", "circle")) == 1
    corners = [
        path.attrib["d"].count("L") for colour in ("concern-mark", "neutral") for path in filled(chart, colour, "path")
    ]
    assert corners == [3, 5]


def test_a_gap_breaks_the_line_and_has_no_mark() -> None:
    chart = draw(days(4, 5, None, 6, 7))
    lines = [path for path in stroked(chart, "common") if path.get("stroke-linejoin")]
    assert len(lines) == 2
    assert len(filled(chart, "surface", "circle")) == 4
    assert chart.table.rows[2] == ("3 Oct", "not recorded", "")


def test_the_last_complete_point_carries_its_value_and_the_unfinished_one_is_an_open_ring() -> None:
    chart = draw([*days(4, 6.4), Point("3 Oct", 9, date(2026, 10, 3), partial=True)], value_format=percent)
    assert "6.4%" in texts(chart)
    assert "9.0%" not in texts(chart)
    assert "so far" in texts(chart)
    ring = [circle for circle in elements(chart, "circle") if circle.get("stroke") == "var(--ink)"]
    assert [circle.get("fill") for circle in ring] == ["var(--surface)"]
    assert chart.table.rows[2][0] == "3 Oct, so far"


def test_an_axis_not_from_zero_says_so() -> None:
    chart = draw(days(80, 90), value_format=percent)
    assert any(text.startswith("axis starts at 7") for text in texts(chart))
    assert "axis starts" not in " ".join(texts(draw(days(1, 90))))


def test_a_lone_event_is_written_beside_its_line() -> None:
    chart = draw(weeks(20), events=[Event(date(2026, 9, 21), "text reminder")])
    assert "21 Sep: text reminder" in texts(chart)
    assert chart.notes == ()


def test_two_events_close_together_share_a_number() -> None:
    chart = draw(weeks(20), events=[Event(date(2026, 9, 21), "reminder"), Event(date(2026, 9, 23), "new rota")])
    assert "1" in texts(chart)
    assert chart.notes == ("1: 21 Sep: reminder; 23 Sep: new rota",)


def test_an_event_stands_where_its_period_begins() -> None:
    points = weeks(10)
    chart = draw(points, events=[Event(points[5].day, "reminder")])
    (line,) = stroked(chart, "ink2")
    x = float(line.attrib["d"][1:].split(" ")[0])
    marks = [float(circle.attrib["cx"]) for circle in elements(chart, "circle")]
    assert x == pytest.approx((marks[4] + marks[5]) / 2, abs=0.02)


def test_events_outside_the_drawing_are_left_out() -> None:
    chart = draw(weeks(4), events=[Event(date(2026, 8, 2), "before"), Event(date(2026, 8, 31), "after")])
    assert not any("before" in text or "after" in text for text in (*texts(chart), *chart.notes))


def test_reset_limits_are_drawn_and_told_for_their_own_span() -> None:
    chart = draw(weeks(4), limits=[Limits(5, 2, 8, last=1), Limits(4, 3, 6, first=2)])
    assert [row[2:5] for row in chart.table.rows] == [("5", "2", "8")] * 2 + [("4", "3", "6")] * 2
    assert len(filled(chart, "sunk")) == 2
    assert "Mean 4" in texts(chart)
    assert "Mean 5" not in texts(chart)


def test_the_verdict_is_only_what_the_caller_gives() -> None:
    points = days(4, 6, signal=Signal.CONCERN)
    assert draw(points).summary == "6 on 2 Oct."
    assert draw(points, reading=Judgement(Signal.CONCERN, "one point beyond the upper limit")).summary.endswith(
        "Concern: one point beyond the upper limit."
    )


@pytest.mark.parametrize("points", [[], [Point("1 Oct", None)]])
def test_without_figures_there_is_a_sentence_and_no_drawing(points: list[Point]) -> None:
    for chart in (
        draw(points, empty="No visits."),
        sparkline(points, title="W", value_format=whole, empty="No visits."),
    ):
        assert (chart.svg, chart.summary) == ("", "No visits.")


def test_one_point_is_a_chart() -> None:
    assert len(filled(draw(days(5)), "surface", "circle")) == 1


@pytest.mark.parametrize("signal", list(Signal))
def test_a_sparkline_of_a_year_of_weeks_is_below_a_kilobyte(signal: Signal) -> None:
    points = [Point(f"week {n}", 5 + (n * 7 % 11) / 10, signal=signal if n > 43 else Signal.COMMON) for n in range(52)]
    chart = sparkline(points, title="No-show rate by week", value_format=percent, limits=Limits(5.5, 4.4, 6.6))
    assert len(chart.svg.encode()) < 1000


def test_a_sparkline_breaks_at_a_gap_and_marks_its_last_point() -> None:
    chart = sparkline(days(1, 3, None, 2, 1), title="W", value_format=whole)
    (line,) = stroked(chart, "common")
    assert line.attrib["d"] == "M40 300l240-260M760 170l240 130"
    assert [(c.get("cx"), c.get("cy")) for c in filled(chart, "ink", "circle")] == [("1000", "300")]
    assert root(chart).get("viewBox") == "0 0 1040 340"


def test_a_last_point_unknown_has_no_mark() -> None:
    assert elements(sparkline(days(1, 3, None), title="W", value_format=whole), "circle") == []
