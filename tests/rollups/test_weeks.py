"""A span is its whole weeks, Monday to Sunday, and the days beside them."""

from datetime import date

import pytest

from app.rollups.weeks import whole_weeks

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
    assert whole_weeks(start, end) == weeks
