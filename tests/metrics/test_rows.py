"""The records behind a figure come a page at a time, with how many there are in the same answer."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from app.extensions import db
from app.metrics.rows import Part, rows
from app.metrics.types import Query
from tests.metrics.conftest import MONDAY, WEEK


@pytest.fixture
def query(clinic, make_appointment):
    """A week: 60 came, on two days; 30 did not; 5 have no outcome, 2 were cancelled by the clinic."""
    for status, count, more in (
        ("completed", 60, {}),
        ("no_show", 30, {}),
        ("unknown", 5, {}),
        ("cancelled", 2, {"cancelled_by": "clinic"}),
    ):
        for number in range(count):
            make_appointment(clinic, MONDAY + timedelta(days=number % 2), status, **more)
    db.session.commit()
    return Query((), WEEK, filters={"clinic": (clinic.id,)})


@pytest.fixture
def sent(app):
    """How many rows each statement about appointments brought."""
    found = []

    def note(_connection, cursor, statement, *_):
        if " appointments" in statement:
            found.append(cursor.rowcount)

    event.listen(db.engine, "after_cursor_execute", note)
    yield found
    event.remove(db.engine, "after_cursor_execute", note)


@pytest.mark.parametrize(
    ("part", "total", "page"), [(Part.NUMERATOR, 30, 7), (Part.DENOMINATOR, 90, 20), (Part.EXCLUDED, 7, 3)]
)
def test_a_page_is_one_statement_and_brings_no_more_rows_than_it_shows(query, system, sent, part, total, page):
    found = rows("attendance.no_show_rate", query, system, part, first=2, size=page)
    assert (len(found.records), found.total, found.amount) == (page, total, total)
    assert sent == [page]


def test_a_page_beyond_the_last_still_says_how_many_there_are(query, system):
    found = rows("attendance.seen", query, system, first=100, size=50)
    assert (found.records, found.total, found.table) == ((), 60, "appointments")


@pytest.mark.parametrize("part", Part)
def test_the_pages_together_are_the_whole(query, system, part):
    whole = rows("attendance.no_show_rate", query, system, part)
    pages = [rows("attendance.no_show_rate", query, system, part, first, 8).records for first in range(0, 96, 8)]
    assert sum(pages, ()) == whole.records
    assert whole.total == len(whole.records)


def test_what_is_left_out_says_why_on_each_page(query, system):
    found = rows("attendance.no_show_rate", query, system, Part.EXCLUDED)
    assert sorted({record.why for record in found.records}) == ["Cancelled by the clinic", "Outcome not recorded"]
