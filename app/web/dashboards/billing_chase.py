"""The bills and denied claims to chase on the billing dashboard."""

from app.core import format
from app.metrics.types import Figure
from app.services.background.failures import denial_words
from app.services.dashboards.billing_dashboard import BillingDashboard
from app.services.dashboards.chase import APPEAL_DAYS, Owed
from app.web.dashboards.board import Board, Built
from app.web.view_models import Cell, Column, Row, TableCard, TableView

Billing = Board[BillingDashboard]


def overdue(board: Billing) -> Built:
    """The overdue invoices with the largest balances."""
    figure = board.reading.get("standing", "receivables.overdue_invoices")
    rows = tuple(_invoice_row(one, board) for one in board.reading.chased.invoices)
    columns = (
        Column("Invoice"),
        Column("Record", spare=True),
        Column("Clinic", spare=True),
        Column("Overdue", "figures"),
        Column("Reminders", "figures"),
        Column("Balance", "figures"),
    )
    table = TableView("Overdue invoices, largest balance first", columns, rows, "No invoice is overdue.")
    words = "Largest balance first. A payment takes the row off; each row shown is in the access log."
    return Built("Overdue invoices", TableCard(table, words, count_note=_shown(len(rows), figure)))


def _invoice_row(one: Owed, board: Billing) -> Row:
    return Row(
        (
            Cell(one.reference or "No number", tone="strong"),
            Cell(one.record or "–"),
            Cell(one.clinic),
            Cell(format.plural(one.days, "day"), tone="beyond" if one.days > 30 else ""),
            Cell(str(one.reminders) if one.reminders else "None sent"),
            Cell(format.money(one.amount, board.setting.currency)),
        )
    )


def denials(board: Billing) -> Built:
    """Denied claims whose time to appeal runs out first."""
    figure = board.reading.get("appeals", "claims.denied")
    rows = tuple(_denial_row(one, board) for one in board.reading.chased.denials)
    columns = (
        Column("Insurer"),
        Column("Invoice", spare=True),
        Column("Reason"),
        Column("Denied", "figures", spare=True),
        Column("Left", "figures"),
        Column("Amount", "figures"),
    )
    table = TableView("Denied claims to appeal", columns, rows, f"No claim was denied in the last {APPEAL_DAYS} days.")
    words = f"The first to run out of {APPEAL_DAYS} days comes first."
    return Built("Denied claims to appeal", TableCard(table, words, count_note=_shown(len(rows), figure)))


def _denial_row(one: Owed, board: Billing) -> Row:
    left = APPEAL_DAYS - one.days
    return Row(
        (
            Cell(one.payer or "Not recorded", tone="strong"),
            Cell(one.reference or "–"),
            _reason(one.reason),
            Cell(format.date(one.since)),
            Cell(format.plural(left, "day") if left > 0 else "last day", tone="beyond" if left <= 14 else ""),
            Cell(format.money(one.amount, board.setting.currency)),
        )
    )


def _reason(code: str | None) -> Cell:
    words = denial_words(code)
    return Cell(words, note=code or "") if words else Cell(code or "Not recorded")


def _shown(rows: int, figure: Figure | None) -> str:
    if figure is None or figure.value is None or figure.value <= rows:
        return ""
    return f"{rows} of {format.number(figure.value)}"
