"""The widgets of the analytics dashboard about people: who the patients are, what they say."""

from functools import partial

from flask import url_for

from app.charts import types as charts
from app.charts.rows import hbars
from app.charts.series import value_format
from app.core import format
from app.core.permissions import Permission
from app.metrics.types import Row as Member
from app.services.dashboards.analytics_dashboard import AnalyticsDashboard
from app.services.dashboards.population import Members
from app.web.dashboards import tiles
from app.web.dashboards.board import Board, Built
from app.web.dashboards.cards import fact, facts_card
from app.web.dashboards.charts import chart_card
from app.web.explain.population import STANDINGS
from app.web.view_models import Cell, Column, Condition, Fact, Facts, Link, Row, TableCard, TableView

Analytics = Board[AnalyticsDashboard]

TREND_WORDS = {
    "increasing": "higher than 90 days ago",
    "decreasing": "lower than 90 days ago",
    "stable": "no different from 90 days ago",
}
_AREAS = 12  # rows of the table


def line_of(board: Analytics, metric: str, note: str = "", answer: str = "figures") -> Fact | None:
    """A figure of the period as a line, with how many records stand behind it."""
    figure = board.reading.get(answer, metric)
    return fact(board, figure, note or (tiles.count_note(figure, board.setting.currency) if figure else ""))


def data(board: Analytics) -> Built | None:
    """How whole the data of the period are: what the other figures can be trusted for."""
    reading = board.reading
    complete, missing = reading.completeness, reading.get("figures", "attendance.outcome_missing_rate")
    if missing is None:
        return None
    outcome = Fact(
        "Visits with an outcome",
        format.percent(complete, unknown=""),
        f"{tiles.count_note(missing, board.setting.currency)} without one"
        if complete is not None
        else missing.reason or "None yet",
        board.explain("attendance.outcome_missing_rate"),
    )
    lines = [
        outcome,
        line_of(board, "waiting.timed_rate"),
        line_of(board, "satisfaction.response_rate"),
        line_of(board, "tasks.documentation_rate"),
    ]
    return facts_card(board, "How complete the data are", lines, missing)


def standing(board: Analytics) -> Built:
    """Active, dormant and at-risk patients."""
    found, rules = board.reading.population, board.reading.rules
    counted = found.standing
    active, dormant = rules.active_days, rules.dormant_days
    words = f"Active: seen within {active} days, or booked. Dormant: up to {dormant}. At risk: longer."
    return _members_chart(board, "standing", "Patients by when they were seen last", counted, words, STANDINGS)


def ages(board: Analytics) -> Built:
    """Patients by age today."""
    return _members_chart(board, "ages", "Patients by age", board.reading.population.ages)


def _members_chart(
    board: Analytics,
    key: str,
    title: str,
    members: Members,
    words: str = "",
    labels: dict[str, str] | None = None,
) -> Built:
    found = board.reading.population
    if found.reason:
        return Built(title, None, Condition("empty", "Not counted", found.reason))
    names = labels or {member.name: member.name.capitalize() for member in members.shown}
    bars = [charts.Bar(names[member.name], float(member.patients)) for member in members.shown]
    draw = partial(_bars, bars, title)
    whole = "Too few patients" if members.whole is None else f"{format.number(members.whole)} patients"
    hidden = f", {format.plural(members.hidden, 'group')} too small to show" if members.hidden else ""
    note, url = f"{whole} with this home{hidden}", _explained(board, key)
    return Built(title, chart_card(board, key, draw, summary=words, count_note=note, explain_url=url))


def _explained(board: Analytics, part: str) -> str:
    """The page that explains the counts of patients, at one of them."""
    if not board.reading.actor.can(Permission.METRICS_PATIENTS):
        return ""
    clinic = board.reading.clinic
    return url_for("metrics.explain_population", clinic=clinic.id if clinic else None, _anchor=part)


def _bars(bars: list[charts.Bar], title: str, size: charts.Size, prefix: str) -> charts.Chart:
    return hbars(bars, title=title, id_prefix=prefix, value_format=format.number, head="Patients", size=size)


