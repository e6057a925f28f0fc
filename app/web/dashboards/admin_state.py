"""The state of the installation as widgets: whether its parts are as they should be, and its alerts."""

from flask import url_for

from app.core import format
from app.models import SystemAlert
from app.services.dashboards.admin_dashboard import AdminDashboard
from app.services.platform.checks import PARTS
from app.web.dashboards.admin_blocks import Admin
from app.web.dashboards.board import Built
from app.web.view_models import (
    Action,
    Cell,
    Column,
    Link,
    Row,
    TableCard,
    TableView,
)
from app.web.view_models.parts import Tone


def summary(reading: AdminDashboard) -> str:
    """Is everything all right? In one sentence."""
    failed = [PARTS[row.key].label for row in reading.overview.checks if not row.ok]
    late = [source.name for source in reading.frame.sources if source.overdue(reading.moment) is not None]
    if not reading.overview.checks:
        return "The parts are checked for the first time"
    if failed:
        return f"{len(failed)} of {len(reading.overview.checks)} parts not as they should be: {', '.join(failed)}"
    if late:
        return f"Every part works, {format.plural(len(late), 'source')} late: {', '.join(late)}"
    return f"All {len(reading.overview.checks)} parts as they should be"


def parts(board: Admin) -> Built:
    """Every part with what was found, since when, and when it last was not right."""
    reading, zone = board.reading, board.setting.zone
    rows = [
        Row(
            (
                Cell(PARTS[one.key].label, tone="" if one.ok else "strong"),
                Cell("works" if one.ok else "needs attention", tone="" if one.ok else "beyond"),
                Cell(one.words),
                Cell(format.moment(one.since, zone)),
                Cell(format.moment(one.failed_at, zone) if one.failed_at else "none known"),
            )
        )
        for one in reading.overview.checks
    ]
    rows += _sources(board)
    columns = (
        Column("Part"),
        Column("State"),
        Column("Found", spare=True),
        Column("So since"),
        Column("Last incident", spare=True),
    )
    table = TableView("Parts of the installation", columns, tuple(rows), "The first check is under way.")
    looked = max((one.checked_at for one in reading.overview.checks), default=None)
    links = (Link("Imports", url_for("imports.index")),) if board.setting.source_url else ()
    note = format.time(looked, zone, unknown="never")
    return Built("Parts of the installation", TableCard(table, summary(reading), links=links, time_note=note))


def _sources(board: Admin) -> list[Row]:
    """Where records come from, and whether they come in time: of an organization its sources, of all how many."""
    reading, zone = board.reading, board.setting.zone
    if reading.of_installation:
        whole, late = (reading.overview.sources[name] for name in ("sources", "late"))
        words = f"{late} of {format.plural(whole, 'source')} late"
        tone: Tone = "beyond" if late else ""
        return [Row((Cell("Sources"), Cell("late" if late else "in time", tone=tone), Cell(words), Cell(), Cell()))]
    rows = []
    for source in reading.frame.sources:
        late_by = source.overdue(reading.moment)
        state = Cell("late", tone="beyond") if late_by else Cell("in time" if source.due_minutes else "no interval set")
        words = "" if late_by is None else f"{format.minutes(late_by.total_seconds() / 60)} late"
        fresh = format.moment(source.fresh_at, zone, unknown="never")
        rows.append(Row((Cell(f"Source: {source.name}"), state, Cell(words), Cell(f"fresh {fresh}"), Cell())))
    return rows


def alerts(board: Admin) -> Built:
    """The open episodes of the installation, each with what to do and who looks after it; then those that ended."""
    reading = board.reading
    rows = tuple(_alert(one, board) for one in reading.overview.alerts)
    columns = (
        Column("Alert"),
        Column("Severity"),
        Column("Open for", "figures"),
        Column("Acknowledged by"),
        Column("", "actions"),
    )
    standing = sum(one.closed_at is None for one in reading.overview.alerts)
    title = format.plural(standing, "open system alert") if standing else "System alerts"
    table = TableView("System alerts of 30 days", columns, rows, "No system alert in the last 30 days.", stacked=True)
    return Built(title, TableCard(table, "Opened and closed by declared limits on what the installation measures."))


def _alert(alert: SystemAlert, board: Admin) -> Row:
    until, zone = alert.closed_at or board.reading.moment, board.setting.zone
    ended = f"ended {format.moment(alert.closed_at, zone)}" if alert.closed_at else alert.recommendation
    action = Action(
        "Acknowledge",
        url_for("system_alerts.take", alert_id=alert.id),
        "check",
        fields=(("next", board.page() + "#w-system-alerts"),),
        about=alert.message,
    )
    free = alert.taken_by is None and alert.closed_at is None
    tone = "beyond" if alert.closed_at is None and alert.severity in ("critical", "high") else ""
    return Row(
        (
            Cell(alert.message, note=ended, tone="strong" if alert.closed_at is None else "muted"),
            Cell(alert.severity.capitalize(), tone=tone),  # type: ignore[arg-type]
            Cell(format.minutes((until - alert.opened_at).total_seconds() / 60)),
            Cell(alert.taken_name or "nobody"),
            Cell(actions=(action,) if free else ()),
        )
    )
