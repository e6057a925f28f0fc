"""The lower sections of the clinic dashboard: last week, money, doctors, findings and what is coming."""

from __future__ import annotations

from app.web.view_models import (
    Cell,
    Column,
    Condition,
    Fact,
    Facts,
    Link,
    Note,
    Notes,
    Poll,
    Row,
    Section,
    Signal,
    TableCard,
    TableView,
    Widget,
)


def poll(key: str, seconds: int = 30) -> Poll:
    return Poll(f"/clinics/1/widgets/{key}", seconds, "v41872")


def explain(key: str) -> str:
    return f"/metrics/{key}/explain?clinic=1&day=2026-11-19"


def week() -> Section:
    def facts(*rows: tuple[str, str, str]) -> Facts:
        return Facts(
            tuple(Fact(label, value, note, explain("week")) for label, value, note in rows),
            time_note="Mon 9 to Sun 15 Nov",
        )

    return Section(
        "week",
        "Last week, 9 to 15 November",
        (
            Widget(
                "week-visits",
                "facts",
                "Appointments",
                facts(
                    ("Booked", "437", "87.4 a clinic day"),
                    ("Completed", "85.4%", "373 of 437"),
                    ("Busiest day", "Thu", "94 booked"),
                    ("Busiest hours", "10 to 12", "118 booked"),
                ),
                4,
                poll("week-visits", 900),
            ),
            Widget(
                "week-patients",
                "facts",
                "Patients",
                facts(
                    ("Seen", "352", "373 visits"),
                    ("New", "58", "16.5% of those seen"),
                    ("Came back within a year", "87%", "611 of 702"),
                    ("Satisfaction", "", "Not recorded"),
                ),
                4,
                poll("week-patients", 900),
            ),
            Widget(
                "week-revenue",
                "facts",
                "Revenue, by visit date",
                facts(
                    ("Billed", "$63,750", "$12,750 a clinic day"),
                    ("Against target", "105%", "$63,750 of $60,714"),
                    ("Collected so far", "$41,120", "64.5% of billed"),
                    ("Per visit", "$170.91", "373 visits"),
                ),
                4,
                poll("week-revenue", 900),
            ),
        ),
    )


def money() -> Section:
    def row(name: str, share: str, amount: str, count: str) -> Row:
        return Row((Cell(name), Cell(count), Cell(amount), Cell(share)))

    methods = TableView(
        "Payments by method, November",
        (Column("Method"), Column("Payments", "figures"), Column("Amount", "figures"), Column("Share", "figures")),
        (
            row("Insurance", "65.0%", "$159,250", "612"),
            row("Card", "25.0%", "$61,250", "498"),
            row("Cash", "10.0%", "$24,500", "231"),
            Row((Cell("All"), Cell("1,341"), Cell("$245,000"), Cell("100.0%")), "total"),
        ),
    )
    late = Condition("stale", "Billing is 3 h 12 min old.", "Shown as of 13:00.")
    revenue = Facts(
        (
            Fact("Today, to 13:00", "$6,310", "43 payments", explain("collected")),
            Fact("This week", "$38,405", "Mon to Thu 13:00", explain("collected")),
            Fact("This month", "$245,000", "1 to 19 Nov", explain("collected")),
            Fact("This year", "$2,604,180", "1 Jan to 19 Nov", explain("collected")),
        ),
        time_note="13:00",
    )
    owed = Facts(
        (
            Fact("Open invoices", "125", "", explain("outstanding")),
            Fact("Outstanding", "$45,000", "29 invoices past 60 days", explain("outstanding")),
            Fact("Collected of billed", "92.0%", "last 12 months", explain("collection")),
            Fact("Days to payment", "18.5", "median of 1,204", explain("days-to-pay")),
        ),
        time_note="13:00",
    )
    return Section(
        "money",
        "Money",
        (
            Widget("revenue", "facts", "Collected by period", revenue, 4, poll("revenue", 120), late),
            Widget("outstanding", "facts", "Outstanding", owed, 4, poll("outstanding", 120)),
            Widget(
                "methods",
                "table",
                "How it was paid, November",
                TableCard(methods, count_note="1,341 payments", time_note="13:00"),
                4,
                poll("methods", 900),
            ),
        ),
    )


