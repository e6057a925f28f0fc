"""How money came in, what failed, who pays, and the reports, as tables of the billing dashboard."""

from app.core import format
from app.core.period import Period
from app.services.background.failures import failure_words
from app.services.dashboards.billing_dashboard import BillingDashboard
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import cell
from app.web.view_models import Cell, Column, Row, TableCard, TableView

Billing = Board[BillingDashboard]


def methods(board: Billing) -> Built | None:
    """How this month's money came in: amount, share, and how often a payment succeeds."""
    answer = board.reading.answers.get("methods")
    if answer is None:
        return None
    currency, total = board.setting.currency, answer.total.figures["revenue.collected"]
    rows = []
    for member in sorted(answer.rows, key=lambda row: -(row.figures["revenue.collected"].value or 0)):
        collected = member.figures["revenue.collected"].value
        share = format.percent(float(collected) / float(total.value)) if collected and total.value else "–"
        cells = (cell(member.figures[key], currency) for key in ("revenue.payments", "revenue.collected"))
        success = cell(member.figures["payments.success_rate"], currency)
        rows.append(Row((Cell(format.sentence(member.label)), *cells, Cell(share), success)))
    columns = ("Payments", "Amount", "Share", "Succeed")
    table = TableView(
        "Payments by method",
        (Column("Method"), *(Column(label, "figures", spare=label == "Payments") for label in columns)),
        tuple(rows),
        "No payment this month yet.",
    )
    return Built(f"How it was paid, {_month(answer.period)}", TableCard(table, time_note=board.time_of(total)))


def failures(board: Billing) -> Built | None:
    """Why payments of the month failed."""
    answer = board.reading.answers.get("failures")
    if answer is None:
        return None
    keys, currency = ("payments.failed", "payments.failed_amount"), board.setting.currency
    members = [row for row in answer.rows if row.figures["payments.failed"].value]
    rows = [
        Row((Cell(failure_words(row.key[0])), *(cell(row.figures[key], currency) for key in keys)))
        for row in sorted(members, key=lambda row: -(row.figures["payments.failed"].value or 0))
    ]
    if len(rows) > 1:
        rows.append(Row((Cell("All"), *(cell(answer.total.figures[key], currency) for key in keys)), "total"))
    columns = (Column("Reason"), Column("Failed", "figures"), Column("Amount", "figures"))
    table = TableView("Failed payments by reason", columns, tuple(rows), "No payment failed this month.")
    rate = board.reading.get("month", "payments.success_rate")
    words = "" if rate is None or rate.value is None else f"{format.percent(rate.value)} of all tried succeeded."
    return Built(f"Failed payments, {_month(answer.period)}", TableCard(table, words))


def payers(board: Billing) -> Built | None:
    """Insurers: what was sent, how long they take, what they deny."""
    answer = board.reading.answers.get("payers")
    if answer is None:
        return None
    keys = ("claims.submitted", "claims.processing_days", "claims.denied", "claims.denial_rate")
    currency = board.setting.currency
    rows = [
        Row((Cell(row.label or "Not recorded"), *(cell(row.figures[key], currency) for key in keys)))
        for row in sorted(answer.rows, key=lambda row: row.label)
    ]
    if len(rows) > 1:
        rows.append(Row((Cell("All"), *(cell(answer.total.figures[key], currency) for key in keys)), "total"))
    columns = ("Sent", "Days to decision", "Denied", "Denial rate")
    table = TableView(
        "Claims by insurer",
        (Column("Insurer"), *(Column(label, "figures", spare=label == "Days to decision") for label in columns)),
        tuple(rows),
        "No claim was sent this month yet.",
    )
    return Built(f"Claims by insurer, {_month(answer.period)}", TableCard(table, "By name, not by rank."))


def _month(period: Period) -> str:
    return format.date(period.start, "month")