def areas(board: Analytics) -> Built:
    """Where patients live, and how often they came within a year."""
    found, title = board.reading.population, "Patients by postal area"
    if found.reason:
        return Built(title, None, Condition("empty", "Not counted", found.reason))
    rows = tuple(
        Row(
            (
                Cell(member.name if member.name != "unknown" else "Not recorded"),
                Cell(format.number(member.patients)),
                Cell(format.number((member.visits or 0) / member.patients, 1)),
            )
        )
        for member in found.areas.shown[:_AREAS]
    )
    columns = (Column("Area"), Column("Patients", "figures"), Column("Visits a year", "figures"))
    shown, whole = len(rows), len(found.areas.shown) + found.areas.hidden
    table = TableView(title, columns, rows, "No area may be shown.")
    note = f"{shown} of {format.plural(whole, 'area')}" if shown < whole else ""
    words = "Visits of the last year for each patient."
    url = _explained(board, "areas")
    links = (Link("Explain", url),) if url else ()
    return Built(title, TableCard(table, words, links, count_note=note))


def engagement(board: Analytics) -> Built:
    """Engagement, retention and who may be lost, each with what it was counted from."""
    found = board.reading.population
    score, newcomers, leaving = found.engagement, found.newcomers, found.leaving
    lines = [line_of(board, "patients.retention_rate", answer="now")]
    if newcomers is not None:
        note = f"{format.number(newcomers.part)} of {format.number(newcomers.whole)}, within 180 days"
        lines.append(
            Fact("New patients who came back", format.percent(newcomers.value), note, _explained(board, "newcomers"))
        )
    if score is not None:
        url = _explained(board, "engagement")
        lines.append(Fact("Engagement, of 10", format.number(score.mean, 1), _engagement_note(score.trend), url))
        top = f"{format.number(score.patients)} scored"
        lines.append(Fact("Upper quartile", format.number(score.top, 1), top, url))
    if leaving is not None:
        low, high = (round(leaving.patients * share) for share in (leaving.left.low, leaving.left.high))
        lines.append(
            Fact(
                "Expected to be lost in 30 days",
                format.number(leaving.expected),
                f"{low} to {high} (95%); of {leaving.patients} close to it, as {leaving.left.part} of"
                f" {leaving.left.whole} did a month ago",
                _explained(board, "leaving"),
            )
        )
    if found.reason:
        lines.append(Fact("Engagement and patients at risk", "", found.reason))
    body = Facts(
        tuple(line for line in lines if line is not None),
        "Engagement: the mean of appointments kept and surveys answered over a year. Portal use is not recorded.",
        time_note=format.time(found.made_at, board.setting.zone, unknown="") if found.made_at else "",
    )
    return Built("Who stays", body)


def _engagement_note(trend: str | None) -> str:
    return TREND_WORDS.get(trend or "", "")


def satisfaction(board: Analytics) -> Built | None:
    """What patients say."""
    lines = [
        line_of(board, "satisfaction.score", answer="now"),
        line_of(board, "satisfaction.nps"),
        line_of(board, "satisfaction.response_rate"),
        line_of(board, "satisfaction.complaints", "received in the period"),
    ]
    return facts_card(board, "What patients say", lines, board.reading.get("now", "satisfaction.score"))


def complaints(board: Analytics) -> Built | None:
    """What complaints are about: where to improve."""
    answer = board.reading.answers.get("complaints")
    if answer is None:
        return None
    rows = sorted(answer.rows, key=lambda row: -float(row.figures["satisfaction.complaints"].value or 0))
    return breakdown(
        board, "complaints", "What complaints are about, 12 months", rows, "satisfaction.complaints", "About"
    )


TOO_FEW = "Too few of each kind to show."


def breakdown(board: Analytics, key: str, title: str, rows: list[Member], metric: str, head: str) -> Built | None:
    """A figure by the members of a dimension as lying bars; what may not be shown says so."""
    answer = board.reading.answers.get(key)
    if answer is None or metric not in answer.total.figures:
        return None
    total, currency = answer.total.figures[metric], board.setting.currency
    bars = [
        charts.Bar(
            format.sentence(row.label),
            None if (figure := row.figures[metric]).value is None else float(figure.value),
            reason="too few to show",
        )
        for row in rows
        if row.figures[metric].value != 0
    ]

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return hbars(
            bars,
            title=title,
            id_prefix=prefix,
            value_format=value_format(total.metric, currency),
            head=head,
            size=size,
            empty=total.reason or (TOO_FEW if bars else "None in this period."),
        )

    return Built(title, chart_card(board, key, draw, total), tiles.condition(total, board.setting))