def people() -> Section:
    def row(name: str, field: str, today: str, week: str, done: str, punctual: str, per: str) -> Row:
        return Row(
            (
                Cell(name, field, url="/doctors/1"),
                Cell(today),
                Cell(week),
                Cell(done),
                Cell(punctual),
                Cell(per),
                Cell("Too few", tone="muted"),
            )
        )

    doctors = TableView(
        "Doctors, this week",
        (
            Column("Doctor", sort_url="?sort=name", sorted="ascending"),
            Column("Today", "figures", sort_url="?sort=today"),
            Column("This week", "figures"),
            Column("Completed", "figures"),
            Column("Started within 15 min", "figures", spare=True),
            Column("Collected a visit", "figures", spare=True),
            Column("Replies", "figures", spare=True),
        ),
        (
            row("Dr. Ejemplo", "General practice", "22", "101", "88%", "71%", "$141"),
            row("Dr. Esempio", "Pediatrics", "14", "66", "90%", "64%", "$138"),
            row("Dr. Example", "Cardiology", "25", "118", "86%", "58%", "$203"),
            row("Dr. Muster", "Physiotherapy", "14", "70", "93%", "83%", "$96"),
            row("Dr. Sample", "Dermatology", "10", "48", "89%", "77%", "$166"),
            Row((Cell("All"), Cell("85"), Cell("403"), Cell("88%"), Cell("68%"), Cell("$153"), Cell("19")), "total"),
        ),
    )
    return Section(
        "people",
        "Doctors",
        (
            Widget(
                "doctors",
                "table",
                "Doctors, this week so far",
                TableCard(
                    doctors,
                    "Listed by name. Fair comparison needs the funnel plot on the doctors page.",
                    (Link("Compare fairly", "/doctors/comparison"),),
                    "403 visits",
                    "16:12",
                ),
                12,
                poll("doctors", 120),
            ),
        ),
    )


def ahead() -> Section:
    findings = Notes(
        (
            Note(
                "finding",
                "No-shows fell after the text reminders",
                "4.6% in the week of 9 Nov against a mean of 6.5% (18 of 391). Eight weeks in a row below the mean; "
                "the rule asks for 7.",
                "since 21 Sep",
                "",
                "/insights/1",
                Signal("improvement", "Improvement", "down"),
            ),
            Note(
                "finding",
                "Cardiology books further ahead",
                "Third next available 9 days against a mean of 6 (median of 3 doctors). Two of three points beyond "
                "two sigma.",
                "since 2 Nov",
                "",
                "/insights/2",
                Signal("concern", "Concern: two of three points near the limit", "up"),
            ),
        ),
        Link("All insights", "/insights"),
        "No rule fired this week.",
    )
    events = Notes(
        (
            Note(
                "event",
                "Heating maintenance, ground floor",
                "06:00 to 10:00. Rooms 1 to 4 closed until 10:00; 7 visits are booked there.",
                "Fri 20 Nov",
                "4 h",
            ),
            Note(
                "event",
                "Nurses' training",
                "14:00 to 16:00, 15 people. 12 afternoon slots are blocked.",
                "Tue 24 Nov",
                "2 h",
            ),
            Note("event", "Thanksgiving, clinic closed", "No appointments are booked.", "Thu 26 Nov", "all day"),
        ),
        Link("Event log", "/event-log"),
        "Nothing planned in the next 14 days.",
    )
    capacity = Condition(
        "error", "Could not read the roster.", "Shown: nothing until the next try at 16:15.", request_id="req-7f3a19"
    )
    return Section(
        "ahead",
        "Findings and what is coming",
        (
            Widget("insights", "notes", "2 findings", findings, 6, poll("insights", 3600)),
            Widget("events", "notes", "Coming up", events, 6, poll("events", 900)),
            Widget("staff", "facts", "Staff on duty", None, 6, poll("staff"), capacity),
            Widget(
                "tasks",
                "facts",
                "Follow-up calls",
                None,
                6,
                poll("tasks"),
                Condition("empty", "No calls are planned today.", "", Link("Plan calls", "/worklists/overdue")),
            ),
        ),
    )
