"""What the kinds of questions make of small records: ages, comparisons, own choices, and the rights of the reader."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine

from app.charts.funnel_limits import limit_of, quantiles
from app.core.errors import Forbidden, Invalid
from app.core.period import Period, Span, period_of
from app.core.permissions import Role
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.reports import notes
from app.reports.build import build, preview
from app.reports.catalogue import REPORTS
from app.reports.content import Cell, ReportContent, Table
from app.reports.contexts import readable
from app.reports.parameters import Parameters
from app.reports.questions.breakdown import figure_columns
from app.reports.setting import Setting
from app.reports.words import listed
from app.rollups.refresh import refresh

MAY = period_of(Span.MONTH, date(2026, 5, 1))


@pytest.fixture(autouse=True)
def now():
    """It is Friday 5 June 2026 in Chicago."""
    with time_machine.travel(datetime(2026, 6, 5, 15, tzinfo=UTC), tick=False):
        yield


def table(report: ReportContent, key: str) -> Table:
    return next(each for each in report.tables() if each.key == key)


def lines(made: Table) -> list[list]:
    return [[cell.value if isinstance(cell, Cell) else cell for cell in row.cells] for row in made.lines()]


@pytest.fixture
def doctors(make_practitioner):
    return make_practitioner("Amber"), make_practitioner("Birch")


@pytest.fixture
def visits(clinic, doctors, make_appointment, make_patient):
    """Amber: 20 came, booked 3 days ahead; Birch: 15 came and 5 did not, booked 30 days ahead."""
    amber, birch = doctors
    young = make_patient("Test, Young", birth_date=date(2010, 5, 20), sex="female")
    old = make_patient("Test, Old", birth_date=date(1940, 1, 1), sex="male")
    for number in range(20):
        day = MAY.start + timedelta(days=number)
        make_appointment(clinic, day, at=time(9), practitioner_id=amber.id, patient_id=young.id, lead_days=3)
        status = "no_show" if number >= 15 else "completed"
        make_appointment(clinic, day, status, at=time(10), practitioner_id=birch.id, patient_id=old.id, lead_days=30)
    db.session.commit()
    refresh(clinic.organization_id)


@pytest.mark.usefixtures("visits")
def test_no_shows_stand_by_time_booked_ahead_in_its_own_order(system):
    found = lines(table(build(REPORTS["no_shows"], Parameters(MAY), system), "no-shows_by_time_booked_ahead"))
    assert [line[:4] for line in found] == [
        ["1 to 6 days", 20, 0, 0.0],
        ["28 days and more", 20, 5, 0.25],
        ["All", 40, 5, 0.125],
    ]


@pytest.mark.usefixtures("visits")
def test_a_patients_age_is_the_one_on_the_day_of_the_visit(system):
    found = lines(table(build(REPORTS["no_shows"], Parameters(MAY), system), "no-shows_by_age"))
    assert [line[:3] for line in found] == [["0 to 17", 20, 0], ["80 and over", 20, 5], ["All", 40, 5]]


@pytest.mark.usefixtures("visits")
def test_a_report_can_be_limited_to_an_age_and_says_so(system):
    report = build(REPORTS["appointments"], Parameters(MAY, age_bands=("80 and over",)), system)
    assert report.summary[0].cell.value == 20
    assert dict(report.facts)["Filters"] == "ages 80 and over"


@pytest.mark.usefixtures("visits")
def test_doctors_are_compared_in_order_of_name_with_limits_for_their_volume(system):
    found = lines(
        table(build(REPORTS["doctor_performance"], Parameters(MAY), system), "funnel_attendance_no_show_rate")
    )
    assert [line[0] for line in found] == ["Dr. Amber", "Dr. Birch", "All"]
    low, *_, high = quantiles(20, 0.125)
    assert found[1][1:5] == [20, 0.25, low / 20, high / 20]
    assert found[1][5] == "within"


def test_a_day_and_night_of_hours_stands_downwards_so_that_every_hour_is_on_the_paper(system, clinic, make_appointment):
    for hour in range(24):
        make_appointment(clinic, date(2026, 5, 4), "no_show" if hour == 18 else "completed", at=time(hour))
        make_appointment(clinic, date(2026, 5, 5), at=time(hour))
    db.session.commit()
    refresh(clinic.organization_id)
    report = build(REPORTS["no_shows"], Parameters(MAY), system)
    made = table(report, "no-shows_by_weekday_and_hour")
    assert [column.label for column in made.columns] == ["Hour", "Monday", "Tuesday"]
    assert [line[0] for line in lines(made)] == [f"{hour:02}:00" for hour in range(24)]
    assert lines(made)[18] == ["18:00", 1.0, 0.0]
    (drawn,) = next(section for section in report.sections if section.key == made.key).graphs
    assert drawn.drawing.summary.startswith("100.0% at the most, Monday 18:00;")


def test_what_no_record_says_is_told_as_a_sentence(system, clinic, make_appointment):
    make_appointment(clinic, date(2026, 5, 4))
    db.session.commit()
    refresh(clinic.organization_id)
    report = build(REPORTS["no_shows"], Parameters(MAY), system)
    assert table(report, "no-shows_by_time_booked_ahead").empty == "No record of this period says when it was booked."
    new = table(report, "no-shows_by_new_and_known_patients")
    assert new.empty == "No record of this period says whether the patient was new."
    assert table(report, "no-shows_by_service").empty == "No record of this period names its service."


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["0 to 17"], "0 to 17"),
        (["18 to 34", "65 to 79"], "18 to 34 and 65 to 79"),
        (["a", "b", "c"], "a, b and c"),
        (["Dr. Demo, Bruno", "Dr. Test, Tess"], "Dr. Demo, Bruno and Dr. Test, Tess"),
        (["Demo, A", "Demo, B", "Demo, C"], "Demo, A; Demo, B and Demo, C"),
    ],
)
def test_who_stands_apart_is_listed_as_one_would_say_it(names, words):
    assert listed(names) == words


def test_what_a_share_of_minutes_was_counted_from_is_no_column_on_paper():
    columns = {column.key: column for column in figure_columns([METRICS["capacity.utilisation"]])}
    assert not columns["capacity.utilisation.counted"].printed
    shares = {column.key: column for column in figure_columns([METRICS["attendance.no_show_rate"]])}
    assert shares["attendance.no_show_rate.counted"].printed


@pytest.mark.parametrize(
    ("key", "formula"),
    [
        ("revenue.card_share", "Collected by card ÷ collected."),
        ("attendance.no_show_rate", "No-shows ÷ (arrived + no-shows)."),
        ("attendance.lost_slot_rate", "(No-shows + late cancellations) ÷ (arrived + no-shows + late cancellations)."),
    ],
)
def test_a_formula_has_parentheses_around_sums_alone(key, formula):
    assert notes.formula(METRICS[key]) == formula


@pytest.mark.usefixtures("visits")
def test_what_holds_for_most_definitions_is_said_once_on_paper(system):
    content = build(REPORTS["no_shows"], Parameters(MAY), system)
    paper = Setting(content).on_paper()
    usual = "Counted by the clinic's local date of the planned start, source MediConnect, in force since 1 Jul 2026"
    assert f"{usual}, where a definition says nothing else." in paper.method
    told = dict(paper.definitions)["Booked visits, version 1"]
    assert told == "Visits booked to start in the period, whatever came of them. A moved one counts on its new day."
    assert "After NHS England" in dict(paper.definitions)["No-show rate, version 2"]
    # Files of data keep each definition whole, so that one line can be read by itself.
    whole = next(one for one in content.notes.definitions if one.key == "attendance.booked")
    assert whole.words.endswith("Source: MediConnect. In force since 1 Jul 2026.")


@pytest.mark.usefixtures("visits")
def test_a_column_in_which_nothing_stands_is_not_printed(system):
    content = build(REPORTS["no_shows"], Parameters(MAY), system)
    assert [column.label for column in table(content, "days").columns][-2:] == [
        "Median wait, min",
        "90th pct wait, min",
    ]
    days = next(part for part in Setting(content).on_paper().sections if part.anchor == "days")
    assert [column.label for column in days.tables[0].columns][-2:] == ["Rate", "Share"]
    assert days.note == "No source records when patients arrive and are seen."


def test_binomial_limits_are_the_exact_ones():
    # The distribution of 10 tosses: P(X <= 1) = 11/1024, P(X <= 8) = 1013/1024, P(X <= 9) = 1023/1024.
    assert quantiles(10, 0.5) == (1, 2, 8, 9)
    assert quantiles(10, 0.0) == (0, 0, 0, 0)
    assert limit_of(10, 0.5).upper_95 == 0.8


@pytest.mark.usefixtures("visits")
def test_an_analyst_gets_no_names_and_no_small_counts(make_actor):
    report = build(REPORTS["doctor_performance"], Parameters(MAY), make_actor(Role.ANALYST))
    text = repr(report)
    assert "Amber" not in text
    assert "Birch" not in text
    work = table(report, "work_by_doctor")
    counts = [value for line in lines(work) for value in line if isinstance(value, int)]
    assert 20 in counts
    assert not [count for count in counts if 0 < count < 11]
    assert "Other doctors are not named." in report.notes.words


@pytest.mark.usefixtures("visits")
def test_a_doctor_reads_their_own_name_and_money_and_nobody_elses(make_actor, doctors):
    amber, _ = doctors
    report = build(REPORTS["doctor_performance"], Parameters(MAY), make_actor(Role.DOCTOR, practitioner_id=amber.id))
    names = {line[0] for line in lines(table(report, "work_by_doctor"))}
    assert "Dr. Amber" in names
    assert "Birch" not in repr(report)


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        (Role.BILLING_STAFF, {"financial_summary", "payments", "accounts_receivable_aging", "claims", "claim_denials"}),
        (Role.PATIENT, set()),
    ],
)
def test_billing_staff_get_the_reports_of_money_and_patients_none(make_actor, role, keys):
    actor = make_actor(role)
    assert {key for key, report in REPORTS.items() if readable(report, actor)} - {"custom"} == keys
    with pytest.raises(Forbidden):
        build(REPORTS["appointments"], Parameters(MAY), actor)


def test_ages_add_up_to_what_is_outstanding(clinic, make_invoice, system):
    for day, balance in ((date(2026, 5, 31), "10.00"), (date(2026, 4, 15), "20.50"), (date(2026, 1, 1), "4.25")):
        make_invoice(clinic, day, "100.00", balance=Decimal(balance))
    db.session.commit()
    refresh(clinic.organization_id)
    report = build(REPORTS["accounts_receivable_aging"], Parameters(MAY), system)
    by_age = lines(table(report, "by_age"))
    assert [(line[0], line[1], line[3]) for line in by_age] == [
        ("0 to 30 days", Decimal("10.00"), 1),
        ("31 to 60 days", Decimal("20.50"), 1),
        ("61 to 90 days", 0, 0),
        ("91 to 120 days", 0, 0),
        ("Over 120 days", Decimal("4.25"), 1),
        ("All", Decimal("34.75"), 3),
    ]
    assert [line[6] for line in lines(table(report, "ages_by_payer"))] == [Decimal("34.75")] * 2


@pytest.mark.usefixtures("visits")
def test_the_readers_own_table_is_read_step_by_step(system):
    asked = Parameters(MAY, metrics=("attendance.booked",), by=("practitioner",), step=Span.WEEK)
    report = build(REPORTS["custom"], asked, system)
    found = lines(table(report, "figures"))
    assert found[:2] == [[date(2026, 5, 1), "Dr. Amber", 3], [date(2026, 5, 1), "Dr. Birch", 3]]
    assert sum(line[2] for line in found) == 40
    assert found == lines(table(report, "figures"))


@pytest.mark.usefixtures("visits")
def test_the_readers_own_table_without_steps_has_the_whole_below(system):
    asked = Parameters(MAY, metrics=("attendance.no_show_rate",), by=("weekday", "practitioner"))
    found = lines(table(build(REPORTS["custom"], asked, system), "figures"))
    assert found[0][:2] == ["Monday", "Dr. Amber"]
    assert found[-1] == ["All", "", 0.125, 40]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "metrics"),
        ({"metrics": ("attendance.none",)}, "metrics"),
        ({"metrics": ("revenue.costs",), "by": ("practitioner",)}, "by"),
        ({"metrics": ("attendance.booked",), "by": ("clinic", "clinic")}, "by"),
    ],
)
@pytest.mark.usefixtures("clinic")
def test_what_cannot_be_asked_together_is_refused_with_its_field(system, more, field):
    with pytest.raises(Invalid) as refused:
        build(REPORTS["custom"], Parameters(MAY, **more), system)
    assert refused.value.details["field"] == field


@pytest.mark.usefixtures("clinic")
def test_a_fixed_report_takes_no_dimension_and_no_filter_that_it_does_not_have(system):
    with pytest.raises(Invalid):
        build(REPORTS["claims"], Parameters(MAY, metrics=("claims.submitted",), by=("clinic",)), system)
    with pytest.raises(Invalid):
        build(REPORTS["payments"], Parameters(MAY, sexes=("female",)), system)


@pytest.mark.usefixtures("visits")
def test_a_fixed_report_is_narrowed_to_the_figures_that_were_asked_for(system):
    made = build(REPORTS["clinic_operations"], Parameters(MAY, metrics=("attendance.no_show_rate",)), system)
    assert set(made.definitions) == {"attendance.no_show_rate"}
    assert [headline.key for headline in made.summary] == ["attendance.no_show_rate"]


@pytest.mark.usefixtures("visits")
def test_figures_that_a_fixed_report_does_not_have_are_refused(system):
    with pytest.raises(Invalid, match="none of these figures"):
        build(REPORTS["claims"], Parameters(MAY, metrics=("attendance.seen",)), system)


@pytest.mark.usefixtures("visits")
def test_a_granularity_adds_the_first_figures_in_its_steps(system):
    asked = Parameters(MAY, metrics=("attendance.no_show_rate",), step=Span.WEEK)
    made = table(build(REPORTS["clinic_operations"], asked, system), "in_steps")
    assert [column.label for column in made.columns] == ["From", "No-show rate"]
    parts = [(row.cells[1].numerator, row.cells[1].denominator) for row in made.rows]
    assert tuple(map(sum, zip(*parts, strict=True))) == (5, 40)


def test_parameters_come_back_as_they_were_stored(clinic):
    asked = Parameters(MAY, clinics=(clinic.id,), by=("clinic",), metrics=("attendance.booked",), step=Span.DAY)
    assert Parameters.of(MAY, asked.stored()) == asked


@pytest.mark.parametrize("stored", [{"clinics": ["x"]}, {"clinics": "x"}, {"step": "hour"}, {"size": "A3"}, {"no": 1}])
def test_parameters_that_are_none_are_refused(stored):
    with pytest.raises(Invalid):
        Parameters.of(MAY, stored)


@pytest.mark.usefixtures("visits")
def test_the_preview_has_the_first_sections_and_the_same_summary(system):
    whole = build(REPORTS["no_shows"], Parameters(MAY), system)
    first = preview(REPORTS["no_shows"], Parameters(MAY), system)
    assert first.summary == whole.summary
    assert [section.key for section in first.sections] == [section.key for section in whole.sections[:2]]


@pytest.mark.usefixtures("visits")
def test_a_period_that_runs_is_compared_with_the_like_part_and_says_so(system):
    report = build(REPORTS["appointments"], Parameters(Period(date(2026, 6, 1), date(2026, 7, 1), Span.MONTH)), system)
    assert report.is_partial
    assert dict(report.facts)["Period"] == "1 Jun 2026 to 5 Jun 2026, so far"
    assert dict(report.facts)["Compared with"] == "1 to 5 May 2026"
    assert report.summary[0].previous == 10
