"""The clinic dashboard on Thursday 19 November 2026 at 16:12."""

from __future__ import annotations

from app.web.view_models import (
    Action,
    BoardPage,
    Cell,
    Chart,
    Column,
    Condition,
    Filters,
    Flow,
    Link,
    Note,
    Notes,
    Phrase,
    Picker,
    Row,
    Section,
    Signal,
    TableCard,
    TableView,
    Tile,
    Widget,
    Worklist,
    WorkRow,
    flow_segments,
)
from tests.web.samples import charts
from tests.web.samples.clinic_sections import ahead, explain, money, people, poll, week
from tests.web.samples.shell import FRESH

CALM = Signal("common", "No significant change")
BETTER = Signal("improvement", "Improvement, weekly", "down")
FLOW_PARTS = (
    ("done", "completed", 62),
    ("room", "in a room", 8),
    ("wait", "waiting", 4),
    ("later", "still to come", 2),
    ("cancel", "cancelled", 6),
    ("noshow", "no-show", 3),
)
DEPARTMENTS = (
    ("Cardiology", 25, 21, 14, 31),
    ("General practice", 22, 19, 9, 19),
    ("Pediatrics", 14, 11, 12, 26),
    ("Physiotherapy", 14, 11, 6, 12),
    ("Dermatology", 10, 8, 8, 15),
)


def tile(key: str, body: Tile, condition: Condition | None = None) -> Widget:
    return Widget(key, "tile", body.label, body, 3, poll(key), condition or Condition())


def tiles() -> tuple[Widget, ...]:
    wave = [3.0, 4.0, 3.5, 5.0, 2.5, 4.5, 4.0, 3.0, 4.2, 5.0]
    return (
        tile(
            "wait",
            Tile(
                "Wait to be seen, median",
                "11",
                "min",
                "90th pct 27",
                Phrase("2 min longer", "than last Thu"),
                "Target ≤ 15 min: met",
                CALM,
                charts.sparkline(wave),
                "69 of 70 timed",
                "16:12",
                explain("wait.median"),
            ),
        ),
        tile(
            "no-show",
            Tile(
                "No-show rate, today",
                "3.9",
                "%",
                "",
                Phrase("0.2 points less", "than last Thu"),
                "Target ≤ 5.0%: met",
                BETTER,
                charts.sparkline(charts.WEEKS + charts.SINCE, 8),
                "3 of 77",
                "16:12",
                explain("no-show"),
            ),
        ),
        tile(
            "started",
            Tile(
                "Started within 15 min",
                "68",
                "%",
                "",
                Phrase("3 points less", "than last Thu"),
                "Target ≥ 80%: missed by 12 points",
                CALM,
                charts.sparkline(wave[::-1]),
                "47 of 69 timed",
                "16:12",
                explain("started"),
            ),
        ),
        tile(
            "rooms",
            Tile(
                "Rooms in use now",
                "8",
                "of 15",
                "",
                Phrase("1 more", "than last Thu"),
                "53% of rooms; no target set",
                CALM,
                charts.sparkline(wave),
                "15 rooms",
                "16:12",
                explain("rooms"),
            ),
        ),
        tile(
            "third-next",
            Tile(
                "Third next available",
                "6",
                "days",
                "",
                Phrase("Same", "as last Thu"),
                "Target ≤ 7 days: met",
                CALM,
                charts.sparkline(wave[::-1]),
                "median, 8 doctors",
                "sampled 07:00",
                explain("third-next"),
            ),
        ),
        tile(
            "collected",
            Tile(
                "Collected, by payment date",
                "$6,310",
                "",
                "",
                Phrase("$370 more", "than last Thu to 13:00"),
                "No target set for a part of a day",
                CALM,
                charts.sparkline(wave),
                "43 payments",
                "13:00, due hourly",
                explain("collected"),
            ),
            Condition("stale", "3 h 12 min old"),
        ),
        tile(
            "nps",
            Tile(
                "Would recommend us (NPS)",
                change=Phrase("19 replies", "in the last 30 days"),
                count_note="112 asked, 17% replied",
                time_note="06:00",
                explain_url=explain("nps"),
            ),
            Condition("suppressed", "Too few to show", "Shown from 30 replies up"),
        ),
        tile(
            "equipment",
            Tile(
                "Equipment use",
                count_note="ECG, ultrasound, X-ray",
                time_note="never",
                explain_url=explain("equipment"),
            ),
            Condition(
                "not_recorded", "Not recorded", "No source sends equipment times.", Link("Connect a source", "/sources")
            ),
        ),
    )


