"""The no-show rate of one week, explained, and the catalogue it comes from."""

from __future__ import annotations

from app.web.view_models import (
    BarPart,
    CataloguePage,
    Cell,
    Chart,
    Column,
    Division,
    ExplainPage,
    Fact,
    Facts,
    FunnelBar,
    Link,
    MetricGroup,
    MetricLine,
    MetricPage,
    Row,
    Signal,
    Step,
    TableView,
)
from tests.web.samples import charts

BETTER = Signal("improvement", "Improvement", "down")


def definitions() -> tuple[tuple[str, str], ...]:
    return (
        ("In words", "Of the visits that should have taken place, how many did the patient miss without notice."),
        ("Numerator", "Visits whose start has passed, not cancelled, patient never arrived."),
        ("Denominator", "Patient arrived, plus the numerator."),
        ("Counted on", "The clinic's local date of the planned start."),
        ("Which way", "Lower is better"),
        ("Version", "3, in force since 1 Jul 2026. Version 2 counted late cancellations too."),
        ("Target", "5.0% or less, set by Organization admin on 5 Jan 2026."),
        ("Fresh as of", "Thu 19 Nov 2026 16:12 CST. A week is final 7 days after its end."),
    )


def left_out() -> TableView:
    rows = (
        ("Cancelled by the patient, 24 h or more before", 27, "late cancellations are a metric of their own"),
        ("Moved to another day", 9, "counted on the new day"),
        ("Cancelled by the clinic", 5, "not the patient's doing"),
        ("Outcome not recorded", 3, "would make it 5.3% if all three were no-shows"),
        ("Test bookings", 2, "marked as test in the source"),
    )
    made = [Row((Cell(reason), Cell(str(count)), Cell(why, tone="muted"))) for reason, count, why in rows]
    made.append(Row((Cell("All left out"), Cell(str(sum(row[1] for row in rows))), Cell()), "total"))
    return TableView(
        "Visits left out by reason",
        (Column("Reason"), Column("Visits", "figures"), Column("Why, or what if")),
        tuple(made),
    )


def others() -> TableView:
    rows = (
        ("Arrived + no-shows (shown here)", "18 ÷ 391", "4.6%"),
        ("All booked visits (NHS England)", "18 ÷ 437", "4.1%"),
        ("Appointment slots (IHI)", "18 ÷ 452", "4.0%"),
        ("Attended visits (NHS Scotland)", "18 ÷ 373", "4.8%"),
    )
    made = tuple(Row(tuple(Cell(text, tone="strong" if i == 0 else "") for text in row)) for i, row in enumerate(rows))
    return TableView(
        "Same visits under other definitions",
        (Column("Divided by"), Column("Count", "figures"), Column("Result", "figures")),
        made,
    )


def missed() -> TableView:
    rows = (
        ("Mon 9 Nov 09:15", "Test, Gil", "MC-002204", "Physiotherapy", "New", "16 days", "phone", "7428"),
        ("Mon 9 Nov 14:40", "Sample, Hana", "MC-004108", "Cardiology", "Return", "33 days", "online", "2756"),
        ("Mon 9 Nov 15:10", "Demo, Ivo", "MC-000392", "General practice", "Return", "2 days", "phone", "3744"),
        ("Mon 9 Nov 15:45", "Mock, Juno", "MC-003871", "Dermatology", "New", "41 days", "online", "1097"),
        ("Mon 9 Nov 16:20", "Fixture, Kai", "MC-001640", "Pediatrics", "Return", "12 days", "phone", "3480"),
        ("Tue 10 Nov 09:45", "Test, Lumi", "MC-002733", "Cardiology", "Return", "28 days", "desk", "2131"),
    )
    made = tuple(
        Row(
            (
                Cell(at),
                Cell(name, record, "strong"),
                Cell(where),
                Cell(kind),
                Cell(ahead),
                Cell(by),
                Cell(f"Appointment {number}", url=f"/appointments/{number}"),
            )
        )
        for at, name, record, where, kind, ahead, by, number in rows
    )
    columns = (
        Column("Start, CST"),
        Column("Patient"),
        Column("Department", spare=True),
        Column("Visit", spare=True),
        Column("Booked ahead", spare=True),
        Column("Booked by", spare=True),
        Column("Source record"),
    )
    return TableView("The no-shows", columns, made)


