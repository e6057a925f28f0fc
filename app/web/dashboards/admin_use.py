"""Who uses the product, as widgets: clinics, people, features."""

from dataclasses import replace

from flask import url_for

from app.charts import types as charts
from app.charts.columns import bars
from app.core import format
from app.web.dashboards.admin_blocks import Admin, amount_words, block_of, by_currency, fact_card, unless, why
from app.web.dashboards.admin_measured import drawing
from app.web.dashboards.board import Built
from app.web.view_models import Cell, Column, Fact, Facts, Row, TableCard, TableView, Tile

FEATURES = {"appointments": "Appointments", "messaging": "Messages", "billing": "Billing", "analytics": "Analytics"}


def clinics(board: Admin) -> Built:
    """How many clinics there are, and what they did."""
    block = block_of(board, "clinic_management")
    summary, reading = block["metrics_summary"], board.reading
    lines = (
        Fact(
            "Clinics",
            format.number(block["total_clinics"], unknown=""),
            unless(block["active_clinics"], f"{block['active_clinics']} active"),
        ),
        Fact(
            "Appointments today",
            format.number(summary["total_appointments_today"], unknown=""),
            unless(summary["total_appointments_today"], "booked"),
        ),
        Fact(
            "Patients",
            format.number(summary["total_patients"], unknown=""),
            unless(summary["total_patients"], "active records"),
        ),
        Fact(
            "Doctors", format.number(summary["total_doctors"], unknown=""), unless(summary["total_doctors"], "active")
        ),
        *by_currency(board, summary["revenue_month_by_currency"], "Collected this month", "No payment recorded"),
    )
    whose = "of all organizations" if reading.of_installation else f"of {reading.organization.name}"
    return fact_card("Clinics and records", lines, f"Counted {whose} within a minute of a change.")


def busiest(board: Admin) -> Built:
    """The clinics with the most appointments this month; money only where the viewer administers it."""
    found = block_of(board, "clinic_management")["top_performing_clinics"]
    money = not board.reading.of_installation
    rows = []
    for one in sorted(found, key=lambda clinic: -(clinic["appointments_month"] or 0)):
        name = Cell(one["name"], url=url_for("dashboards.clinic", clinic_id=one["clinic_id"]) if money else "")
        cells = [name, Cell(format.number(one["appointments_month"], unknown="–"))]
        if money:
            cells.append(Cell(amount_words(one["revenue_month"], one["currency"])))
        cells.append(Cell(format.number(one["satisfaction_score"], 1, unknown="–")))
        rows.append(Row(tuple(cells)))
    columns = [Column("Clinic"), Column("Booked", "figures")]
    columns += [Column("Collected", "figures")] if money else []
    columns.append(Column("Satisfaction, of 5", "figures"))
    table = TableView("Busiest clinics this month", tuple(columns), tuple(rows), "No clinic has been counted yet.")
    return Built("Busiest clinics this month", TableCard(table, "By booked appointments. No person is ranked."))


def online_tile(board: Admin) -> Built:
    """People online now."""
    users = block_of(board, "system_overview")["active_users"]
    active = block_of(board, "user_analytics")["engagement_metrics"]["daily_active_users"]
    body = Tile(
        "Online now",
        format.number(users["online_now"]),
        format.plural(users["online_now"], "person", "people").partition(" ")[2],
        target=f"{format.number(active)} today",
        count_note="used a page in the last 5 min",
        time_note=format.time(board.reading.moment, board.setting.zone),
    )
    return Built("Online now", body)


def accounts(board: Admin) -> Built:
    """Who may log in, and how they use it."""
    users, use = (
        block_of(board, "system_overview")["active_users"],
        block_of(board, "user_analytics")["engagement_metrics"],
    )
    minutes, share = use["average_session_duration"], block_of(board, "security_monitoring")["second_factor_share"]
    path = "user_analytics.engagement_metrics.average_session_duration"
    lines = [
        Fact("People who may log in", format.number(users["total"])),
        Fact("Doctors", format.number(users["doctors"])),
        Fact("Patients", format.number(users["patients"])),
        Fact("Staff", format.number(users["staff"])),
        Fact("Used the product today", format.number(use["daily_active_users"])),
        Fact(
            "A session lasts",
            format.minutes(minutes) if minutes is not None else "",
            "" if minutes is not None else why(board, path),
        ),
        Fact(
            "Second factor, doctors and staff",
            format.percent(share, 0, unknown=""),
            "" if share is not None else "Nobody may log in",
        ),
    ]
    for feature, words in FEATURES.items():
        used = use["feature_usage"][feature]
        lines.append(
            Fact(
                f"{words} used by",
                format.percent(used, 0, unknown=""),
                "of the people of 30 days" if used is not None else "Nobody yet",
            )
        )
    return Built("Accounts and use", Facts(tuple(lines)))


def registrations(board: Admin) -> Built:
    """New patients, doctors and first uses, day by day."""
    title, found = "Registrations by day", block_of(board, "user_analytics")["registration_trends"]
    last = len(found) - 1
    items = [
        charts.Bar(format.date(one["date"]), one["new_patients"], partial=number == last)
        for number, one in enumerate(found)
    ]
    chart = drawing(
        board,
        "registrations",
        "New patients by day",
        lambda key, size: bars(
            items, title="New patients by day", id_prefix=key, value_format=format.number, head="Day", size=size
        ),
    )
    doctors, first = (sum(one[name] or 0 for one in found) for name in ("new_doctors", "activations"))
    came = f"In the same days {format.plural(doctors, 'doctor')} joined"
    more = f"{came} and {format.plural(first, 'person', 'people')} used the product for the first time."
    return Built(title, replace(chart, notes=(*chart.notes, more)))


def regions(board: Admin) -> Built:
    """Clinics, patients and doctors by region."""
    rows = tuple(
        Row(
            (
                Cell(one["region"] or "Not recorded"),
                *(Cell(format.number(one[name])) for name in ("clinics", "patients", "doctors")),
            )
        )
        for one in block_of(board, "user_analytics")["geographic_distribution"]
    )
    columns = (Column("Region"), *(Column(head, "figures") for head in ("Clinics", "Patients", "Doctors")))
    return Built("By region", TableCard(TableView("By region", columns, rows, "No clinic has been counted yet.")))
