"""Explain this number: one page for any figure, and the records behind it for those who may read records."""

from dataclasses import replace

from flask import Response, g, render_template, request, url_for

from app.core import format
from app.core.clock import now
from app.core.errors import Invalid
from app.core.permissions import Permission
from app.metrics.explain import explain as explanation_of
from app.metrics.explanation import Explanation
from app.metrics.rows import Part
from app.metrics.scope import names_others
from app.metrics.types import Figure
from app.services.chart import record_rows
from app.services.chart.record_rows import RecordRows
from app.web.dashboards import tiles
from app.web.explain import parts, records, way
from app.web.explain.question import Asked, asked
from app.web.guard import requires
from app.web.periods import comparison_words, title_of
from app.web.shell import shell
from app.web.view_models import OK, Chart, Condition, ExplainPage, Link, RecordsPage

FIRST = 6  # records on the page itself
PREVIEWED = 10_000  # records up to which the first ones are looked up
NOTE = "Names are shown to those who care for these patients. Opening this list is written to the access log."


@requires(Permission.CATALOGUE_READ, patients=True)
def explain(key: str) -> str:
    """Where a figure comes from, down to its first records."""
    question = asked(key)
    found = explanation_of(key, question.query, g.actor)
    record_rows.note_opening(g.actor, key)
    shown = None
    if g.actor.can(Permission.RECORDS_READ) and found.figure.value is not None and not _too_many(found):
        shown = record_rows.read(g.actor, key, question.query, size=FIRST)
    page = _page(question, found, shown)
    return render_template("metrics/explain.html", page=page, shell=shell(g.actor, question.places, question.clinic))


@requires(Permission.RECORDS_READ)
def rows(key: str) -> str:
    """All records of one part of a figure, page by page."""
    question, part = asked(key), _part()
    page = max(1, request.args.get("page", 1, type=int))
    found = record_rows.read(g.actor, key, question.query, part, (page - 1) * records.PAGE, records.PAGE)
    links = tuple(
        Link(
            words.capitalize(),
            url_for(".rows", key=key, part=one.value, **question.args),
            current=one is part,
        )
        for one, words in records.TITLES.items()
    )
    view = RecordsPage(
        crumbs=(*_crumbs(question), Link("Explain this number", _address("explain", question))),
        title=f"{question.metric.label}: {format.plural(found.total, found.kind.noun)} {records.TITLES[part]}",
        under=f"{_under(question)}. {NOTE}",
        parts=links,
        table=records.table(question, found, part, page),
        csv_url=_address("rows_csv", question, part=part.value) if found.total else "",
    )
    return render_template("metrics/records.html", page=view, shell=shell(g.actor, question.places, question.clinic))


