"""Nothing small follows from what stands beside it: rows, weeks, reasons, other metrics. k is 11."""

from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest

from app.core.period import Period, Span
from app.core.permissions import Role
from app.metrics.derivation import Known
from app.metrics.explain import explain
from app.metrics.run import run_all
from app.metrics.types import Query
from app.rollups.refresh import refresh
from tests.metrics.conftest import MONDAY, WEEK

BOOKED, SEEN = "attendance.booked", "attendance.seen"


@pytest.fixture
def analyst(make_actor):
    """Someone from whom counts below 11 stay hidden."""
    return make_actor(Role.ANALYST)


@pytest.fixture
def book(clinic, make_appointment):
    """Books so many visits of a status on a day."""

    def make(count, status="completed", day=MONDAY, **more):
        for _ in range(count):
            make_appointment(clinic, day, status, **more)

    return make


def _values(result, key=BOOKED):
    return [row.figures[key].value for row in result.rows]


def test_a_sum_follows_from_others_if_it_is_a_combination_of_them():
    known = Known([({"a": 1, "b": 1, "c": 1}, 0), ({"b": 1}, 1), ({"c": 2}, 2), ({"d": 1}, 3)])
    assert known.derivation({"a": 1}) == {0, 1, 2}
    assert known.derivation({"a": 3, "b": 3}) == {0, 2}
    assert known.derivation({"e": 1}) is None


def test_a_sum_does_not_follow_where_two_of_its_parts_are_unknown():
    assert Known([({"a": 1, "b": 1, "c": 1}, 0), ({"c": 1}, 1)]).derivation({"a": 1}) is None


def test_hidden_rows_that_are_small_together_take_another_with_them(clinic, make_department, book, analyst, ask):
    for name, count in (("A", 1), ("B", 2), ("C", 15), ("D", 20)):
        book(count, department_id=make_department(clinic, name).id)
    result = ask(BOOKED, by=("department",), actor=analyst)
    assert result.figure(BOOKED).value == 38
    assert _values(result) == [None, None, None, 20]  # 38 − 20 − 15 would tell that A and B had 3


def test_a_hidden_row_without_a_name_is_no_rest_of_the_others(clinic, make_department, book, analyst, ask):
    book(3)
    for name, count in (("B", 15), ("C", 20)):
        book(count, department_id=make_department(clinic, name).id)
    result = ask(BOOKED, by=("department",), actor=analyst)
    assert result.figure(BOOKED).value == 38
    assert _values(result) == [None, 20, None]


def test_a_hidden_week_is_no_rest_of_a_shown_month(book, analyst, ask):
    for week, count in enumerate((20, 3, 15)):
        book(count, day=date(2026, 5, 25) + timedelta(weeks=week))
    weeks = Period(date(2026, 5, 25), date(2026, 6, 15))
    booked = ask(BOOKED, period=weeks, step=Span.WEEK, actor=analyst).figure(BOOKED)
    assert booked.value == 38
    assert [point.value for point in booked.series] == [20, None, None]


def test_weeks_of_another_question_of_the_page_tell_nothing_either(clinic, book, analyst):
    for week, count in enumerate((20, 3, 15)):
        book(count, day=date(2026, 5, 25) + timedelta(weeks=week))
    refresh(clinic.organization_id)
    first = date(2026, 5, 25)
    spans = [Period(first, first + timedelta(21)), *(Period(one, one + timedelta(7)) for one in _mondays(first))]
    answers = run_all([Query((BOOKED,), span, compare=False) for span in spans], analyst)
    assert [answer.figure(BOOKED).value for answer in answers] == [38, 20, None, None]


def _mondays(first):
    return [first + timedelta(weeks=week) for week in range(3)]


def test_a_small_metric_is_no_rest_of_the_metrics_beside_it(book, analyst, ask):
    for count, status, more in (
        (20, "completed", {}),
        (13, "no_show", {}),
        (12, "cancelled", {"cancelled_by": "clinic"}),
        (2, "unknown", {}),
    ):
        book(count, status, **more)
    keys = (BOOKED, SEEN, "attendance.no_shows", "attendance.cancelled", "attendance.to_come")
    result = ask(*keys, actor=analyst)
    assert [result.figure(key).value for key in keys] == [47, 20, 13, None, None]
    reasons = {part.label: part.count for key in keys for part in result.figure(key).excluded}
    assert "Cancelled by the clinic" not in reasons


def test_a_figure_of_one_clinic_is_no_rest_of_two(clinic, make_clinic, make_appointment, book, analyst):
    book(20)
    other = make_clinic("Uptown")
    for _ in range(4):
        make_appointment(other, MONDAY)
    refresh(clinic.organization_id)
    both, one = (Query((BOOKED,), WEEK, filters=filters, compare=False) for filters in ({}, {"clinic": (clinic.id,)}))
    split = Query((BOOKED,), WEEK, by=("clinic",), compare=False)
    answers = run_all([both, one, split], analyst)
    assert [answers[0].figure(BOOKED).value, answers[1].figure(BOOKED).value, *_values(answers[2])] == [
        24,
        None,
        None,
        None,
    ]


