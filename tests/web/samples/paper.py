"""The clinic's month on paper: October 2026, made on 2 November."""

from __future__ import annotations

from app.core.format import MINUS
from app.reports.paper import Cell, Column, Drawing, Finding, Mark, ReportPaper, Row, Section, Table
from tests.web.samples import charts

CALM = Mark("common", "No significant change")
WEEKS = (
    ("Week of 28 Sep, 2 days", (("Thu 1 Oct", 90, 10, 4, 12, 27), ("Fri 2 Oct", 86, 8, 4, 11, 29)), 12, 28),
    (
        "Week of 5 Oct",
        (
            ("Mon 5 Oct", 93, 10, 1, 13, 27),
            ("Tue 6 Oct", 85, 9, 6, 11, 24),
            ("Wed 7 Oct", 89, 9, 5, 10, 26),
            ("Thu 8 Oct", 94, 8, 5, 14, 29),
            ("Fri 9 Oct", 76, 8, 3, 10, 24),
        ),
        12,
        29,
    ),
    (
        "Week of 12 Oct",
        (
            ("Mon 12 Oct", 81, 9, 2, 14, 29),
            ("Tue 13 Oct", 92, 10, 7, 12, 26),
            ("Wed 14 Oct", 94, 9, 6, 11, 26),
            ("Thu 15 Oct", 85, 9, 3, 12, 25),
            ("Fri 16 Oct", 82, 9, 3, 12, 27),
        ),
        12,
        27,
    ),
    (
        "Week of 19 Oct",
        (
            ("Mon 19 Oct", 91, 10, 1, 11, 26),
            ("Tue 20 Oct", 101, 10, 5, 12, 30),
            ("Wed 21 Oct", 88, 10, 1, 12, 25),
            ("Thu 22 Oct", 95, 11, 7, 12, 30),
            ("Fri 23 Oct", 73, 8, 5, 13, 30),
        ),
        12,
        27,
    ),
    (
        "Week of 26 Oct",
        (
            ("Mon 26 Oct", 94, 8, 4, 11, 25),
            ("Tue 27 Oct", 88, 9, 6, 13, 28),
            ("Wed 28 Oct", 93, 10, 4, 11, 28),
            ("Thu 29 Oct", 82, 9, 2, 12, 25),
            ("Fri 30 Oct", 80, 9, 4, 12, 29),
        ),
        12,
        29,
    ),
)
DEPARTMENTS = (
    ("Cardiology", 505, 29, 4.0, 8.1, 15, 33),
    ("General practice", 452, 24, 3.6, 7.8, 10, 22),
    ("Pediatrics", 289, 13, 2.6, 7.5, 13, 28),
    ("Physiotherapy", 278, 10, 2.0, 6.5, 7, 14),
    ("Dermatology", 206, 12, 3.4, 9.9, 9, 18),
)


def day_row(label: str, booked: int, left: int, missed: int, median: int, high: int, kind: str = "") -> Row:
    rate = 100 * missed / (booked - left)
    cells = (
        Cell(label),
        Cell(f"{booked:,}"),
        Cell(f"{left}"),
        Cell(f"{booked - left:,}"),
        Cell(f"{missed}"),
        Cell(f"{rate:.1f}%"),
        Cell(mark=charts.rate_bar(rate, 5.0)),
        Cell(f"{median}"),
        Cell(f"{high}"),
    )
    return Row(cells, kind)


def days() -> Table:
    rows, all_days = [], []
    for label, week, median, high in WEEKS:
        rows += [day_row(*day) for day in week]
        rows.append(day_row(label, *(sum(day[i] for day in week) for i in (1, 2, 3)), median, high, "sub"))
        all_days += week
    rows.append(day_row("October 2026", *(sum(day[i] for day in all_days) for i in (1, 2, 3)), 12, 28, "total"))
    columns = (
        Column("Day"),
        *(Column(name, "figures") for name in ("Booked", "Left out", "Counted", "No-shows", "Rate")),
        Column("Line: target 5.0%", "mark"),
        Column("Median wait, min", "figures"),
        Column("90th pct wait, min", "figures"),
    )
    return Table("No-shows and waits by day", columns, tuple(rows))


def departments() -> Table:
    rows = tuple(
        Row(
            (
                Cell(name),
                Cell(str(counted)),
                Cell(str(missed)),
                Cell(f"{100 * missed / counted:.1f}%"),
                Cell(f"{low} to {high}%"),
                Cell(mark=charts.interval(low, 100 * missed / counted, high, 5.1)),
                Cell(str(median)),
                Cell(str(wait)),
            )
        )
        for name, counted, missed, low, high, median, wait in DEPARTMENTS
    )
    columns = (
        Column("Department"),
        Column("Counted", "figures"),
        Column("No-shows", "figures"),
        Column("Rate", "figures"),
        Column("95% interval", "figures"),
        Column("Line: all departments", "mark"),
        Column("Median wait, min", "figures"),
        Column("90th pct wait, min", "figures"),
    )
    return Table("No-shows by department", columns, rows)