def hours_table() -> TableView:
    names = [label for _, label, _ in FLOW_PARTS]
    rows = [
        Row((Cell(f"{hour}:00"), *(Cell(str(n)) for n in counts), Cell(str(sum(counts)))))
        for hour, counts in charts.HOURS
    ]
    totals = [sum(counts[i] for _, counts in charts.HOURS) for i in range(6)]
    rows.append(Row((Cell("All"), *(Cell(str(n)) for n in totals), Cell(str(sum(totals)))), "total"))
    columns = (Column("Start"), *(Column(name.capitalize(), "figures") for name in names), Column("All", "figures"))
    return TableView("Appointments by start hour", columns, tuple(rows))


def departments() -> TableView:
    rows = [
        Row(
            (
                Cell(name),
                Cell(str(booked)),
                Cell(str(seen)),
                Cell(str(median)),
                Cell(str(high), tone="beyond" if high > 30 else ""),
                Cell(mark=charts.bullet(median, high, 10 if name == "Physiotherapy" else 15)),
            )
        )
        for name, booked, seen, median, high in DEPARTMENTS
    ]
    rows.append(Row((Cell("All"), Cell("85"), Cell("70"), Cell("11"), Cell("27"), Cell()), "total"))
    columns = (
        Column("Department"),
        Column("Booked", "figures", spare=True),
        Column("Seen", "figures"),
        Column("Median", "figures"),
        Column("90th", "figures"),
        Column("Wait, min", "mark", spare=True),
    )
    return TableView("Wait by department", columns, tuple(rows))


def alerts() -> Notes:
    return Notes(
        (
            Note(
                "concern",
                "Cardiology: long waits",
                "90th percentile 31 min, limit 25, for three checks in a row",
                "1 h 52 min",
                "not taken",
                "/alerts/1",
            ),
            Note(
                "late",
                "Billing feed is late",
                "Last data 13:00, due every hour. Collected is shown as of 13:00",
                "3 h 12 min",
                "Billing desk",
                "/alerts/2",
            ),
            Note(
                "out",
                "X-ray 2 out of service",
                "6 visits moved to X-ray 1 today",
                "7 h 02 min",
                "Facilities",
                "/alerts/3",
            ),
            Note(
                "people",
                "Nurses short on Tue 24 Nov",
                "4 on the roster, 6 needed for 88 booked visits",
                "opened 09:00",
                "not taken",
                "/alerts/4",
            ),
        ),
        Link("All alerts", "/alerts"),
    )


def overdue() -> Worklist:
    def actions(number: int, name: str) -> tuple[Action, ...]:
        fields = (("item", str(number)),)
        return (
            Action("Log contact", "/worklists/overdue/contact", "phone", fields=fields, about=f"with {name}"),
            Action("Book", f"/worklists/overdue/{number}/book", "calendar-plus", "get", about=f"for {name}"),
        )

    people = (
        (
            "Demo, Alba",
            "MC-004417",
            "Heart failure review",
            "Tue 22 Sep",
            "58 days",
            "Dr. Example",
            "2 calls, no answer",
        ),
        ("Test, Bruno", "MC-001182", "Warfarin blood test", "Mon 12 Oct", "38 days", "Dr. Sample", "Not tried"),
        (
            "Sample, Cora",
            "MC-002950",
            "Diabetes 6-month check",
            "Fri 16 Oct",
            "34 days",
            "Dr. Muster",
            "Message sent 17 Nov",
        ),
        ("Mock, Dilan", "MC-003306", "Wound check after surgery", "Thu 5 Nov", "14 days", "Dr. Ejemplo", "Not tried"),
        (
            "Fixture, Edda",
            "MC-000871",
            "Repeat lipid panel",
            "Mon 9 Nov",
            "10 days",
            "Dr. Esempio",
            "1 call, will ring back",
        ),
    )
    rows = tuple(WorkRow(*person, actions=actions(i, person[0])) for i, person in enumerate(people, 1))
    return Worklist(
        "Longest overdue first. A booking or a logged contact takes the row off the list.",
        rows,
        Link("Open worklist", "/worklists/overdue"),
    )


