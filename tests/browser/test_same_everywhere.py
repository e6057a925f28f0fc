"""Figures of one period on page, API, print and wall are what SQL counts, written from the words of docs/metrics.md.

The statements read the records alone, as a superuser, and know nothing of facts, metrics or dashboards.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlalchemy import create_engine, text

from app.core.permissions import Role
from tests.browser import world as worlds
from tests.browser.test_wall import make_wall

Value = Any
Words = Callable[[Value], str]

VISITS = "FROM appointments WHERE organization_id = :o AND NOT is_test AND NOT (status = 'cancelled' AND rescheduled)"
IN_PERIOD = f"{VISITS} AND local_day BETWEEN :start AND :last"
OUTCOME = "status IN ('completed', 'no_show') OR status = 'cancelled' AND cancelled_by = 'patient'"
COMPLETION = f"count(*) FILTER (WHERE status = 'completed')::numeric / count(*) FILTER (WHERE {OUTCOME})"
CAME = "status IN ('completed', 'started', 'arrived')"
NO_SHOW = f"count(*) FILTER (WHERE status = 'no_show')::numeric / count(*) FILTER (WHERE status = 'no_show' OR {CAME})"
SEEN = "count(DISTINCT patient_id) FILTER (WHERE status = 'completed')"
ON_TIME = "count(*) FILTER (WHERE start_delay_minutes <= 15)::numeric / count(start_delay_minutes)"
SCORE = """SELECT sum(satisfaction)::numeric / count(satisfaction) FROM survey_answers
    WHERE organization_id = :o AND asked_day BETWEEN :start AND :last"""
PAID = "SELECT sum(amount) FROM payments WHERE organization_id = :o AND status = 'settled'"
COLLECTED = f"{PAID} AND local_day BETWEEN :start AND :last"
OWED = "SELECT coalesce(sum(balance), 0) FROM invoices WHERE organization_id = :o AND status IN ('issued', 'paid')"


def count(value: Value) -> str:
    return f"{value:,}"


def money(value: Value) -> str:
    return f"${value:,.0f}"


def share(value: Value) -> str:
    return f"{100 * value:.1f}%"


def score(value: Value) -> str:
    return f"{value:.1f}"


@dataclass(frozen=True)
class Same:
    """A figure: how it is written, SQL for it, the card and label on the page ("" for a tile), its path in the API."""

    words: Words
    sql: str
    card: str
    label: str
    path: str


@dataclass(frozen=True)
class Board:
    """A dashboard as one role opens it, what its statements are held to besides the organization, and its figures."""

    role: Role
    page: str
    api: str
    own: str
    figures: tuple[Same, ...]
    weeks: int = 0  # the period: so many weeks up to yesterday; else the last whole week


def of(own: str, *figures: tuple[Words, str, str, str, str]) -> tuple[Same, ...]:
    """Figures whose statements take one more condition."""
    return tuple(Same(words, f"{sql} {own}", card, label, path) for words, sql, card, label, path in figures)


HERE, MINE = "AND clinic_id = :clinic", "AND practitioner_id = :doctor"
WEEK, MONEY = "operational_metrics.weekly_performance", "payment_analysis.collection_metrics"
CLINIC = Board(
    Role.CLINIC_STAFF,
    "/clinics/{clinic}/",
    "/api/clinics/{clinic}/dashboard/",
    HERE,
    of(
        HERE,
        (count, f"SELECT count(*) {IN_PERIOD}", "week-visits", "Booked visits", f"{WEEK}.appointments.total"),
        (
            share,
            f"SELECT {COMPLETION} {IN_PERIOD}",
            "week-visits",
            "Completion rate",
            f"{WEEK}.appointments.completion_rate",
        ),
        (
            count,
            f"SELECT {SEEN} {IN_PERIOD}",
            "week-patients",
            "Patients seen",
            f"{WEEK}.patient_metrics.unique_patients",
        ),
        (score, SCORE, "week-patients", "Satisfaction", f"{WEEK}.patient_metrics.satisfaction_score"),
        (money, COLLECTED, "week-revenue", "Collected", f"{WEEK}.revenue.total"),
    ),
)
DOCTOR = Board(
    Role.DOCTOR,
    "/doctor/",
    "/api/dashboard/doctor/",
    MINE,
    of(
        MINE,
        (count, f"SELECT count(*) {IN_PERIOD}", "week", "Booked visits", "weekly_summary.appointments.total"),
        (
            share,
            f"SELECT {COMPLETION} {IN_PERIOD}",
            "week",
            "Completion rate",
            "weekly_summary.appointments.completion_rate",
        ),
        (share, f"SELECT {NO_SHOW} {IN_PERIOD}", "week", "No-show rate", "weekly_summary.appointments.no_show_rate"),
        (
            count,
            f"SELECT {SEEN} {IN_PERIOD}",
            "week",
            "Patients seen",
            "weekly_summary.patient_metrics.total_patients",
        ),
        (score, SCORE, "week", "Satisfaction", "weekly_summary.patient_metrics.satisfaction_avg"),
        (money, COLLECTED, "week", "Collected", "weekly_summary.revenue.weekly_total"),
    ),
)
BILLING = Board(
    Role.BILLING_STAFF,
    "/billing/",
    "/api/billing/dashboard/",
    "",
    of(
        "",
        (money, f"{PAID} AND local_day = :today", "revenue", "Today so far", "revenue_metrics.today.total"),
        (
            money,
            f"{PAID} AND local_day BETWEEN date_trunc('month', CAST(:today AS date)) AND :today",
            "revenue",
            "This month",
            "revenue_metrics.month.total",
        ),
        (money, OWED, "outstanding", "", f"{MONEY}.outstanding_amount"),
        (money, f"{OWED} AND due_day < :today", "overdue", "", f"{MONEY}.overdue_amount"),
        (
            money,
            f"{PAID} AND local_day BETWEEN date_trunc('year', CAST(:today AS date)) AND :today",
            "revenue",
            "This year",
            "revenue_metrics.year_to_date.total",
        ),
    ),
)
ANALYTICS = Board(
    Role.ANALYST,
    "/analytics/?period=custom&start={start}&end={last}",
    "/api/analytics/dashboard/?period=custom&start={start}&end={last}&metrics=attendance.booked,patients.seen,"
    "satisfaction.score,revenue.collected,attendance.completion_rate,waiting.on_time_rate",
    "",
    of(
        "",
        (count, f"SELECT count(*) {IN_PERIOD}", "booked", "", "metrics/attendance.booked/value"),
        (count, f"SELECT {SEEN} {IN_PERIOD}", "seen", "", "metrics/patients.seen/value"),
        (score, SCORE, "satisfaction", "", "metrics/satisfaction.score/value"),
        (money, COLLECTED, "collected", "", "metrics/revenue.collected/value"),
        (
            share,
            f"SELECT {COMPLETION} {IN_PERIOD}",
            "efficiency",
            "Completion rate",
            "metrics/attendance.completion_rate/value",
        ),
        (share, f"SELECT {ON_TIME} {IN_PERIOD}", "efficiency", "Started on time", "metrics/waiting.on_time_rate/value"),
    ),
    weeks=8,
)
COUNTED = "clinic_management.metrics_summary"
ADMIN = Board(
    Role.ADMIN,
    "/admin/",
    "/api/dashboard/admin/",
    "",
    of(
        "",
        (
            count,
            "SELECT count(*) FROM clinics WHERE organization_id = :o",
            "clinics",
            "Clinics",
            "clinic_management.total_clinics",
        ),
        (
            count,
            f"SELECT count(*) {VISITS} AND local_day = :today",
            "clinics",
            "Appointments today",
            f"{COUNTED}.total_appointments_today",
        ),
        (
            count,
            "SELECT count(*) FROM patients WHERE organization_id = :o AND active",
            "clinics",
            "Patients",
            f"{COUNTED}.total_patients",
        ),
        (
            count,
            "SELECT count(*) FROM practitioners WHERE organization_id = :o AND active",
            "clinics",
            "Doctors",
            f"{COUNTED}.total_doctors",
        ),
        (
            money,
            f"{PAID} AND local_day BETWEEN date_trunc('month', CAST(:today AS date)) AND :today",
            "clinics",
            "Collected this month",
            f"{COUNTED}.system_revenue_month",
        ),
    ),
)
BOARDS = (CLINIC, DOCTOR, BILLING, ANALYTICS, ADMIN)


class Records:
    """The site's records, asked in plain SQL."""

    def __init__(self, site) -> None:
        self.engine = create_engine(site.installed.superuser_url)
        self.known: dict[str, Any] = {"o": site.world.organization_id, "clinic": site.world.clinic_id}
        whose = "SELECT practitioner_id, patient_id FROM memberships WHERE organization_id = :o AND {} IS NOT NULL"
        self.known["doctor"] = self.row(whose.format("practitioner_id"))[0]
        self.known["patient"] = self.row(whose.format("patient_id"))[1]
        self.known["today"], self.zone = self.row(
            "SELECT (now() AT TIME ZONE zone)::date, zone FROM organizations WHERE id = :o"
        )

    def row(self, sql: str, **more: Any) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(text(sql), self.known | more).one()

    def period(self, weeks: int) -> tuple[date, date]:
        """So many weeks up to yesterday, or the last whole week from Monday."""
        today = self.known["today"]
        if weeks:
            return today - timedelta(weeks=weeks), today - timedelta(days=1)
        monday = today - timedelta(days=today.weekday() + 7)
        return monday, monday + timedelta(days=6)


