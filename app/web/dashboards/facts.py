"""Figures as lists: last week, money, what is owed."""

from typing import Any

from app.core import format
from app.core.period import Period
from app.metrics import show
from app.metrics.frame import MEMBER_WORDS
from app.metrics.types import Figure, Result
from app.services.dashboards.clinic_peaks import WEEKDAYS, against_target, booked_by, busiest_pair, busiest_weekday
from app.web.dashboards import tiles
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import fact, facts_card
from app.web.view_models import Cell, Column, Fact, Row, TableCard, TableView


def _week(board: Board[Any]) -> tuple[Result | None, Period | None, str]:
    answer = board.reading.answers.get("week")
    if answer is None:
        return None, None, ""
    return answer, answer.period, f"{format.date(answer.period.start)} to {format.date(answer.period.last)}"


def week_visits(board: Board[Any]) -> Built | None:
    """Last week's appointments: how many, how they went, the fullest day and hours."""
    answer, period, span = _week(board)
    booked = board.reading.get("week", "attendance.booked")
    if answer is None or period is None or booked is None:
        return None
    completion = board.reading.get("week", "attendance.completion_rate")
    days, busiest = _busiest_day(board)
    per_day = "" if not days else f"{format.number((booked.value or 0) / days, 1)} a clinic day"
    facts = [
        fact(board, booked, per_day, period=period),
        fact(
            board, completion, tiles.count_note(completion, board.setting.currency) if completion else "", period=period
        ),
        Fact("Busiest day", *busiest),
        Fact("Busiest hours", *busiest_hours(board)),
    ]
    return facts_card(board, "Appointments", facts, booked, span)


def _busiest_day(board: Board[Any]) -> tuple[int, tuple[str, str]]:
    days, weekday = busiest_weekday(board.reading)
    if weekday is None:
        return 0, ("", "None yet")
    counts = booked_by(board.reading, "week days")
    return days, (WEEKDAYS[weekday], f"{format.number(counts[weekday])} booked")


def busiest_hours(board: Board[Any]) -> tuple[str, str]:
    """The two hours in a row with the most booked starts in the last week: ("10 to 12", "118 booked")."""
    hour = busiest_pair(board.reading)
    if hour is None:
        return "", "None yet"
    counts = booked_by(board.reading, "week hours")
    return f"{hour} to {hour + 2}", f"{format.number(counts[hour] + counts.get(hour + 1, 0))} booked"


def week_patients(board: Board[Any]) -> Built | None:
    """Last week's patients: seen, new, coming back, satisfied."""
    _, period, span = _week(board)
    get = board.reading.get
    seen, score = get("week", "patients.seen"), get("week", "satisfaction.score")
    retention = get("week", "patients.retention_rate")
    facts = [
        fact(board, seen, "different patients", period=period),
        fact(board, get("week", "patients.new"), "first visit ever", period=period),
        fact(board, retention, tiles.count_note(retention, board.setting.currency) if retention else "", period=period),
        fact(board, score, tiles.count_note(score, board.setting.currency) if score else "", period=period),
    ]
    return facts_card(board, "Patients", facts, seen, span)


def week_revenue(board: Board[Any]) -> Built | None:
    """Last week's money by payment date, against its target."""
    answer, period, span = _week(board)
    collected = board.reading.get("week", "revenue.collected")
    if answer is None or period is None or collected is None:
        return None
    change = show.change_words(collected, board.setting.currency)
    days, _ = busiest_weekday(board.reading)
    daily = float(collected.value) / days if collected.value is not None and days else None
    facts = [
        fact(board, collected, f"{change} than the week before" if change else "", period=period),
        Fact(
            "A day, on average",
            show.value_words(collected.metric.unit, daily, board.setting.currency, ""),
            f"over {format.plural(days, 'clinic day')}",
        ),
    ]
    share = against_target(board.reading)
    if share is None:
        facts.append(Fact("Against the target", "", "No daily target set"))
    else:
        facts.append(
            Fact("Against the target", format.percent(share[0]), f"of {format.money(share[1], board.setting.currency)}")
        )
    return facts_card(board, "Collected in the week", facts, collected, span)


def revenue(board: Board[Any]) -> Built | None:
    """What was collected today, this week, this month, this year."""
    facts, shown = [], None
    for name, label in (
        ("day", "Today so far"),
        ("this week", "This week"),
        ("month", "This month"),
        ("year", "This year"),
    ):
        figure = board.reading.get(name, "revenue.collected")
        answer = board.reading.answers.get(name)
        if figure is None or answer is None:
            continue
        shown = shown or figure
        note = format.plural(figure.n or 0, "payment")
        facts.append(fact(board, figure, note, label, Period(answer.period.start, answer.period.end)))
    return facts_card(board, "Collected, by payment date", facts, shown)


def outstanding(board: Board[Any]) -> Built | None:
    """What is owed now, and how well it comes in."""
    get = board.reading.get
    owed, rate = get("standing", "receivables.outstanding"), get("standing", "revenue.net_collection_rate")
    facts = [
        fact(board, get("standing", "receivables.open_invoices"), "not paid in full"),
        fact(board, owed, "open balances now"),
        fact(board, rate, "services 90 to 180 days old"),
        fact(board, get("standing", "receivables.days_in_ar"), "charges of the last 90 days"),
    ]
    return facts_card(board, "Outstanding", facts, owed)


def methods(board: Board[Any]) -> Built | None:
    """How this month's money was paid."""
    answer = board.reading.answers.get("month")
    if answer is None:
        return None
    money, rows = board.setting.currency, []
    for key, figure in answer.total.figures.items():
        if key.endswith("_share") and figure.numerator:
            amount, share = format.money(figure.numerator, money), format.percent(figure.value)
            rows.append((figure.numerator, Row((Cell(_method(figure)), Cell(amount), Cell(share)))))
    collected = answer.total.figures["revenue.collected"]
    shown = [row for _, row in sorted(rows, key=lambda pair: -pair[0])]
    if shown:
        shown.append(Row((Cell("All"), Cell(format.money(collected.value, money)), Cell("100.0%")), "total"))
    columns = (Column("Method"), Column("Amount", "figures"), Column("Share", "figures"))
    month = format.date(answer.period.start, "month")
    table = TableView(f"Payments by method, {month}", columns, tuple(shown), "No payment this month yet.")
    count = format.plural(collected.n or 0, "payment")
    return Built(f"How it was paid, {month}", TableCard(table, count_note=count, time_note=board.time_of(collected)))


def _method(figure: Figure) -> str:
    """ "Bank transfer": the way of payment whose share this is, as the other pages call it."""
    method = figure.metric.key.removeprefix("revenue.").removesuffix("_share")
    return format.sentence(MEMBER_WORDS["method"].get(method, method))
