"""The widgets of the patient dashboard, in plain words: what comes next, and what there is to do about it."""

from flask import url_for

from app.core import format
from app.insights.readings import Trend
from app.services.chart_contacts import Booking, MessageLine, ResultLine, ScheduledTest, Visit
from app.services.chart_health import GoalLine, Problem
from app.services.chart_medication import Medicine
from app.services.patient_account import Charge
from app.services.patient_dashboard import REFILL_SOON, PatientDashboard
from app.web.dashboards.board import Board, Built
from app.web.patient_words import clock_words, day_words, look_cells, sentence, when_words
from app.web.view_models import (
    Action,
    Cell,
    Column,
    Condition,
    Entries,
    Entry,
    Fact,
    Facts,
    Link,
    Mark,
    Row,
    TableCard,
    TableView,
)

Patient = Board[PatientDashboard]

SHOWN = 4
VITALS = {
    "blood_pressure": "Blood pressure",
    "heart_rate": "Heart rate",
    "weight": "Weight",
    "height": "Height",
    "bmi": "Body mass index",
    "temperature": "Temperature",
    "oxygen_saturation": "Oxygen in the blood",
    "respiratory_rate": "Breaths a minute",
}
STATUS: dict[str, tuple[str, Mark]] = {
    "managed": ("Under control", "good"),
    "not_controlled": ("Not at target", "late"),
}
TRENDS: dict[Trend, str] = {
    "improving": "better than the time before",
    "worsening": "further from its target than the time before",
    "stable": "about the same as the time before",
}
COVER = {"active": "In force", "ended": "Ended", "not_started": "Not begun yet", "cancelled": "Cancelled"}


def next_visit(board: Patient) -> Built:
    """The next visit: when, where, with whom, how long, and what to do before it."""
    booked, own = board.reading.booked, board.reading.is_own
    ask = (Action("Ask for a visit", url_for("patient.ask_visit"), "calendar-plus", "get", tone="primary"),)
    if not booked:
        free = board.reading.next_available
        doctor = (
            format.given_first(board.reading.doctor.name, board.reading.doctor.prefix) if board.reading.doctor else None
        )
        words = "No visit is booked."
        if free is not None and doctor is not None:
            words += f" {doctor} is free again {when_words(free, board.setting.zone)}."
        return Built("Next visit", Entries((), words, actions=ask if own else ()))
    visit = booked[0]
    entry = Entry(
        sentence(when_words(visit.at, _zone(board, visit))),
        _place_lines(board, visit),
        visit.preparation + ((visit.instruction,) if visit.instruction and board.reading.chart else ()),
    )
    summary = "" if entry.points else "There is nothing to prepare."
    moves = (Action("Ask for another time", url_for("patient.ask_visit"), "calendar", "get"),)
    return Built("Next visit", Entries((entry,), "", summary, actions=moves if own else (), lead=True))


def _zone(board: Patient, visit: Booking) -> str:
    clinic = board.reading.clinics.get(visit.clinic_id) if visit.clinic_id else None
    return clinic.zone if clinic else board.setting.zone


def _place_lines(board: Patient, visit: Booking) -> tuple[str, ...]:
    minutes = f"about {visit.minutes} minutes" if visit.minutes else ""
    kind = ", ".join(part for part in (visit.type, minutes) if part)
    with_whom = ", ".join(part for part in (visit.doctor, visit.specialty) if part)
    clinic = board.reading.clinics.get(visit.clinic_id) if visit.clinic_id else None
    place = ", ".join(part for part in (clinic.name, clinic.line, clinic.city) if part) if clinic else ""
    phone = f"Phone {clinic.phone}" if clinic and clinic.phone else ""
    return tuple(line for line in (with_whom and f"With {with_whom}", kind, place, phone) if line)


def later_visits(board: Patient) -> Built:
    """The visits after the next one."""
    rows = tuple(
        Entry(
            sentence(when_words(visit.at, _zone(board, visit))),
            (", ".join(part for part in (visit.doctor, visit.specialty, visit.type) if part),),
        )
        for visit in board.reading.booked[1 : 1 + SHOWN]
    )
    return Built("Later visits", Entries(rows, "No other visit is booked."))


def doing(board: Patient) -> Built | None:
    """What a patient can do from here; only on their own page."""
    reading = board.reading
    if not reading.is_own or reading.chart is None:
        return None
    chart = reading.chart
    links = (
        ("Write to the practice", "patient.write", format.plural(chart.unread, "new message") if chart.unread else ""),
        ("Ask for a refill", "patient.ask_refill", _refill_words(reading.refills_due or 0)),
        ("Ask for a visit", "patient.ask_visit", ""),
        (
            "See test results",
            "patient.results",
            format.plural(chart.new_results, "new result") if chart.new_results else "",
        ),
    )
    rows = tuple(
        Entry(label, url=url_for(endpoint), mark="good" if words else "", mark_words=words)
        for label, endpoint, words in links
    )
    return Built("What would you like to do?", Entries(rows, ""))