def today(as_table: bool = False) -> Section:
    flow = Flow(
        "62 of 85 done, 8 in a room, 4 waiting",
        "Same time last Thursday: 60 of 83 done, 7 in a room, 3 waiting",
        85,
        "booked today",
        flow_segments(FLOW_PARTS),
        "?view=table#w-flow",
        explain("appointments"),
    )
    by_hour = Chart(
        "Fullest at 09:00, 10:00, 11:00 and 14:00, 12 each. 16:00 is not over yet.",
        charts.hours(),
        charts.hours(charts.SLIM),
        table=hours_table(),
        as_table=as_table,
        table_url="?view=table#w-hours",
        chart_url="?#w-hours",
        explain_url=explain("appointments"),
        count_note="85 booked",
        time_note="16:12",
    )
    weekly = Chart(
        "4.6% in the week of 9 Nov, against a mean of 6.5% before the text reminders.",
        charts.spc(),
        charts.spc(charts.SLIM),
        Signal("improvement", "Improvement: 8 weeks in a row below the mean", "down"),
        table_url="?view=table#w-weekly",
        explain_url=explain("no-show"),
        count_note="18 of 391 that week; so far 15 of 309. Limits from the 18 weeks to 20 Sep",
        time_note="16:12",
    )
    waits = TableCard(
        departments(),
        "Cardiology waits longest, median 14 min. Bar is the median, thin line the 90th percentile, tick the target.",
        (Link("Explain", explain("wait.median")),),
        "69 of 70 seen have both times",
        "16:12",
    )
    return Section(
        "today",
        "Today",
        (
            Widget("flow", "flow", "Flow", flow, 12, poll("flow"), early="first"),
            *tiles(),
            Widget("hours", "chart", "Appointments by start hour", by_hour, 7, poll("hours")),
            Widget("alerts", "notes", "4 open alerts", alerts(), 5, poll("alerts"), early="early"),
            Widget("weekly", "chart", "No-show rate by week", weekly, 7, poll("weekly", 120)),
            Widget("departments", "table", "Wait by department", waits, 5, poll("departments")),
            Widget("overdue", "worklist", "Overdue follow-up: 5 of 31", overdue(), 12, poll("overdue", 120)),
        ),
        quiet=True,
    )


def clinic_page(as_table: bool = False) -> BoardPage:
    periods = tuple(
        Link(name, f"?period={name.lower()}", current=name == "Today")
        for name in ("Today", "Week", "Month", "Quarter", "Year", "Custom")
    )
    filters = Filters(
        periods,
        Picker(
            "Comparison",
            "last Thu to 16:12",
            (Link("last Thu to 16:12", "?c=week", current=True), Link("Thu a year ago to 16:12", "?c=year")),
            "Compared with",
        ),
        (
            Picker(
                "Department",
                "All departments",
                (Link("All departments", "?d=", current=True), Link("Cardiology", "?d=1")),
            ),
        ),
        export_url="?format=csv",
        wall_url="/walls",
    )
    return BoardPage(
        "Clinic today",
        "Thursday 19 November 2026, open 08:00 to 17:00",
        FRESH,
        filters,
        (today(as_table), week(), money(), people(), ahead()),
        "?",
    )
