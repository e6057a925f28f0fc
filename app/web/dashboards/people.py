"""Doctors and departments as tables; findings, alerts and coming events as notes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core import format
from app.metrics.types import Figure
from app.metrics.types import Row as Member
from app.models import CalendarEvent
from app.web import alert_words
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import cell
from app.web.view_models import Cell, Column, Link, Note, Notes, Row, Signal, TableCard, TableView

DOCTOR_COLUMNS = (
    ("Completed", "attendance.completion_rate", True),
    ("On time", "waiting.on_time_rate", True),
    ("Notes in 72 h", "tasks.documentation_rate", True),
    ("Satisfaction", "satisfaction.score", True),
    ("Came back", "patients.retention_rate", True),
    ("Collected", "revenue.collected", True),
    ("A visit", "revenue.per_visit", True),
)
BOOKED = "attendance.booked"


def doctors(board: Board[Any]) -> Built | None:
    """Each doctor's today and last week; what a viewer may not see is no column at all."""
    week, day = board.reading.answers.get("doctors week"), board.reading.answers.get("doctors day")
    if week is None or day is None:
        return None
    today = {row.key: row.figures[BOOKED] for row in day.rows}
    shown = [column for column in DOCTOR_COLUMNS if column[1] in week.total.figures]
    rows = [
        _member(row, today.get(row.key), shown, board.setting.currency)
        for row in sorted(week.rows, key=lambda one: one.label)
    ]
    if len(rows) > 1:
        whole = Member((), "All", week.total.figures)
        rows.append(_member(whole, day.total.figures[BOOKED], shown, board.setting.currency, "total"))
    columns = (
        Column("Doctor"),
        Column("Today", "figures"),
        Column("Last week", "figures"),
        *(Column(label, "figures", spare=spare) for label, _, spare in shown),
    )
    span = f"{format.date(week.period.start)} to {format.date(week.period.last)}"
    table = TableView(f"Doctors, {span}", columns, tuple(rows), "No doctor had a visit booked last week.")
    words = "By name, not by rank. Differences between doctors are mostly chance and case mix."
    return Built("Doctors", TableCard(table, words, count_note=f"Last week: {span}"))


def _member(
    row: Member, today: Figure | None, shown: list[tuple[str, str, bool]], currency: str, kind: str = ""
) -> Row:
    cells = [
        Cell(row.label, tone="strong" if row.own else ""),
        cell(today, currency, absent="0"),
        cell(row.figures.get(BOOKED), currency, absent="0"),
    ]
    cells += [cell(row.figures.get(key), currency) for _, key, _ in shown]
    return Row(tuple(cells), kind)  # type: ignore[arg-type]


def departments(board: Board[Any]) -> Built | None:
    """Each department's volume, share of the money, and how full it was."""
    answers = board.reading.answers
    week, month, day = answers.get("departments week"), answers.get("departments month"), answers.get("departments day")
    if week is None or month is None or day is None:
        return None
    monthly, weekly, daily = (_booked(answer.rows) for answer in (month, week, day))
    currency = board.setting.currency
    use = {row.key: row.figures.get("capacity.utilisation") for row in answers["departments"].rows}
    money = "revenue.collected" in week.total.figures
    total = week.total.figures["revenue.collected"].value if money else None
    keys = {row.key: row for row in (*month.rows, *week.rows)}
    rows = []
    for key, row in sorted(keys.items(), key=lambda pair: pair[1].label):
        cells = [
            Cell(row.label or "Not assigned"),
            cell(daily.get(key), currency, absent="0"),
            cell(weekly.get(key), currency, absent="0"),
            cell(monthly.get(key), currency, absent="0"),
        ]
        if money:
            part = row.figures.get("revenue.collected")
            amount = part.value if part else None
            cells += [cell(part, currency)]
            cells += [Cell(format.percent(float(amount) / float(total)) if amount is not None and total else "–")]
        used = use.get(key)
        cells.append(Cell("–", tone="muted") if used is None else cell(used, currency))
        rows.append(Row(tuple(cells)))
    columns = [Column("Department"), *(Column(label, "figures") for label in ("Today", "Last week", "This month"))]
    if money:
        columns += [Column("Collected last week", "figures", spare=True), Column("Share", "figures", spare=True)]
    columns.append(Column("Booked of bookable", "figures"))
    table = TableView("Departments", tuple(columns), tuple(rows), "No department had a visit this month.")
    return Built("Departments", TableCard(table, "Booked visits, money by payment date, and how full the diaries are."))