def _refill_words(due: int) -> str:
    return f"{format.plural(due, 'medicine')} running out" if due else ""


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


def medicines(board: Patient) -> Built | None:
    """What is taken today, how long it lasts, and what was missed."""
    chart = board.reading.chart
    if chart is None:
        return None
    rows = tuple(_medicine(each, board) for each in chart.medicines)
    actions = (Action("Ask for a refill", url_for("patient.ask_refill"), "plus", "get"),) if rows else ()
    return Built(
        "Medicines", Entries(rows, "No medicines are on your list.", actions=actions if board.reading.is_own else ())
    )


def _medicine(medicine: Medicine, board: Patient) -> Entry:
    taken = ", ".join(part for part in (medicine.dosage, (medicine.frequency or "").lower()) if part)
    next_dose = f"next dose {clock_words(medicine.next_dose, board.setting.zone)}" if medicine.next_dose else ""
    how = ", ".join(part for part in (taken, next_dose) if part)
    due = _supply_mark(medicine, board)
    lines = (
        sentence(how or medicine.instruction or "How to take it is not recorded"),
        _supply_words(medicine),
        _missed(medicine),
    )
    return Entry(
        sentence(medicine.name or medicine.substance or "Name not recorded"),
        tuple(line for line in lines if line),
        mark="late" if due else "",
        mark_words=due,
    )


def _supply_mark(medicine: Medicine, board: Patient) -> str:
    if medicine.next_refill is None:
        return ""
    if medicine.overdue_days:
        return "Run out"
    return "Refill soon" if (medicine.next_refill - board.reading.today).days < REFILL_SOON else ""


def _supply_words(medicine: Medicine) -> str:
    if medicine.next_refill is None:
        return "How long it lasts is not recorded."
    if medicine.overdue_days:
        return (
            f"The supply ended {format.date(medicine.next_refill)}, {format.plural(medicine.overdue_days, 'day')} ago."
        )
    left = "" if medicine.remaining_doses is None else f", {format.plural(medicine.remaining_doses, 'dose')} left"
    return f"Lasts until {format.date(medicine.next_refill)}{left}."


def _missed(medicine: Medicine) -> str:
    if medicine.missed is None:
        return ""
    if not medicine.missed:
        return "No dose missed in the last 7 days."
    return f"{format.plural(medicine.missed, 'dose')} missed in the last 7 days."


def tests(board: Patient) -> Built | None:
    """Tests to come, with what to do before each."""
    chart = board.reading.chart
    if chart is None:
        return None
    rows = tuple(_test(each, board) for each in chart.tests[:SHOWN])
    return Built("Tests to come", Entries(rows, "No test is planned."))


def _test(test: ScheduledTest, board: Patient) -> Entry:
    fasting = ""
    if test.fasting:
        fasting = (
            f"Come fasting: nothing to eat for {format.plural(test.preparation_hours, 'hour')} before"
            if test.preparation_hours
            else "Come fasting"
        )
    points = tuple(part for part in (fasting, test.preparation) if part)
    return Entry(
        test.name or "Test",
        tuple(part for part in (sentence(when_words(test.at, board.setting.zone)), test.place) if part),
        points[:1] if test.preparation and test.fasting and test.preparation_hours else points,
    )


def problems(board: Patient) -> Built | None:
    """Conditions with their last reading; a direction only where a rule stands behind it."""
    chart = board.reading.chart
    if chart is None:
        return None
    return Built("Conditions", Entries(tuple(_problem(each, board) for each in chart.problems), "None are recorded."))


def _problem(problem: Problem, board: Patient) -> Entry:
    words, mark = STATUS.get(problem.status, ("", ""))
    lines = []
    if problem.reading is not None:
        trend = f", {TRENDS[problem.trend]}" if problem.trend else ""
        lines.append(
            f"Last reading {problem.reading.words}, {day_words(problem.reading.at, board.setting.zone)}{trend}."
        )
    since = f"Since {format.date(problem.diagnosed, 'month')}" if problem.diagnosed else ""
    return Entry(problem.name or "Name not recorded", tuple(lines), aside=since, mark=mark, mark_words=words)


def vitals(board: Patient) -> Built | None:
    """The newest of each vital sign."""
    chart = board.reading.chart
    if chart is None:
        return None
    found = {kind: chart.readings[kind][0] for kind in VITALS if chart.readings.get(kind)}
    if not found:
        return Built("Vital signs", None, Condition("not_recorded", "Not recorded", "Nothing was measured yet."))
    facts = tuple(
        Fact(VITALS[kind], each.words, day_words(each.at, board.setting.zone)) for kind, each in found.items()
    )
    return Built("Vital signs", Facts(facts))