@pytest.fixture
def records(site):
    found = Records(site)
    yield found
    found.engine.dispose()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.role.value)
def test_page_print_and_api_show_what_the_records_count(site, enter, records, board):
    if board is ADMIN:
        with site.app.app_context():
            worlds.count_anew(site.world)
    page = enter(board.role)
    start, last = records.period(board.weeks)
    names = {"clinic": site.world.clinic_id, "start": start, "last": last}
    assert page.goto(site.address + board.page.format(**names)).status == 200
    answer, paper = ask(page, site.address + board.api.format(**names)), printed(page)
    for figure in board.figures:
        counted = records.row(figure.sql, start=start, last=last)[0]
        assert counted, figure
        words = figure.words(counted)
        assert shown(page, figure) == words, figure
        assert figure.words(number(at(answer, figure.path))) == words, figure
        label = figure.label or page.locator(f"#w-{figure.card} h3").inner_text()
        assert re.search(rf"{re.escape(label)}.{{0,60}}?{re.escape(words)}", paper, re.DOTALL), figure


def test_a_wall_counts_the_day_as_the_records_do(site, admin, make_context, records):
    """And as the clinic's page and answer do."""
    screen = make_context(1920, 1080).new_page()
    screen.goto(make_wall(site, admin, "Counted"))
    parts = {
        "Done": ("status = 'completed'", ("completed",)),
        "In a room": ("status = 'started'", ("in_room",)),
        "Waiting": ("status = 'arrived'", ("waiting",)),
        "To come": ("status = 'booked'", ("to_come",)),
        "Not coming": ("status IN ('cancelled', 'no_show')", ("cancelled", "no_show")),
    }
    on_wall = dict(screen.eval_on_selector_all(".wall-sum div", PAIRS))
    admin.goto(site.clinic)
    day = ask(admin, f"{site.address}/api/clinics/{site.world.clinic_id}/dashboard/")
    answer = at(day, "operational_metrics.today.appointments")
    for label, (condition, names) in parts.items():
        counted = records.row(f"SELECT count(*) {VISITS} {HERE} AND local_day = :today AND {condition}")[0]
        assert re.match(r"\d+", on_wall[label]).group() == str(counted), label
        assert sum(answer["in_progress" if name == "in_room" else name] for name in names) == counted, label
    whole = records.row(f"SELECT count(*) {VISITS} {HERE} AND local_day = :today")[0]
    assert f"of {whole} booked" in screen.locator(".wall-sum").inner_text()
    assert admin.locator("#w-flow .whole dd").inner_text() == str(whole)


