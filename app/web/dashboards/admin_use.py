"""Who uses the product and what it brings, as widgets: clinics, people, features, money, support, security."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import g, url_for

from app.charts import types as charts
from app.charts.columns import bars
from app.core import format
from app.core.permissions import Permission
from app.web.dashboards.admin_state import Admin, drawing
from app.web.dashboards.board import Built
from app.web.view_models import Cell, Column, Fact, Facts, Link, Row, TableCard, TableView, Tile

FEATURES = {"appointments": "Appointments", "messaging": "Messages", "billing": "Billing", "analytics": "Analytics"}
NO_CARD = "No card payment recorded"
INCIDENTS = {"failed_login_attempts": "Many failed logins", "many_accounts": "Failed logins at many accounts"}
ACTIONS = {"temporary_block": "closed for 15 minutes", "none": "counted only"}


def _block(board: Admin, name: str) -> Mapping[str, Any]:
    block: Mapping[str, Any] = board.reading.overview.blocks[name]
    return block


def _why(board: Admin, path: str) -> str:
    """Why a value is missing: its own reason, or that of what it belongs to."""
    reasons = board.reading.overview.reasons
    while path and path not in reasons:
        path = path.rpartition(".")[0]
    return reasons.get(path, "Not recorded")


def _amount(value: Decimal | None, currency: str | None) -> str:
    return "" if value is None else format.money(value, currency or "USD")


def _facts(title: str, lines: tuple[Fact, ...], summary: str = "", note: str = "") -> Built:
    return Built(title, Facts(lines, summary, note))


def _unless(value: object, note: str = "") -> str:
    """The note of a count, or why there is none."""
    return "Not counted yet" if value is None else note


def clinics(board: Admin) -> Built:
    """How many clinics there are, and what they did."""
    block = _block(board, "clinic_management")
    summary, reading = block["metrics_summary"], board.reading
    lines = (
        Fact(
            "Clinics",
            format.number(block["total_clinics"], unknown=""),
            _unless(block["active_clinics"], f"{block['active_clinics']} active"),
        ),
        Fact(
            "Appointments today",
            format.number(summary["total_appointments_today"], unknown=""),
            _unless(summary["total_appointments_today"], "booked"),
        ),
        Fact(
            "Patients",
            format.number(summary["total_patients"], unknown=""),
            _unless(summary["total_patients"], "active records"),
        ),
        Fact(
            "Doctors", format.number(summary["total_doctors"], unknown=""), _unless(summary["total_doctors"], "active")
        ),
        *_by_currency(board, summary["revenue_month_by_currency"], "Collected this month", "No payment recorded"),
    )
    whose = "of all organizations" if reading.of_installation else f"of {reading.organization.name}"
    return _facts("Clinics and records", lines, f"Counted {whose} within a minute of a change.")


def _by_currency(board: Admin, amounts: Mapping[str, Decimal], label: str, missing: str) -> tuple[Fact, ...]:
    if not amounts:
        return (Fact(label, "", missing),)
    several = len(amounts) > 1
    return tuple(
        Fact(f"{label}, {currency}" if several else label, _amount(amount, currency))
        for currency, amount in amounts.items()
    )


def busiest(board: Admin) -> Built:
    """The clinics with the most appointments this month; money only where the viewer administers it."""
    found = _block(board, "clinic_management")["top_performing_clinics"]
    money = not board.reading.of_installation
    rows = []
    for one in sorted(found, key=lambda clinic: -(clinic["appointments_month"] or 0)):
        name = Cell(one["name"], url=url_for("dashboards.clinic", clinic_id=one["clinic_id"]) if money else "")
        cells = [name, Cell(format.number(one["appointments_month"], unknown="–"))]
        if money:
            cells.append(Cell(_amount(one["revenue_month"], one["currency"])))
        cells.append(Cell(format.number(one["satisfaction_score"], 1, unknown="–")))
        rows.append(Row(tuple(cells)))
    columns = [Column("Clinic"), Column("Booked", "figures")]
    columns += [Column("Collected", "figures")] if money else []
    columns.append(Column("Satisfaction, of 5", "figures"))
    table = TableView("Busiest clinics this month", tuple(columns), tuple(rows), "No clinic has been counted yet.")
    return Built("Busiest clinics this month", TableCard(table, "By booked appointments. No person is ranked."))


def online_tile(board: Admin) -> Built:
    """People online now."""
    users = _block(board, "system_overview")["active_users"]
    active = _block(board, "user_analytics")["engagement_metrics"]["daily_active_users"]
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
    users, use = _block(board, "system_overview")["active_users"], _block(board, "user_analytics")["engagement_metrics"]
    minutes, share = use["average_session_duration"], _block(board, "security_monitoring")["second_factor_share"]
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
            "" if minutes is not None else _why(board, path),
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
    title, found = "Registrations by day", _block(board, "user_analytics")["registration_trends"]
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
        for one in _block(board, "user_analytics")["geographic_distribution"]
    )
    columns = (Column("Region"), *(Column(head, "figures") for head in ("Clinics", "Patients", "Doctors")))
    return Built("By region", TableCard(TableView("By region", columns, rows, "No clinic has been counted yet.")))


def money(board: Admin) -> Built:
    """What the platform earns, and how payments fare."""
    block, base = _block(board, "financial_overview"), "financial_overview"
    plan, fees, health = block["subscription_revenue"], block["transaction_fees"], block["payment_health"]
    monthly = _why(board, f"{base}.subscription_revenue.monthly")
    growth = plan["growth_rate"]
    lines = (
        Fact(
            "Subscriptions a month",
            _amount(plan["monthly"], plan["currency"]),
            "" if plan["monthly"] is not None else monthly,
        ),
        Fact(
            "Subscriptions a year",
            _amount(plan["annual"], plan["currency"]),
            "" if plan["annual"] is not None else monthly,
        ),
        Fact(
            "Against a year ago",
            "" if growth is None else f"{format.signed(100 * growth, 1)}%",
            "" if growth is not None else _why(board, f"{base}.subscription_revenue.growth_rate"),
        ),
        *_by_currency(board, fees["monthly_by_currency"], "Fees on card payments this month", NO_CARD),
        *_by_currency(board, fees["processed_by_currency"], "Card payments this month", NO_CARD),
        Fact(
            "Payments that succeed",
            format.percent(health["success_rate"], unknown=""),
            "" if health["success_rate"] is not None else "None this month",
        ),
        Fact(
            "Failed payments this month",
            format.number(health["failed_payments"], unknown=""),
            "" if health["failed_payments"] is not None else "None recorded",
        ),
        Fact(
            "Chargebacks",
            format.percent(health["chargeback_rate"], 2, unknown=""),
            "" if health["chargeback_rate"] is not None else _why(board, f"{base}.payment_health.chargeback_rate"),
        ),
    )
    return Built("Money of the platform", Facts(lines))


def support(board: Admin) -> Built:
    """Tickets and what they are about."""
    block = _block(board, "support_metrics")
    tickets, hours = block["tickets"], block["tickets"]["average_resolution_time"]
    lines = [
        Fact("Open", format.number(tickets["open"], unknown=""), _unless(tickets["open"])),
        Fact("In progress", format.number(tickets["in_progress"], unknown=""), _unless(tickets["in_progress"])),
        Fact(
            "Resolved today", format.number(tickets["resolved_today"], unknown=""), _unless(tickets["resolved_today"])
        ),
        Fact(
            "Time to resolve, 30 days",
            "" if hours is None else f"{hours:.1f} h",
            "mean" if hours is not None else "None resolved",
        ),
    ]
    lines += [
        Fact(f"About {one['issue']}", format.number(one["count"]), one["trend"]) for one in block["common_issues"]
    ]
    return Built("Support tickets", Facts(tuple(lines)))


def security(board: Admin) -> Built:
    """Logins of a day, and what protects the data."""
    block, zone = _block(board, "security_monitoring"), board.setting.zone
    tried, kept = block["login_attempts"], block["data_protection"]
    lines = (
        Fact("Logins", format.number(tried["successful"]), "last 24 hours"),
        Fact("Failed logins", format.number(tried["failed"])),
        Fact("Refused while closed", format.number(tried["blocked"])),
        Fact("Suspicious addresses", format.number(tried["suspicious"])),
        Fact(
            "Sealing of names and texts",
            kept["encryption_status"] or "",
            "" if kept["encryption_status"] else "Not counted yet",
        ),
        Fact(
            "Last backup",
            format.moment(kept["last_backup"], zone, unknown=""),
            kept["backup_status"] or "There is none yet",
        ),
        Fact(
            "Last verified restore",
            format.moment(kept["last_verified_restore"], zone, unknown=""),
            "" if kept["last_verified_restore"] else "There is none yet",
        ),
        Fact(
            "Checks",
            kept["compliance_status"] or "",
            "what the parts above say" if kept["compliance_status"] else "Not run yet",
        ),
    )
    return Built("Logins and data protection", Facts(lines))


def incidents(board: Admin) -> Built:
    """Addresses from which too many logins failed; named to platform admins only."""
    named = board.reading.of_installation
    rows = tuple(
        Row(
            (
                Cell(INCIDENTS[one["type"]], tone="strong"),
                *((Cell(one["source_ip"] or "Not recorded"),) if named else ()),
                Cell(format.number(one["count"])),
                Cell(ACTIONS[one["action_taken"]]),
            )
        )
        for one in _block(board, "security_monitoring")["security_incidents"]
    )
    columns = (Column("Incident"), *((Column("From"),) if named else ()), Column("Failures", "figures"), Column("Done"))
    links = (Link("Access log", url_for("audit.index")),) if g.actor.can(Permission.AUDIT_READ) else ()
    table = TableView("Security incidents of 24 hours", columns, rows, "No address failed too often in 24 hours.")
    return Built("Security incidents", TableCard(table, links=links))
