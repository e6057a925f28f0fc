"""Lines, bullets, intervals, heat maps, funnel plots."""

import pytest

from app.charts.funnel import funnel_plot, limits_at
from app.charts.heatmap import heatmap, shade
from app.charts.inline import bullet, interval
from app.charts.lines import line
from app.charts.types import Chart, FunnelLimit, FunnelPoint, Series, Signal, Size, Slot
from tests.charts.drawn import elements, filled, size, stroked, texts
from tests.charts.samples import percent, whole

SLOTS = [Slot("Mon"), Slot("Tue"), Slot("Wed")]
LIMITS = [FunnelLimit(0, 0, 2, 8, 10), FunnelLimit(100, 4, 4.5, 5.5, 6)]


def draw_line(*series: Series, **options: object) -> Chart:
    return line(SLOTS, series, **{"title": "Wait", "id_prefix": "x", "value_format": whole} | options)


def draw_funnel(*points: FunnelPoint) -> Chart:
    return funnel_plot(
        points, LIMITS, 5, title="F", id_prefix="f", value_format=whole, volume_format=whole, volume_label="visits"
    )


def test_lines_differ_by_dash_and_are_named_at_their_end() -> None:
    chart = draw_line(*(Series(name, (1, 2, 3)) for name in "ABCD"))
    assert [stroked(chart, colour)[0].get("stroke-dasharray") for colour in ("s1", "s2", "s3", "s4")] == [
        None,
        "6 3",
        "2 2",
        "8 3 1 3",
    ]
    assert set("ABCD") <= set(texts(chart))


def test_a_lone_line_needs_no_name() -> None:
    assert "A" not in texts(draw_line(Series("A", (1, 2, 3))))


def test_a_fifth_line_is_refused() -> None:
    with pytest.raises(ValueError, match="small multiples"):
        draw_line(*(Series(name, (1, 2, 3)) for name in "ABCDE"))


def test_uneven_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="one value for each slot"):
        draw_line(Series("A", (1, 2)))


def test_the_comparison_is_dashed_and_named() -> None:
    chart = draw_line(Series("A", (1, 2, 3)), comparison=Series("year before", (3, 3, 3)))
    assert stroked(chart, "common")[0].get("stroke-dasharray") == "3 3"
    assert "year before" in texts(chart)
    assert chart.table.head == ("Period", "A", "year before")
    assert chart.table.rows[0] == ("Mon", "1", "3")


def test_a_point_between_gaps_keeps_its_mark() -> None:
    chart = draw_line(Series("A", (None, 2, None)))
    assert stroked(chart, "s1") == []
    assert len(filled(chart, "s1", "circle")) == 1
    assert chart.table.rows[0] == ("Mon", "not recorded")


def test_a_bullet_has_median_percentile_and_target_on_one_scale() -> None:
    chart = bullet(14, 28, target=21, maximum=35, title="Wait", id_prefix="b", value_format=whole, size=Size(71, 18))
    (bar,) = filled(chart, "s1")
    assert size(bar)[0] == pytest.approx(28)  # 14 of 35 on 70 px
    assert stroked(chart, "s1")[0].attrib["d"].startswith("M56 ")
    assert stroked(chart, "ink")[0].attrib["d"].startswith("M42 ")
    assert chart.summary == "Median 14, 90th percentile 28, target 21."
    assert chart.table.rows == (("14", "28", "21"),)


def test_a_value_beyond_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond the scale"):
        bullet(14, 36, maximum=35, title="Wait", id_prefix="b", value_format=whole)


def test_no_waits_is_a_sentence() -> None:
    chart = bullet(None, None, maximum=35, title="Wait", id_prefix="b", value_format=whole)
    assert (chart.svg, chart.summary) == ("", "No waits timed.")


def test_an_interval_shows_point_ends_and_reference() -> None:
    chart = interval(
        5, 4, 8, reference=6, minimum=0, maximum=10, title="R", id_prefix="i", value_format=percent, size=Size(108, 18)
    )
    assert filled(chart, "s1", "circle")[0].get("cx") == "54"
    assert [path.attrib["d"].split(" ")[0] for path in stroked(chart, "ink2")] == ["M44", "M44", "M84"]
    assert stroked(chart, "control")[0].attrib["d"].startswith("M64 ")
    assert chart.summary == "5.0%, 95% interval 4.0% to 8.0%."


def test_too_few_for_an_interval_draws_nothing() -> None:
    chart = interval(None, None, None, minimum=0, maximum=10, title="R", id_prefix="i", value_format=percent)
    assert (chart.svg, chart.summary) == ("", "Too few to show.")


@pytest.mark.parametrize(("value", "fifth"), [(0, 0), (1.9, 0), (2, 1), (5, 2), (9.9, 4), (10, 4)])
def test_cells_are_shaded_in_fifths_of_the_highest(value: float, fifth: int) -> None:
    assert shade(value, 10) == fifth


def test_a_heat_map_carries_its_figures_and_hatches_what_is_unknown() -> None:
    chart = heatmap(
        ["Mon", "Tue"], ["08:00", "09:00"], [[0, 4], [2, None]], title="H", id_prefix="h", value_format=whole
    )
    assert {"0", "4", "2", "08", "09", "Mon", "Tue"} <= set(texts(chart))
    assert len(filled(chart, "s1")) == 3
    assert [rect.get("fill") for rect in elements(chart, "rect")].count("url(#h-hatch-line)") == 1
    assert chart.table.rows == (("Mon", "0", "4"), ("Tue", "2", "not recorded"))


def test_outer_limits_lie_between_the_given_volumes() -> None:
    assert limits_at(50, LIMITS) == (2, 8)
    assert limits_at(100, LIMITS) == (4, 6)
    assert limits_at(200, LIMITS) == (4, 6)


def test_a_funnel_counts_who_stands_outside_and_names_only_whom_it_may() -> None:
    chart = draw_funnel(
        FunnelPoint("Dr. Own", 50, 5, named=True),
        FunnelPoint("Dr. Other", 100, 7, signal=Signal.CONCERN),
        FunnelPoint("Dr. New", 3, None),
    )
    assert chart.summary == "5 of all 2 together; 1 stands outside the 99.8% limits."
    assert "Dr. Own" in texts(chart)
    assert "Dr. Other" not in texts(chart)
    assert chart.table.rows[2] == ("Dr. New", "3", "too few to show")


def test_a_funnel_leaves_room_between_the_greatest_volume_and_the_names_of_its_lines() -> None:
    chart = draw_funnel(FunnelPoint("A", 100, 5))
    (point,) = filled(chart, "surface", "circle")
    name = next(text for text in elements(chart, "text") if text.text == "All together 5")
    assert float(point.attrib["cx"]) + 2 * float(point.attrib["r"]) < float(name.attrib["x"])


def test_a_funnel_without_points_is_a_sentence() -> None:
    assert draw_funnel().svg == ""
    assert draw_funnel().summary == "No figures for this period."