def test_a_patient_is_told_what_the_records_hold(site, enter, records):
    with site.app.app_context():
        worlds.book(site.world)
    mine = "organization_id = :o AND patient_id = :patient"
    owed, due = records.row(f"SELECT sum(balance), min(due_day) FROM invoices WHERE {mine} AND balance > 0")
    coming, first = records.row(
        f"SELECT count(*), min(starts_at) FROM appointments WHERE {mine} AND status = 'booked' AND starts_at > now()"
    )
    day, total = records.row(
        f"SELECT service_day, total FROM invoices WHERE {mine} ORDER BY issue_day DESC, id LIMIT 1"
    )
    page = enter(Role.PATIENT)
    page.goto(site.address + "/patient/")
    bills, visit, paper = (
        page.locator("#w-balance").inner_text(),
        page.locator("#w-next-visit").inner_text(),
        printed(page),
    )
    answer = ask(page, site.address + "/api/dashboard/patient/")
    money_now, care = answer["billing_summary"], answer["upcoming_care"]

    at_clinic = first.astimezone(ZoneInfo(records.zone))
    dates = [f"{one.day} {one:%b} {one:%Y}" for one in (due, day)]
    for words in (f"You owe ${owed:,.2f}", f"${total:,.2f}", *dates):
        assert words in bills
        assert words in paper
    assert f"{at_clinic:%H:%M}" in visit
    assert f"{at_clinic:%H:%M}" in paper
    assert page.locator("#w-later-visits .entries > li").count() == coming - 1
    assert (Decimal(money_now["outstanding_balance"]), money_now["payment_due_date"]) == (owed, str(due))
    charge = money_now["recent_charges"][0]
    assert (charge["date"], Decimal(charge["amount"])) == (str(day), total)
    assert datetime.fromisoformat(care["next_appointment"]["date"]) == first
    assert 1 + len(care["upcoming_appointments"]) == coming