def key_figures() -> Table:
    rows = (
        ("Visits per clinic day", "74.6", "73.9", "+0.7", "none set", "1,642 visits"),
        ("No-show rate", "5.1%", "6.1%", f"{MINUS}1.0 points", "≤ 5.0%: missed", "88 of 1,730"),
        ("Wait, median", "12 min", "12 min", "0", "≤ 15 min: met", "1,611 timed"),
        ("Wait, 90th percentile", "28 min", "31 min", f"{MINUS}3 min", "≤ 30 min: met", "1,611 timed"),
        ("Started within 15 min", "70%", "66%", "+4 points", "≥ 80%: missed", "1,128 of 1,611"),
        ("Third next available", "6 days", "8 days", f"{MINUS}2 days", "≤ 7 days: met", "8 doctors"),
        ("Collected per clinic day", "$11,145", "$11,971", f"{MINUS}6.9%", "none set", "$245,180"),
        ("Claims denied", "4.3%", "4.5%", f"{MINUS}0.2 points", "≤ 5.0%: met", "12 of 277"),
    )
    made = [
        Row((Cell(a), Cell(b, tone="strong"), Cell(c), Cell(d), Cell(e), Cell(signal=CALM), Cell(f, tone="muted")))
        for a, b, c, d, e, f in rows
    ]
    made.append(
        Row(
            (
                Cell("Would recommend us (NPS)"),
                Cell("Too few to show"),
                Cell(),
                Cell(),
                Cell("none set"),
                Cell("Shown from 30 replies"),
                Cell("27 replies", tone="muted"),
            )
        )
    )
    columns = (
        Column("Figure"),
        Column("October", "figures"),
        Column("September", "figures"),
        Column("Change", "figures"),
        Column("Target"),
        Column("Reading"),
        Column("Counted", "figures"),
    )
    return Table("Key figures", columns, tuple(made))


def report_paper(size: str = "A4") -> ReportPaper:
    return ReportPaper(
        "Clinic month",
        "October 2026",
        "Downtown Medical Center",
        "Demo Health Group",
        (
            ("Period", "1 to 31 Oct 2026, 22 clinic days"),
            ("Compared with", "September 2026, 21 clinic days"),
            ("Filters", "all departments, all doctors"),
            ("As of", "Mon 2 Nov 2026 05:30 CST"),
            ("Made for", "organization admin, monthly by mail"),
        ),
        (
            Finding(
                "5.1%",
                "no-shows, 6.1% in September",
                "88 of 1,730 visits. No significant change yet: 6 weeks in a row below the mean, the rule asks for 7.",
            ),
            Finding(
                "1,642",
                "visits took place, 74.6 a day",
                "73.9 a day in September, which had one clinic day less. No significant change.",
            ),
            Finding(
                "28 min",
                "was the 90th percentile of waits",
                "31 min in September. Half of the patients waited 12 min or less, as before. No significant change.",
            ),
        ),
        (
            Section(
                "Key figures",
                tables=(key_figures(),),
                note="No-show rate: no-shows ÷ (arrived + no-shows). Collected: by payment date. Claims denied: of "
                "adjudicated. Third next available: Fri 30 Oct, median of doctors.",
            ),
            Section(
                "No-show rate by week, to 1 November",
                "5.1% in the week of 26 October. The 6 weeks since the text reminder are below the mean of 6.5%, "
                "inside the limits.",
                (Drawing(charts.spc(paper=True)),),
                note="XmR chart. Mean and limits from the 18 weeks 18 May to 20 Sep, set by Clinic manager on 28 Sep.",
            ),
            Section(
                "No-shows and waits by day",
                "88 of 1,730 visits were no-shows, 5.1%. 202 of 1,932 booked are left out: cancelled, moved, no "
                "outcome, test.",
                tables=(days(),),
            ),
            Section(
                "No-shows by department",
                "3.6% in Physiotherapy to 5.8% in Dermatology. Every interval includes the clinic's 5.1%: no "
                "department stands apart.",
                tables=(departments(),),
            ),
        ),
        "Contains counts below 11: for staff of Demo Health Group, not for publication",
        "Clinic month, October 2026",
        "Downtown Medical Center, all departments, all doctors",
        "As of Mon 2 Nov 2026 05:30 CST",
        "Compared with September 2026",
        definitions=(
            (
                "No-show rate, version 3",
                "Missed visits as a share of those attended or missed. In force since 1 Jul 2026.",
            ),
            (
                "Wait to be seen, version 2",
                "Minutes from arrival to the start of the visit. In force since 1 Jan 2025.",
            ),
        ),
        size=size,
    )
