"""What the installation earns, whom it helps and what it wards off, as widgets: fees, support tickets, logins."""

from flask import g, url_for

from app.core import format
from app.core.permissions import Permission
from app.web.dashboards.admin_blocks import Admin, amount_words, block_of, by_currency, unless, why
from app.web.dashboards.board import Built
from app.web.view_models import Cell, Column, Fact, Facts, Link, Row, TableCard, TableView

NO_CARD = "No card payment recorded"


INCIDENTS = {"failed_login_attempts": "Many failed logins", "many_accounts": "Failed logins at many accounts"}


ACTIONS = {"temporary_block": "closed for 15 minutes", "none": "counted only"}


def money(board: Admin) -> Built:
    """What the platform earns, and how payments fare."""
    block, base = block_of(board, "financial_overview"), "financial_overview"
    plan, fees, health = block["subscription_revenue"], block["transaction_fees"], block["payment_health"]
    monthly = why(board, f"{base}.subscription_revenue.monthly")
    growth = plan["growth_rate"]
    lines = (
        Fact(
            "Subscriptions a month",
            amount_words(plan["monthly"], plan["currency"]),
            "" if plan["monthly"] is not None else monthly,
        ),
        Fact(
            "Subscriptions a year",
            amount_words(plan["annual"], plan["currency"]),
            "" if plan["annual"] is not None else monthly,
        ),
        Fact(
            "Against a year ago",
            "" if growth is None else f"{format.signed(100 * growth, 1)}%",
            "" if growth is not None else why(board, f"{base}.subscription_revenue.growth_rate"),
        ),
        *by_currency(board, fees["monthly_by_currency"], "Fees on card payments this month", NO_CARD),
        *by_currency(board, fees["processed_by_currency"], "Card payments this month", NO_CARD),
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
            "" if health["chargeback_rate"] is not None else why(board, f"{base}.payment_health.chargeback_rate"),
        ),
    )
    return Built("Money of the platform", Facts(lines))


def support(board: Admin) -> Built:
    """Tickets and what they are about."""
    block = block_of(board, "support_metrics")
    tickets, hours = block["tickets"], block["tickets"]["average_resolution_time"]
    lines = [
        Fact("Open", format.number(tickets["open"], unknown=""), unless(tickets["open"])),
        Fact("In progress", format.number(tickets["in_progress"], unknown=""), unless(tickets["in_progress"])),
        Fact("Resolved today", format.number(tickets["resolved_today"], unknown=""), unless(tickets["resolved_today"])),
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
    block, zone = block_of(board, "security_monitoring"), board.setting.zone
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
        for one in block_of(board, "security_monitoring")["security_incidents"]
    )
    columns = (Column("Incident"), *((Column("From"),) if named else ()), Column("Failures", "figures"), Column("Done"))
    links = (Link("Access log", url_for("audit.index")),) if g.actor.can(Permission.AUDIT_READ) else ()
    table = TableView("Security incidents of 24 hours", columns, rows, "No address failed too often in 24 hours.")
    return Built("Security incidents", TableCard(table, links=links))