PAIRS = """divs => divs.map(div =>
    [div.querySelector("dt").innerText.trim(), div.querySelector("dd").innerText.trim()])"""
FACTS = """divs => divs.map(div =>
    [div.querySelector("dt").innerText.trim(), div.querySelector("dd b")?.innerText ?? ""])"""


def shown(page: Page, figure: Same) -> str:
    """A figure as the page writes it: on a tile, or in a list of facts."""
    card = f"#w-{figure.card}"
    if not figure.label:
        unit = page.locator(f"{card} .unit")
        return page.locator(f"{card} .figure .value").inner_text() + (unit.inner_text() if unit.count() else "")
    return dict(page.eval_on_selector_all(f"{card} .facts > div", FACTS))[figure.label]


def ask(page: Page, address: str) -> dict[str, Any]:
    """The answer of the API to the page's own login."""
    answer = page.request.get(address)
    assert answer.ok, answer.text()
    found: dict[str, Any] = answer.json()
    return found


def at(answer: Any, path: str) -> Any:
    for name in path.split("/" if "/" in path else "."):
        answer = answer[name]
    return answer


def number(value: Any) -> Decimal | int:
    return value if isinstance(value, int) else Decimal(str(value))


def printed(page: Page) -> str:
    """What stands on paper, in one line."""
    sheets = PdfReader(BytesIO(page.pdf(format="A4"))).pages
    return " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