def explain_page() -> ExplainPage:
    funnel = (
        FunnelBar("437 booked to start in the week", "", (BarPart("all", 0, 1),)),
        FunnelBar("391 counted", "46 left out", (BarPart("kept", 0, 391 / 437), BarPart("left", 391 / 437, 46 / 437))),
        FunnelBar("373 arrived", "18 no-shows", (BarPart("hit", 0, 373 / 437), BarPart("miss", 373 / 437, 18 / 437))),
    )
    trend = Chart(
        "Common cause until 20 Sep, mean 6.5%, limits 4.4 to 8.6. Since the 48-hour text reminder began, every week "
        "is below that mean.",
        charts.spc(charts.FULL),
        charts.spc(charts.SLIM),
        table_url="?view=table#t-trend",
        count_note="XmR chart, limits from the 18 weeks 18 May to 20 Sep, set by Clinic manager on 28 Sep. Weekly "
        "counts 312 to 401",
        time_note="16:12",
    )
    steps = (
        Step("database", "Practice system", "synced 19 Nov 16:12", "437 rows read"),
        Step("check", "Records", "437 stored, 0 rejected", "2 marked as test"),
        Step("sigma", "Rollup", "by day and department", "25 rows"),
        Step("book-open", "Metric", "no-show rate, version 3", "since 1 Jul 2026"),
        Step("eye-off", "Privacy", "open to your role", "nothing hidden"),
    )
    return ExplainPage(
        (Link("Clinic today", "/clinics/1"), Link("No-show rate by week", "/clinics/1#w-weekly")),
        "No-show rate, week of 9 November 2026",
        "Downtown Medical Center, all departments, visits starting Mon 9 to Sun 15 Nov, CST",
        Division("4.6%", "no-show rate", "18", "no-shows", "391", "arrived + no-shows"),
        BETTER,
        "8 weeks in a row are below the mean of 6.5%; the rule asks for 7. Target 5.0% or less: met this week, and "
        "in 3 of the last 8.",
        definitions(),
        "/metrics/attendance.no_show_rate",
        "46 of 437 booked visits are left out",
        funnel,
        left_out(),
        steps,
        (Link("clinic dashboard", "/clinic"), Link("clinic month report", "/reports"), Link("API", "/api")),
        "Opened by 7 people in 30 days",
        others(),
        "Trend: 26 weeks and this week so far",
        trend,
        "/imports",
        "The 18 no-shows: first 6",
        "You see names because these are your clinic's visits. Opening this list is written to the access log.",
        (Link("All 391 counted", "?rows=counted"), Link("46 left out", "?rows=left")),
        missed(),
        "?format=csv",
    )


def catalogue_page() -> CataloguePage:
    def line(label: str, key: str, text: str, unit: str, better: str, recorded: bool = True) -> MetricLine:
        return MetricLine(
            label, key, text, unit, better, "3", "16:12 CST" if recorded else "", f"/metrics/{key}", recorded
        )

    groups = (
        MetricGroup(
            "attendance",
            "Attendance",
            (
                line(
                    "No-show rate",
                    "attendance.no_show_rate",
                    "Missed visits as a share of those attended or missed.",
                    "percent",
                    "lower",
                ),
                line(
                    "Completion rate",
                    "attendance.completion_rate",
                    "Completed visits as a share of all booked to start by now.",
                    "percent",
                    "higher",
                ),
            ),
        ),
        MetricGroup(
            "access",
            "Access and waiting",
            (
                line(
                    "Wait to be seen",
                    "wait.to_be_seen",
                    "Minutes from arrival to the start of the visit: median and 90th percentile.",
                    "minutes",
                    "lower",
                ),
                line(
                    "Third next available",
                    "access.third_next_available",
                    "Days to the third free slot, median of doctors, sampled at 07:00.",
                    "days",
                    "lower",
                ),
                line(
                    "Equipment use",
                    "resources.equipment_use",
                    "Hours in use as a share of hours available.",
                    "percent",
                    "no direction",
                    False,
                ),
            ),
        ),
    )
    domains = tuple(
        Link(name, f"?domain={name.lower()}", current=name == "All", count=n)
        for name, n in (("All", 38), ("Attendance", 7), ("Access", 6), ("Money", 14), ("Patients", 11))
    )
    return CataloguePage("", domains, groups, "38 metrics, 4 without a source", "/metrics")


def metric_page() -> MetricPage:
    versions = TableView(
        "Versions",
        (Column("Version", "figures"), Column("In force"), Column("What changed")),
        (
            Row((Cell("3"), Cell("since 1 Jul 2026"), Cell("Late cancellations became a metric of their own"))),
            Row((Cell("2"), Cell("1 Jan 2025 to 30 Jun 2026"), Cell("Late cancellations counted as no-shows"))),
        ),
    )
    figures = Facts(
        (
            Fact("Today", "3.9%", "3 of 77", "/metrics/attendance.no_show_rate/explain?day=2026-11-19"),
            Fact("Week of 9 Nov", "4.6%", "18 of 391", "/metrics/attendance.no_show_rate/explain?week=2026-11-09"),
            Fact("October", "5.1%", "88 of 1,730", "/metrics/attendance.no_show_rate/explain?month=2026-10"),
        )
    )
    trend = Chart(
        "4.6% in the week of 9 Nov, against a mean of 6.5% before the text reminders.",
        charts.spc(),
        charts.spc(charts.SLIM),
        Signal("improvement", "Improvement: 8 weeks in a row below the mean", "down"),
        count_note="18 of 391 that week",
        time_note="16:12",
    )
    return MetricPage(
        "No-show rate",
        "attendance.no_show_rate",
        "Missed visits as a share of those attended or missed.",
        (Link("Metrics", "/metrics"), Link("Attendance", "/metrics?domain=attendance")),
        definitions(),
        figures,
        versions,
        (
            Link("Clinic dashboard", "/clinics/1"),
            Link("Clinic month report", "/reports/clinic"),
            Link("Wall: clinic flow", "/walls/w1"),
        ),
        "/metrics/attendance.no_show_rate/explain",
        trend,
    )
