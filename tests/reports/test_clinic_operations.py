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
from app.reports import clinic_operations, clinic_paper, pdf
from app.reports.intervals import wilson
from app.reports.types import ReportRequest
from app.rollups.refresh import refresh

MAY = period_of(Span.MONTH, date(2026, 5, 1))


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
def request_(organization, clinic, may) -> ReportRequest:
    return ReportRequest(organization.id, clinic.id, MAY, "Cora", datetime(2026, 6, 5, 15, tzinfo=UTC))


@pytest.fixture
def report(request_, system):
    return clinic_operations.build(request_, system)


def test_every_figure_is_the_one_that_run_gives(report, system, clinic):
    asked = Query(tuple(report.figures), MAY, filters={"clinic": (clinic.id,)})
    assert report.figures == run(asked, system).total.figures
    assert len(report.figures) > 20


def test_the_days_add_up_to_their_weeks_and_the_weeks_to_the_month(report):
    booked, missed = clinic_operations.BOOKED, clinic_operations.NO_SHOWS
    for key, month in ((booked, 21 * 2 + 4 + 5), (missed, 4)):
        assert sum(week.figures[key].value or 0 for week in report.weeks) == month
        for week in report.weeks:
            assert sum(points[key].value for _, points in week.days) == (week.figures[key].value or 0)
        assert report.month[key].value == month


def test_a_week_that_the_month_cuts_says_so(report):
    first, second = report.weeks[:2]
    assert (first.is_cut, len(first.days), second.is_cut) == (True, 1, False)
    labels = [row.cells[0].text for row in _section(report, "No-shows and waits by day").table.rows]
    assert labels[:2] == ["Fri 1 May", "Week of 27 Apr, 1 day"]
    assert labels[-1] == "May 2026"


def _section(report, title):
    made = clinic_paper.paper(report, ReportRequest(new_id(), new_id(), MAY, "Cora", datetime.now(UTC)))
    return next(section for section in made.sections if section.title == title)


def test_the_paper_says_the_rate_with_its_counts(report, request_):
    made = clinic_paper.paper(report, request_)
    assert made.findings[0].figure == "8.7%"
    assert made.findings[0].sentence.startswith("4 of 46 visits.")
    key = {row.cells[0].text: [cell.text for cell in row.cells] for row in made.key_figures.rows}
    assert key["No-show rate"][1] == "8.7%"
    assert key["No-show rate"][-1] == "4 of 46"


def test_counts_below_eleven_are_announced(report, request_):
    assert clinic_paper.paper(report, request_).confidentiality.startswith("Contains counts below 11")


def test_a_department_is_shown_with_its_interval(report):
    row = _section(report, "No-shows by department").table.rows[0]
    low, high = wilson(4, 46)
    assert row.cells[4].text == f"{low * 100:.1f} to {high * 100:.1f}%"
    assert "</svg>" in row.cells[5].mark


def test_wilsons_interval_is_that_of_the_textbooks():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) is None


def test_whoever_may_not_see_money_gets_a_report_without_it(request_, make_actor, clinic):
    seen = clinic_operations.build(request_, make_actor(Role.DOCTOR))
    assert not [key for key in seen.figures if key.startswith(("revenue.", "claims."))]
    titles = [section.title for section in clinic_paper.paper(seen, request_).sections]
    assert "Revenue" not in titles


def test_an_analyst_gets_no_count_below_eleven(request_, make_actor):
    seen = clinic_operations.build(request_, make_actor(Role.ANALYST))
    assert seen.figures[clinic_operations.NO_SHOW_RATE].value is None
    assert not clinic_paper.paper(seen, request_).confidentiality.startswith("Contains")


def test_billing_staff_and_other_clinics_are_refused(request_, make_actor):
    with pytest.raises(Forbidden):
        clinic_operations.build(request_, make_actor(Role.BILLING_STAFF))
    with pytest.raises(NotFound):
        clinic_operations.build(request_, make_actor(Role.CLINIC_STAFF, clinics={new_id()}))


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_the_pdf_holds_the_tables_and_the_definitions(report, request_, size):
    html = pdf.to_html(clinic_paper.paper(report, request_), "reports/clinic_operations.html")
    pages = PdfReader(io.BytesIO(pdf.render(html).content)).pages
    words = " ".join("".join(page.extract_text() for page in pages).split())
    wanted = (
        "May 2026",
        "8.7%",
        "Week of 27 Apr",
        "Records left out",
        "No-show rate, version 2",
        "not for publication",
    )
    assert [part for part in wanted if part not in words] == []


def test_an_empty_month_is_said_not_filled(organization, clinic, system):
    request_ = ReportRequest(organization.id, clinic.id, MAY, "Cora", datetime(2026, 6, 5, tzinfo=UTC))
    made = clinic_paper.paper(clinic_operations.build(request_, system), request_)
    assert made.findings == ()
    assert {row.cells[1].text for row in made.key_figures.rows} <= {"Not recorded", "None"}
    assert pdf.render(pdf.to_html(made, "reports/clinic_operations.html")).pages >= 1
