"""The reports at hand, as a card of the dashboards that show it."""

from flask import url_for

from app.core import format
from app.services.dashboards.analytics_dashboard import AnalyticsDashboard
from app.services.dashboards.billing_dashboard import BillingDashboard
from app.web.dashboards.board import Board, Built
from app.web.view_models import Cell, Column, Link, Row, TableCard, TableView


def reports(board: Board[AnalyticsDashboard] | Board[BillingDashboard]) -> Built:
    """The reports that were made or will be: when each was made last, and when it is due next."""
    rows = tuple(
        Row(
            (
                Cell(one.title, url="" if one.run_id is None else url_for("reports.show", run_id=one.run_id)),
                Cell(format.moment(one.made_at, board.setting.zone, unknown="Not made yet")),
                Cell(format.moment(one.due_at, board.setting.zone, unknown="Not scheduled")),
            )
        )
        for one in board.reading.reports
        if one.made_at or one.due_at
    )
    columns = (Column("Report"), Column("Last made"), Column("Next", spare=True))
    table = TableView("Reports", columns, rows, "No report has been made or scheduled yet.")
    return Built("Reports", TableCard(table, links=(Link("All reports", url_for("reports.index")),)))