def allergies(board: Patient) -> Built | None:
    """Allergies with the reaction."""
    chart = board.reading.chart
    if chart is None:
        return None
    rows = tuple(
        Entry(
            each.allergen or "Name not recorded",
            (each.reaction,) if each.reaction else (),
            mark="late" if each.severity == "severe" else "",
            mark_words=(each.severity or "").capitalize(),
        )
        for each in chart.allergies
    )
    return Built("Allergies", Entries(rows, "None are recorded."))


def goals(board: Patient) -> Built | None:
    """Goals with how far they are, in a bar and in words."""
    chart = board.reading.chart
    if chart is None:
        return None
    return Built("Goals", Entries(tuple(_goal(each) for each in chart.goals), "No goal is agreed yet."))


def _goal(goal: GoalLine) -> Entry:
    aim = f"Aim {goal.target}" if goal.target else ""
    now = f"now {goal.current}" if goal.current else ""
    if goal.progress is None:
        words = "How far it is cannot be told from the readings yet."
    elif goal.progress >= 1:
        words = "Reached."
    else:
        words = f"{format.percent(goal.progress, 0)} of the way since it began."
    line = sentence(", ".join(part for part in (aim, now) if part))
    due = f"Until {format.date(goal.due, 'year')}" if goal.due else ""
    return Entry(
        goal.title or "Goal", (line,) if line else (), goal.actions, due, share=goal.progress, share_words=words
    )


def visits(board: Patient) -> Built | None:
    """Recent visits, with what was said and what is to be done."""
    chart = board.reading.chart
    if chart is None:
        return None
    rows = tuple(_visit(each, board) for each in chart.visits[:SHOWN])
    return Built("Recent visits", Entries(rows, "No visit is recorded yet."))


def _visit(visit: Visit, board: Patient) -> Entry:
    title = ", ".join(part for part in (visit.doctor, visit.type) if part) or "Visit"
    when = day_words(visit.at, board.setting.zone) if visit.at else ""
    return Entry(title, (visit.summary or "No summary was written.",), visit.actions, when)


def balance(board: Patient) -> Built | None:
    """What is owed and when, and the newest charges."""
    account = board.reading.account
    if account is None:
        return None
    currency = board.setting.currency
    if account.balance:
        title = (
            f"You owe {format.money(account.balance, currency, 2)}"
            if board.reading.is_own
            else f"Owes {format.money(account.balance, currency, 2)}"
        )
        late = account.due is not None and account.due < board.reading.today
        due = (
            f"{'Was due' if late else 'Due'} {format.date(account.due, 'year')}"
            if account.due
            else "No date is set for it"
        )
        owed = Entry(title, (due + ".",), mark="late" if late else "", mark_words="Overdue" if late else "")
    else:
        owed = Entry("Nothing is owed")
    automatic = {True: "Bills are paid automatically.", False: "Bills are not paid automatically."}
    paid = automatic.get(board.reading.patient.auto_pay, "") if board.reading.patient.auto_pay is not None else ""
    return Built("Bills", Entries((owed, *(_charge(each, board) for each in account.charges[:SHOWN])), "", paid))


def _charge(charge: Charge, board: Patient) -> Entry:
    currency = board.setting.currency
    amount, less, paid, own = (
        None if each is None else format.money(each, currency, 2)
        for each in (charge.amount, charge.reduced, charge.covered, charge.own)
    )
    if own is None:
        words = f"{amount}. The insurer has not decided yet."
    else:
        parts = (f"reduced by {less}" if charge.reduced else "", f"insurance paid {paid}" if charge.covered else "")
        words = f"{', '.join((f'{amount}', *filter(None, parts)))}. Yours: {own}."
    open_words = "Paid." if not charge.open else f"{format.money(charge.open, currency, 2)} is open."
    return Entry(charge.description or "Visit", (f"{words} {open_words}",), aside=format.date(charge.day, "year"))


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


def contact(board: Patient) -> Built:
    """How the patient is reached, and their usual doctor."""
    reading = board.reading
    known, doctor = reading.contact, reading.doctor
    free = reading.next_available
    facts = (
        Fact(
            "Doctor",
            format.given_first(doctor.name, doctor.prefix) or "" if doctor else "",
            (doctor.specialty or "") if doctor else "Not chosen yet",
        ),
        Fact(
            "First free time",
            when_words(free, board.setting.zone) if free else "",
            "" if free else "Not known for the next four weeks",
        ),
        Fact("Phone", known.get("phone", "") or "", "" if known.get("phone") else "Not recorded"),
        Fact("Email", known.get("email", "") or "", "" if known.get("email") else "Not recorded"),
    )
    return Built("Doctor and contact", Facts(facts))


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
