"""A patient's health in plain words: medicines, conditions, readings, goals, what was said at visits."""

from flask import url_for

from app.core import format
from app.insights.readings import Trend
from app.services.chart.chart_contacts import Visit
from app.services.chart.chart_health import GoalLine, Problem
from app.services.chart.chart_medication import Medicine
from app.services.dashboards.patient_dashboard import REFILL_SOON, PatientDashboard
from app.web.dashboards.board import Board, Built
from app.web.patient_words import clock_words, day_words
from app.web.view_models import (
    Action,
    Condition,
    Entries,
    Entry,
    Fact,
    Facts,
    Mark,
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
        format.sentence(how or medicine.instruction or "How to take it is not recorded"),
        _supply_words(medicine),
        _missed(medicine),
    )
    return Entry(
        format.sentence(medicine.name or medicine.substance or "Name not recorded"),
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
    line = format.sentence(", ".join(part for part in (aim, now) if part))
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
