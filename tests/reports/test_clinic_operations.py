"""The clinic's month on paper shows the numbers that the screens show."""

import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from pypdf import PdfReader

from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.core.period import Span, period_of
from app.core.permissions import Role
from app.extensions import db
from app.metrics.run import run
from app.metrics.types import Query
from app.reports.build import build
from app.reports.content import Cell, ReportContent, Table
from app.reports.definitions.clinic_operations import CLINIC_OPERATIONS
from app.reports.intervals import wilson
from app.reports.parameters import Parameters
from app.reports.words import words
from app.reports.writing import Format, write
from app.rollups.refresh import refresh

MAY = period_of(Span.MONTH, date(2026, 5, 1))
KINDS = ("", "sub", "total")


@pytest.fixture(autouse=True)
def now():
    """It is Friday 5 June 2026 in Chicago."""
    with time_machine.travel(datetime(2026, 6, 5, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def may(clinic, make_appointment, make_department, make_payment):
    """Each weekday of May: two came (waits 10 and 20 min), one was missed on Mondays, one cancelled on Fridays."""
    department = make_department(clinic)
    for day in (MAY.start + timedelta(days=offset) for offset in range(MAY.days)):
        if day.weekday() > 4:
            continue
        for number, wait in enumerate((10, 20)):
            make_appointment(clinic, day, at=time(9 + number), arrived=0, started=wait, department_id=department.id)
        if day.weekday() == 0:
            make_appointment(clinic, day, "no_show", at=time(14), department_id=department.id)
        if day.weekday() == 4:
            make_appointment(clinic, day, "cancelled", at=time(15), department_id=department.id, cancelled_by="patient")
    make_payment(clinic, date(2026, 5, 5), "250.00")
    db.session.commit()
    refresh(clinic.organization_id)


@pytest.fixture
def parameters(clinic, may) -> Parameters:
    return Parameters(MAY, clinics=(clinic.id,))


@pytest.fixture
def report(parameters, system) -> ReportContent:
    return build(CLINIC_OPERATIONS, parameters, system)


def table(report: ReportContent, key: str) -> Table:
    return next(table for table in report.tables() if table.key == key)


def value(cell):
    return cell.value if isinstance(cell, Cell) else cell


def by_name(made: Table, report: ReportContent) -> dict[str, list]:
    """The values of a table's rows by the words of their first cell."""
    zone, currency = report.zone, report.currency
    return {
        words(made.columns[0].kind, row.cells[0], currency, zone): [value(cell) for cell in row.cells[1:]]
        for row in made.rows
    }


def test_every_figure_is_the_one_that_run_gives(report, system, clinic):
    asked = Query(tuple(report.definitions), MAY, filters={"clinic": (clinic.id,)})
    figures = {figure.metric.label: figure.value for figure in run(asked, system).total.figures.values()}
    shown = {
        name: values[0]
        for key in ("key_figures", "waits", "revenue", "claims", "satisfaction")
        for name, values in by_name(table(report, key), report).items()
    }
    assert shown == {name: figures[name] for name in shown}
    assert len(shown) > 20


def test_the_days_add_up_to_their_weeks_and_the_weeks_to_the_month(report):
    made = table(report, "days")
    for place, month in ((1, 21 * 2 + 4 + 5), (4, 4)):
        of_kind = {kind: [value(row.cells[place]) or 0 for row in made.rows if row.kind == kind] for kind in KINDS}
        assert sum(of_kind[""]) == sum(of_kind["sub"]) == month
        assert of_kind["total"] == [month]


def test_a_week_that_the_month_cuts_says_so(report):
    names = list(by_name(table(report, "days"), report))
    assert names[:2] == ["Fri 1 May", "Week of 27 Apr, 1 day"]
    assert "Week of 4 May" in names
    assert names[-1] == "Whole period"


def test_the_summary_says_the_rate_with_its_counts(report):
    headline = report.summary[0]
    assert headline.cell.value == pytest.approx(4 / 46)
    assert headline.sentence.startswith("4 of 46.")
    assert by_name(table(report, "key_figures"), report)["No-show rate"][0] == pytest.approx(4 / 46)


def test_counts_below_eleven_are_announced(report):
    assert report.confidentiality.startswith("Contains counts below 11")


def test_a_department_is_shown_with_its_interval(report):
    row = by_name(table(report, "no-shows_by_department"), report)["Cardiology"]
    assert row[:2] == [46, 4]
    assert tuple(row[3:5]) == pytest.approx(wilson(4, 46))
    assert report.sections[3].lead.startswith("Every interval includes 8.7%")


def test_wilsons_interval_is_that_of_the_textbooks():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) is None


def test_whoever_may_not_see_money_gets_a_report_without_it(parameters, make_actor):
    seen = build(CLINIC_OPERATIONS, parameters, make_actor(Role.DOCTOR))
    assert not [key for key in seen.definitions if key.startswith(("revenue.", "claims."))]
    assert "Revenue" not in [section.title for section in seen.sections]


def test_an_analyst_gets_no_count_below_eleven(parameters, make_actor):
    seen = build(CLINIC_OPERATIONS, parameters, make_actor(Role.ANALYST))
    assert (seen.summary[0].cell.value, seen.summary[0].cell.reason) == (None, "too few to show")
    assert not seen.confidentiality.startswith("Contains")
    counts = [value(cell) for row in table(seen, "days").rows for cell in row.cells[1:5]]
    assert not [count for count in counts if isinstance(count, int) and 0 < count < 11]


def test_billing_staff_and_other_clinics_are_refused(parameters, make_actor):
    with pytest.raises(Forbidden):
        build(CLINIC_OPERATIONS, parameters, make_actor(Role.BILLING_STAFF))
    with pytest.raises(NotFound):
        build(CLINIC_OPERATIONS, parameters, make_actor(Role.CLINIC_STAFF, clinics={new_id()}))


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_the_pdf_holds_the_tables_and_the_definitions(report, size):
    out = io.BytesIO()
    made = write(report, Format.PDF, out, size)
    pages = PdfReader(out).pages
    assert len(pages) == made.pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    wanted = (
        "May 2026",
        "8.7%",
        "Week of 27 Apr",
        "Records left out",
        "No-show rate, version 2",
        "not for publication",
        f"Page 1 of {made.pages}",
    )
    assert [part for part in wanted if part not in text] == []


def test_an_empty_month_is_said_not_filled(clinic, system):
    made = build(CLINIC_OPERATIONS, Parameters(MAY, clinics=(clinic.id,)), system)
    first = by_name(table(made, "key_figures"), made)
    assert {values[0] for values in first.values()} == {None}
    reasons = {row.cells[1].reason for row in table(made, "key_figures").rows}
    assert reasons <= {"not recorded", "none"}
    out = io.BytesIO()
    assert write(made, Format.PDF, out).pages >= 1
    assert "No source brings appointments." in " ".join(section.lead for section in made.sections)
