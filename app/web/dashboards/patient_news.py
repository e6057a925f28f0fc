"""What is new for a patient, what they owe, and who has looked at their record, in plain words."""

from flask import url_for

from app.core import format
from app.services.chart.chart_contacts import MessageLine, ResultLine
from app.services.dashboards.patient_account import Account, Charge
from app.services.dashboards.patient_dashboard import PatientDashboard
from app.web.dashboards.board import Board, Built
from app.web.patient_words import day_words, look_cells
from app.web.view_models import (
    Cell,
    Column,
    Condition,
    Entries,
    Entry,
    Fact,
    Facts,
    Link,
    Row,
    TableCard,
    TableView,
)

Patient = Board[PatientDashboard]

SHOWN = 4
COVER = {"active": "In force", "ended": "Ended", "not_started": "Not begun yet", "cancelled": "Cancelled"}


def messages(board: Patient) -> Built | None:
    """The newest messages, unread ones marked."""
    chart = board.reading.chart
    if chart is None:
        return None
    rows = tuple(_message(each, board) for each in chart.messages[:SHOWN])
    links = (Link("All messages", url_for("patient.messages")),) if board.reading.is_own else ()
    return Built("Messages", Entries(rows, "No messages yet.", links=links))


def _message(message: MessageLine, board: Patient) -> Entry:
    ours = message.sender == "practice"
    sender = (message.doctor or "The practice") if ours else "You" if board.reading.is_own else "The patient"
    url = url_for("patient.message", message_id=message.id) if board.reading.is_own else ""
    new = ours and not message.is_read
    return Entry(
        message.subject or "Without a subject",
        (preview(message.body),) if message.body else (),
        aside=f"{sender}, {day_words(message.at, board.setting.zone)}",
        mark="good" if new else "",
        mark_words="New" if new else "",
        url=url,
    )


def preview(body: str, length: int = 110) -> str:
    """The beginning of a message, cut between words."""
    words = " ".join(body.split())
    return words if len(words) <= length else words[:length].rsplit(" ", 1)[0] + " …"


def results(board: Patient) -> Built | None:
    """The newest test results, in a sentence each."""
    chart = board.reading.chart
    if chart is None:
        return None
    rows = tuple(_result(each, board) for each in chart.results[:SHOWN])
    links = (Link("All results", url_for("patient.results")),) if board.reading.is_own else ()
    return Built("Test results", Entries(rows, "No test results yet.", links=links))


def _result(result: ResultLine, board: Patient) -> Entry:
    words = result_words(result)
    url = url_for("patient.result", result_id=result.id) if board.reading.is_own and result.available else ""
    new = "New" if result.new else ""
    aside = day_words(result.at, board.setting.zone) if result.at else ""
    return Entry(result.name or "Test", (words,), aside=aside, mark="good" if new else "", mark_words=new, url=url)


def result_words(result: ResultLine) -> str:
    """What came of a test, in a sentence."""
    if not result.available:
        return "Not ready yet."
    reviewed = {"reviewed": "Your doctor has looked at it.", "pending": "Your doctor has not looked at it yet."}
    parts = (f"{result.summary.rstrip('.')}." if result.summary else "", reviewed.get(result.review or "", ""))
    return " ".join(part for part in parts if part) or "Ready."


def balance(board: Patient) -> Built | None:
    """What is owed and when, and the newest charges."""
    account = board.reading.account
    if account is None:
        return None
    owed = _owed(account, board)
    automatic = {True: "Bills are paid automatically.", False: "Bills are not paid automatically."}
    paid = automatic.get(board.reading.patient.auto_pay, "") if board.reading.patient.auto_pay is not None else ""
    return Built("Bills", Entries((owed, *(_charge(each, board) for each in account.charges[:SHOWN])), "", paid))


def _owed(account: Account, board: Patient) -> Entry:
    """What is to be paid now, and apart from it what may still become the insurer's."""
    currency, now = board.setting.currency, account.balance - account.undecided
    waiting = format.money(account.undecided, currency, 2)
    undecided = f"{waiting}{' more' if now else ''} is with the insurer, who has not decided yet."
    waits = (undecided,) if account.undecided else ()
    if not now:
        return Entry("Nothing to pay now" if waits else "Nothing is owed", waits)
    late = account.own_due is not None and account.own_due < board.reading.today
    due = f"{'Was due' if late else 'Due'} {format.date(account.own_due, 'year', unknown='on no set day')}."
    title = f"{'You owe' if board.reading.is_own else 'Owes'} {format.money(now, currency, 2)}"
    return Entry(title, (due, *waits), mark="late" if late else "", mark_words="Overdue" if late else "")


def _charge(charge: Charge, board: Patient) -> Entry:
    currency = board.setting.currency
    amount, less, paid, own = (
        None if each is None else format.money(each, currency, 2)
        for each in (charge.amount, charge.reduced, charge.covered, charge.own)
    )
    if own is None:
        words = f"{amount}. The insurer has not decided yet what it pays."
    else:
        parts = (f"reduced by {less}" if charge.reduced else "", f"insurance paid {paid}" if charge.covered else "")
        words = f"{', '.join((f'{amount}', *filter(None, parts)))}. Yours: {own}."
    unpaid = "Paid." if not charge.open else f"{format.money(charge.open, currency, 2)} is not paid yet."
    return Entry(charge.description or "Visit", (f"{words} {unpaid}",), aside=format.date(charge.day, "year"))


def insurance(board: Patient) -> Built:
    """Who pays for visits."""
    cover = board.reading.insurance
    if cover is None:
        return Built("Insurance", None, Condition("not_recorded", "Not recorded", "No insurance is known."))
    facts = (
        Fact("Insurer", cover.payer or "", "" if cover.payer else "Not recorded"),
        Fact("Policy", cover.policy or "", "" if cover.policy else "Not recorded"),
        Fact("State", COVER[cover.status]),
    )
    return Built("Insurance", Facts(facts))


def looks(board: Patient) -> Built | None:
    """Who has looked at the record lately; the patient's own looks are among them."""
    if not board.reading.is_own:
        return None
    rows = tuple(
        Row(tuple(Cell(text) for text in look_cells(each, board.setting.zone))) for each in board.reading.looks
    )
    columns = (Column("When"), Column("Who"), Column("Role"), Column("What"))
    table = TableView("Who has looked at my record", columns, rows, "Nobody yet.")
    words = "Every time somebody opens your record, it is written down. Your own visits are listed too."
    return Built(
        "Who has looked at my record", TableCard(table, words, (Link("All entries", url_for("patient.looks")),))
    )