def test_figures_that_do_not_say_what_they_leave_out_are_hidden_alike(clinic, make_department, book, analyst, ask):
    for name, count in (("A", 3), ("B", 15), ("C", 20)):
        book(count, department_id=make_department(clinic, name).id)
    assert _values(ask(BOOKED, by=("department",), exclusions=False, actor=analyst)) == [None, None, 20]


def test_all_may_be_shown_where_nothing_is_small(clinic, make_department, book, analyst, ask):
    for name, count in (("A", 11), ("B", 15), ("C", 20)):
        book(count, department_id=make_department(clinic, name).id)
    assert _values(ask(BOOKED, by=("department",), actor=analyst)) == [11, 15, 20]


@pytest.fixture
def cancelled(book):
    """A week: 25 came, 12 did not; 12, 13 and 14 cancelled; 6 have no outcome."""
    for count, status, more in (
        (25, "completed", {}),
        (12, "no_show", {}),
        (12, "cancelled", {"cancelled_by": "patient", "cancelled_notice_hours": 2}),
        (13, "cancelled", {"cancelled_by": "patient", "cancelled_notice_hours": 90}),
        (14, "cancelled", {"cancelled_by": "clinic"}),
        (6, "unknown", {}),
    ):
        book(count, status, **more)


def _explained(clinic, analyst):
    refresh(clinic.organization_id)
    return explain("attendance.no_show_rate", Query((), WEEK, filters={"clinic": (clinic.id,)}), analyst)


def test_a_reason_is_no_rest_of_another_definition_and_the_reasons_beside_it(clinic, cancelled, analyst):
    found = _explained(clinic, analyst)
    assert found.figure.denominator == 37
    assert [one.denominator for one in found.definitions] == [37, 82, 82, 25, 49]
    # Version 1 tells the 12 late ones, so beside them only one other reason may stand: 82 - 37 - 12 - 13 - 14 = 6.
    reasons = {reason.label: reason.count for reason in found.funnel.reasons}
    assert list(reasons.values()) == [12, 14, 19]
    assert found.funnel.left_out == sum(reasons.values()) == 45


def test_a_reason_is_no_difference_between_all_records_and_another_definition(clinic, cancelled, book, analyst):
    book(8, is_test=True)
    found = _explained(clinic, analyst)
    assert found.funnel.population == 90
    assert [one.denominator for one in found.definitions] == [37, None, None, 25, 49]  # 90 - 82 would be the 8 tests


def test_the_way_of_a_hidden_figure_does_not_count_its_records(clinic, book, analyst):
    book(5)
    refresh(clinic.organization_id)
    found = explain(BOOKED, Query((), WEEK, filters={"clinic": (clinic.id,)}), analyst)
    assert (found.figure.value, found.way.records) == (None, None)


def test_the_way_tells_no_difference_to_the_records_counted(clinic, book, analyst):
    book(40)
    book(3, "unknown")
    refresh(clinic.organization_id)
    found = explain(SEEN, Query((), WEEK, filters={"clinic": (clinic.id,)}), analyst)
    assert (found.figure.value, found.funnel, found.way.records) == (40, None, None)


# What each metric counts of the outcomes below, from the words of the catalogue.
OUTCOMES = ("completed", "no_show", "by_clinic", "unknown")
COUNTS = {
    BOOKED: {"completed", "no_show", "by_clinic", "unknown"},
    SEEN: {"completed"},
    "attendance.no_shows": {"no_show"},
    "attendance.cancelled": {"by_clinic"},
    "attendance.to_come": {"unknown"},
}
DEPARTMENTS = ("A", "B", "C")


@pytest.mark.parametrize("seed", range(4))
def test_no_hidden_count_is_a_combination_of_shown_ones(seed, clinic, make_department, book, analyst, ask):
    random = Random(seed)
    there = {(name, outcome): random.choice((0, 2, 5, 12, 14)) for name in DEPARTMENTS for outcome in OUTCOMES}
    departments = {name: make_department(clinic, name).id for name in DEPARTMENTS}
    for (name, outcome), count in there.items():
        status = "cancelled" if outcome == "by_clinic" else outcome
        more = {"cancelled_by": "clinic"} if outcome == "by_clinic" else {}
        book(count, status, department_id=departments[name], **more)
    result = ask(*COUNTS, by=("department",), actor=analyst)
    cells = list(there)
    shown, hidden = [], []
    for row, names in [(result.total, DEPARTMENTS), *((row, (row.label,)) for row in result.rows)]:
        for key, outcomes in COUNTS.items():
            vector = [int(name in names and outcome in outcomes) for name, outcome in cells]
            count = sum(there[cell] for cell, is_in in zip(cells, vector, strict=True) if is_in)
            figure = row.figures[key]
            assert figure.value in (None, count)
            if figure.value is not None:
                shown.append(vector)
            elif 0 < count < 11:
                hidden.append(vector)
    assert hidden
    rank = _rank(shown)
    assert [vector for vector in hidden if _rank([*shown, vector]) == rank] == []


def _rank(vectors):
    """How many of the vectors are no combination of those before them."""
    leads = []
    for vector in vectors:
        rest = [Fraction(one) for one in vector]
        for column, lead in leads:
            factor = rest[column]
            rest = [one - factor * other for one, other in zip(rest, lead, strict=True)]
        column = next((place for place, one in enumerate(rest) if one), None)
        if column is not None:
            leads.append((column, [one / rest[column] for one in rest]))
    return len(leads)
