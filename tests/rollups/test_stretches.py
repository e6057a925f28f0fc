"""A span is its whole stretches, each from a Monday on, and the days beside them."""

from datetime import date

import pytest

from app.rollups.stretches import begin_of, whole

MONDAY, NEXT, LATER = date(2026, 6, 8), date(2026, 6, 15), date(2026, 6, 22)


@pytest.mark.parametrize(
    ("start", "end", "weeks"),
    [
        (MONDAY, NEXT, (MONDAY, NEXT)),
        (date(2026, 6, 4), date(2026, 6, 25), (MONDAY, LATER)),
        (date(2026, 6, 9), LATER, (NEXT, LATER)),
        (date(2026, 6, 9), date(2026, 6, 21), None),
        (MONDAY, date(2026, 6, 14), None),
        (None, NEXT, (date.min, NEXT)),
        (None, date(2026, 6, 18), (date.min, NEXT)),
    ],
)
def test_the_whole_weeks_of_a_span(start, end, weeks):
    assert whole(start, end, 7) == weeks


def test_four_weeks_follow_each_other_from_monday_to_monday():
    first = begin_of(MONDAY, 28)
    assert (first, first.weekday()) == (date(2026, 5, 25), 0)
    assert begin_of(date(2026, 6, 21), 28) == first
    assert begin_of(LATER, 28) == LATER
    assert whole(MONDAY, date(2026, 8, 1), 28) == (LATER, date(2026, 7, 20))
    assert whole(MONDAY, LATER, 28) is None