@requires(Permission.RECORDS_READ)
def rows_csv(key: str) -> Response:
    """All records of one part of a figure as a file."""
    question, part = asked(key), _part()
    found = record_rows.read(g.actor, key, question.query, part)
    name = f"{key}-{part.value}-{question.chosen.period.start}-{question.chosen.period.last}.csv"
    answer = Response("".join(records.lines(found, part)), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _too_many(found: Explanation) -> bool:
    """Would a look at the first records mean to sort too many?"""
    return (found.way.records or 0) > PREVIEWED


def _part() -> Part:
    try:
        return Part(request.args.get("part", Part.NUMERATOR.value))
    except ValueError:
        raise Invalid("Choose numerator, denominator or excluded.", field="part") from None


def _page(question: Asked, found: Explanation, shown: RecordRows | None) -> ExplainPage:
    currency, figure = question.currency, found.figure
    return ExplainPage(
        crumbs=_crumbs(question),
        title=f"{question.metric.label}, {title_of(question.chosen)}",
        under=_under(question),
        division=parts.division(found, currency),
        signal=tiles.signal_of(replace(figure, signal=found.trend.chart)) if figure.value is not None else None,
        reading=parts.reading(found, _compared(question), currency),
        definitions=parts.definitions(found, currency),
        metric_url=url_for(".detail", key=question.metric.key),
        left_out_title=parts.left_out_title(found),
        funnel=parts.funnel(found, currency),
        left_out=parts.left_out(found, currency),
        steps=way.steps(found),
        shown_on=shown_on(question),
        opened_by=f"Opened by {format.plural(_openers(question), 'person', 'people')} in 30 days",
        others=parts.others(found, currency),
        trend_title=way.trend_title(found),
        trend=_trend(question, found),
        sync_url=url_for("imports.index") if g.actor.can(Permission.DATA_READ) else "",
        rows_title=_rows_title(found, shown),
        rows_note=_rows_note(found, shown),
        rows_links=records.links(question, shown, figure, not names_others(g.actor)) if shown else (),
        rows=records.table(question, shown, Part.NUMERATOR) if shown else None,
        rows_csv_url=_address("rows_csv", question) if shown and shown.total else "",
        condition=_condition(figure),
    )


def _openers(question: Asked) -> int:
    return record_rows.openers(g.actor, question.metric.key)


def _address(endpoint: str, question: Asked, **more: str) -> str:
    return url_for(f"metrics.{endpoint}", key=question.metric.key, **(question.args | more))


def _crumbs(question: Asked) -> tuple[Link, ...]:
    links = [Link("Metrics", url_for("metrics.catalogue"))]
    if question.clinic is not None and g.actor.can(Permission.DASHBOARD_CLINIC):
        address = url_for("dashboards.clinic", clinic_id=question.clinic.id, **question.chosen.args)
        links = [Link(f"Clinic {title_of(question.chosen)}", address)]
    return (*links, Link(question.metric.label, url_for("metrics.detail", key=question.metric.key)))


def _under(question: Asked) -> str:
    period = question.chosen.period
    days = (
        format.date(period.start) if period.days == 1 else f"{format.date(period.start)} to {format.date(period.last)}"
    )
    clinic = question.clinic.name if question.clinic else "All your clinics"
    department = question.department.name if question.department else "all departments"
    doctor = [question.practitioner.spoken] if question.practitioner else []
    zone = format.time(now(), question.zone, name=True).split(" ", 1)[1]
    return ", ".join([clinic, department, *doctor, f"{days} {period.last.year}", zone])


def _compared(question: Asked) -> str:
    until = question.query.until
    today = now().date()
    before = question.chosen.period.comparison(today)
    return comparison_words(
        question.chosen, before, question.chosen.period.is_partial(today), f"{until:%H:%M}" if until else ""
    )


def _trend(question: Asked, found: Explanation) -> Chart | None:
    drawn = way.trend(found, question.currency)
    if drawn is None:
        return None
    return replace(
        drawn,
        as_table=request.args.get("table") == "trend",
        table_url=_address("explain", question, table="trend") + "#t-trend",
        chart_url=_address("explain", question) + "#t-trend",
    )


def _rows_note(found: Explanation, shown: RecordRows | None) -> str:
    if shown is None:
        can = g.actor.can(Permission.RECORDS_READ) and _too_many(found)
        return "There are too many to list here. Choose a shorter period or one clinic to see them." if can else ""
    return NOTE if names_others(g.actor) else f"These are your own; the figure counts everybody's. {NOTE}"


def _rows_title(found: Explanation, shown: RecordRows | None) -> str:
    if shown is None:
        return f"{format.number(found.way.records)} records"
    first = f"first {FIRST} of " if shown.total > FIRST else ""
    words = found.numerator_words[:1].upper() + found.numerator_words[1:]
    return f"{words}: {first}{format.plural(shown.total, shown.kind.noun)}"


def _condition(figure: Figure) -> Condition:
    if figure.late and figure.value is not None and figure.as_of is not None:
        age = format.minutes((now() - figure.as_of).total_seconds() / 60)
        return Condition("stale", f"A source of this figure is late: its records are {age} old.")
    return OK


def shown_on(question: Asked) -> tuple[Link, ...]:
    """Where else the same figure stands."""
    links = []
    if question.clinic is not None and g.actor.can(Permission.DASHBOARD_CLINIC):
        address = url_for("dashboards.clinic", clinic_id=question.clinic.id, **question.chosen.args)
        links.append(Link("clinic dashboard", address))
    if g.actor.can(Permission.REPORTS_READ):
        links.append(Link("clinic month report", url_for("reports.index")))
    links.append(Link("API", url_for("api_metrics.figure", key=question.metric.key, **question.args)))
    return tuple(links)
