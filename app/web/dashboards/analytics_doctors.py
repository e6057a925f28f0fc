"""Doctors as a group on the analytics dashboard: funnels without names, how their time is used, quality and safety."""

from app.charts import types as charts
from app.charts.funnel import funnel_plot
from app.charts.funnel_limits import share_limits, within
from app.charts.series import value_format
from app.core import format
from app.metrics.types import Figure
from app.metrics.types import Row as Member
from app.services.dashboards.analytics_dashboard import limit_for
from app.web.dashboards.analytics_people import Analytics, line_of
from app.web.dashboards.board import Built
from app.web.dashboards.cards import fact, facts_card
from app.web.dashboards.charts import chart_card
from app.web.view_models import Condition, Fact

_FUNNEL_NOTE = (
    "Between the lines a doctor stands by chance alone. Not adjusted for who the patients are: a point outside"
    " asks for a look, it is no verdict."
)


def funnel(metric: str, board: Analytics) -> Built | None:
    """A share by doctor beside the limits of chance. Peers are dots without a name."""
    answer = board.reading.answers.get("doctors")
    if answer is None or metric not in answer.total.figures:
        return None
    whole = answer.total.figures[metric]
    title = f"{whole.metric.label} by doctor, 13 weeks"
    known = [(row, figure) for row in board.reading.doctors if (figure := row.figures[metric]).denominator]
    if whole.value is None or not known:
        return Built(title, None, Condition("empty", "None yet", whole.reason or "Too few to show."))
    share = float(whole.value)
    counted = [int(figure.denominator or 0) for _, figure in known]
    limits = share_limits(min(counted), max(counted), share)
    points = [_point(row.label, row.own, figure, whole) for row, figure in known]

    def draw(size: charts.Size, prefix: str) -> charts.Chart:
        return funnel_plot(
            points,
            limits,
            share,
            title=title,
            id_prefix=prefix,
            value_format=value_format(whole.metric, ""),
            volume_format=format.number,
            volume_label=(whole.metric.denominator_words or "counted").capitalize(),
            head="Doctor",
            size=size,
        )

    key = "funnel-" + metric.rpartition(".")[2].replace("_", "-")
    return Built(title, chart_card(board, key, draw, whole, notes=(_FUNNEL_NOTE,)))


def _point(label: str, own: bool, figure: Figure, whole: Figure) -> charts.FunnelPoint:
    value = None if figure.value is None else float(figure.value)
    limit = limit_for(figure, whole)
    signal = charts.Signal.COMMON
    if limit is not None and value is not None and not within(limit, value):
        is_better = (value > float(whole.value or 0)) == (whole.metric.better.value == "up")
        signal = charts.Signal.IMPROVEMENT if is_better else charts.Signal.CONCERN
    return charts.FunnelPoint(label, float(figure.denominator or 0), value, own, signal)


def efficiency(board: Analytics) -> Built | None:
    """How the time of doctors is used."""
    reading = board.reading
    lines = [
        line_of(board, "waiting.visit_mean"),
        line_of(board, "waiting.on_time_rate"),
        line_of(board, "capacity.utilisation", answer="now"),
        line_of(board, "attendance.completion_rate"),
    ]
    if reading.visits_per_doctor_day is not None:
        value = format.number(reading.visits_per_doctor_day, 1)
        lines.append(Fact("Visits a doctor's day", value, "completed, for each day on duty"))
    lines.append(line_of(board, "revenue.charged_per_hour", "by service date"))
    return facts_card(board, "How doctors' time is used", lines, reading.get("figures", "waiting.visit_mean"))


def quality(board: Analytics) -> Built | None:
    """Outcomes and safety."""
    near = next((row for row in _severities(board) if row.key[0] == "near_miss"), None)
    lines = [
        line_of(board, "clinical.bp_control_rate"),
        line_of(board, "clinical.review_rate"),
        line_of(board, "tasks.documentation_rate"),
        line_of(board, "satisfaction.incidents", "near misses included"),
        fact(board, near.figures["satisfaction.incidents"], "", "Near misses") if near else None,
        line_of(board, "satisfaction.harm_incidents", "moderate or severe"),
    ]
    return facts_card(board, "Quality and safety", lines, board.reading.get("figures", "satisfaction.incidents"))


def _severities(board: Analytics) -> tuple[Member, ...]:
    answer = board.reading.answers.get("incidents")
    return answer.rows if answer else ()