def _booked(rows: tuple[Member, ...]) -> Mapping[tuple[str, ...], Figure]:
    return {row.key: row.figures[BOOKED] for row in rows}


def alerts(board: Board[Any]) -> Built:
    """The place's open episodes, the gravest first."""
    found = board.reading.alerts
    rows = tuple(
        alert_words.note(alert, board.reading.moment, _where(board, alert.clinic_id) if alert.clinic_id else "")
        for alert in found[:6]
    )
    clinic = board.reading.clinic
    all_url = alert_words.url(clinic.id if clinic else None)
    title = format.plural(len(found), "open alert") if found else "Alerts"
    return Built(title, Notes(rows, Link("All alerts", all_url) if all_url else None))


def insights(board: Board[Any]) -> Built:
    """Findings that a rule stands behind, each with the way to its explanation."""
    kinds = {"positive": "improvement", "negative": "concern", "neutral": "neutral"}
    rows = tuple(
        Note(
            "finding",
            insight.sentence,
            insight.recommendation or "",
            url=board.explain(insight.metric, period="week"),
            signal=Signal(kinds[insight.impact], insight.rule[:1].upper() + insight.rule[1:]),  # type: ignore[arg-type]
        )
        for insight in board.reading.insights[:6]
    )
    empty = "No significant change in any of the figures above, and every target met."
    if board.reading.loading:
        empty = "Findings wait until all data has been loaded: until then the last weeks look unlike the others."
    return Built("Findings", Notes(rows, empty=empty))


def events(board: Board[Any]) -> Built:
    """What comes in the next 30 days; what several clinics have in common once."""
    same: dict[tuple[Any, ...], list[CalendarEvent]] = {}
    for event in board.reading.coming_events:
        key = (event.title, event.starts_at, event.ends_at, event.impact)
        same.setdefault(key, []).append(event)
    rows = tuple(_coming(board, found) for found in list(same.values())[:6])
    return Built("Coming up", Notes(rows, empty="Nothing is noted for the next 30 days."))


def _coming(board: Board[Any], found: Sequence[CalendarEvent]) -> Note:
    event, where = found[0], _where(board, *(one.clinic_id for one in found))
    return Note(
        "event",
        event.title,
        ". ".join(filter(None, (where, event.impact, _attendees(found)))),
        top=format.moment(event.starts_at, board.setting.zone).rsplit(" ", 2)[0],
        bottom=_length(event),
    )


def _where(board: Board[Any], *clinic_ids: UUID | None) -> str:
    """The clinics that something is about, on a board of several."""
    if board.reading.clinic is not None or len(board.places.clinics) < 2:
        return ""
    names = [clinic.name for clinic in board.places.clinics if clinic.id in clinic_ids]
    return "All clinics" if len(names) in (0, len(board.places.clinics)) else ", ".join(names)


def _attendees(events: Sequence[CalendarEvent]) -> str:
    people = sum(event.attendees or 0 for event in events)
    return f"{people} people" if people else ""


def _length(event: CalendarEvent) -> str:
    if event.ends_at is None:
        return ""
    minutes = round((event.ends_at - event.starts_at).total_seconds() / 60)
    days, hours = divmod(minutes, 24 * 60)[0], divmod(minutes, 60)
    if minutes and minutes % (24 * 60) == 0:
        return "all day" if days == 1 else f"{days} days"
    return f"{hours[0]} h" if hours[0] and not hours[1] else format.minutes(minutes)
