"""The metric catalogue: every definition, its figures, and the explanation of any number."""

from itertools import groupby
from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from app.core import format
from app.core.period import Period, Span, period_of
from app.core.permissions import Permission
from app.metrics import show
from app.metrics.catalogue import DOMAINS, METRICS
from app.metrics.run import run, run_all
from app.metrics.types import Better, Figure, Metric, Query, Unit
from app.models import Clinic
from app.services.dashboards.readings import WEEKS, local_today
from app.services.places import Places, places_of
from app.web.dashboards.charts import control_chart
from app.web.dashboards.tiles import condition_words
from app.web.explain import pages
from app.web.explain.population import explain_population
from app.web.explain.question import metric_for
from app.web.guard import requires
from app.web.places import clinic_asked
from app.web.shell import found_pages, shell
from app.web.view_models import (
    CataloguePage,
    Cell,
    Column,
    Fact,
    Facts,
    Link,
    MetricGroup,
    MetricLine,
    MetricPage,
    Row,
    TableView,
)

bp = Blueprint("metrics", __name__, url_prefix="/metrics-catalogue")
bp.add_url_rule("/<key>/explain", view_func=pages.explain)
bp.add_url_rule("/<key>/rows", view_func=pages.rows)
bp.add_url_rule("/<key>/rows.csv", view_func=pages.rows_csv)
bp.add_url_rule("/population", view_func=explain_population)

UNITS = {
    Unit.COUNT: "a count",
    Unit.PERCENT: "a share",
    Unit.MONEY: "an amount",
    Unit.SCORE: "a score",
    Unit.RATIO: "a ratio",
}
BETTER = {Better.UP: "higher is better", Better.DOWN: "lower is better", Better.NONE: "neither high nor low is better"}


@bp.get("/")
@requires(Permission.CATALOGUE_READ)
def catalogue() -> str:
    """Every metric that the viewer may see, by domain; `q` looks in names and descriptions."""
    places = places_of(g.actor)
    words, domain = request.args.get("q", "").strip(), request.args.get("domain", "")
    seen = [metric for metric in METRICS.values() if g.actor.can(metric.permission)]
    found = [metric for metric in seen if _matches(metric, words) and domain in ("", metric.domain)]
    month = period_of(Span.MONTH, local_today(places.organization, places.clinics[0])) if places.clinics else None
    figures = _figures(found, month)
    groups = tuple(
        MetricGroup(
            key,
            DOMAINS[key],
            tuple(_line(metric, figures.get(metric.key), places.organization.zone) for metric in members),
        )
        for key, members in groupby(found, key=lambda metric: metric.domain)
    )
    missing = sum(1 for figure in figures.values() if figure.reason_code == "not_recorded")
    page = CataloguePage(
        query=words,
        domains=_domains(seen, domain, words),
        groups=groups,
        words=f"{format.plural(len(found), 'metric')}, {missing} without a source",
        search_url=url_for(".catalogue"),
        pages=found_pages(g.actor, words),
    )
    return render_template("metrics/list.html", page=page, shell=shell(g.actor, places))


@bp.get("/<key>")
@requires(Permission.CATALOGUE_READ)
def detail(key: str) -> str:
    """One metric: its definition, its figures of this month by clinic, its weeks."""
    metric = metric_for(key)
    places = places_of(g.actor)
    page = _detail(metric, places, clinic_asked(places, "clinic") or next(iter(places.clinics), None))
    return render_template("metrics/detail.html", page=page, shell=shell(g.actor, places))


def _matches(metric: Metric, words: str) -> bool:
    text = f"{metric.key} {metric.label} {metric.description}".casefold()
    return all(word in text for word in words.casefold().split())


def _figures(metrics: list[Metric], month: Period | None) -> dict[str, Figure]:
    if month is None or not metrics:
        return {}
    result = run(Query(tuple(metric.key for metric in metrics), month, compare=False), g.actor)
    return dict(result.total.figures)


def _line(metric: Metric, figure: Figure | None, zone: str) -> MetricLine:
    return MetricLine(
        label=metric.label,
        key=metric.key,
        description=metric.description,
        unit=UNITS.get(metric.unit, metric.unit.value),
        better=BETTER[metric.better],
        version=str(metric.version),
        fresh=format.moment(figure.as_of if figure else None, zone, unknown="never"),
        url=url_for(".detail", key=metric.key),
        recorded=figure is None or figure.reason_code != "not_recorded",
    )


def _domains(seen: list[Metric], current: str, words: str) -> tuple[Link, ...]:
    counts = {key: sum(1 for metric in seen if metric.domain == key) for key in DOMAINS}
    more: dict[str, Any] = {"q": words} if words else {}
    links = [Link("All", url_for(".catalogue", **more), current=not current, count=len(seen))]
    links += [
        Link(DOMAINS[key], url_for(".catalogue", domain=key, **more), current=key == current, count=count)
        for key, count in counts.items()
        if count
    ]
    return tuple(links)


def _detail(metric: Metric, places: Places, clinic: Clinic | None) -> MetricPage:
    currency = places.organization.currency
    facts, trend = Facts(()), None
    if clinic is not None:
        today = local_today(places.organization, clinic)
        month, week = period_of(Span.MONTH, today), period_of(Span.WEEK, today, places.organization.week_start)
        weeks = Period(week.start - (week.end - week.start) * WEEKS, week.end)
        by_clinic, whole = run_all(
            [
                Query((metric.key,), month, ("clinic",), compare=False),
                Query((metric.key,), weeks, step=Span.WEEK, compare=False),
            ],
            g.actor,
        )
        rows = [(row.label, row.figures[metric.key], row.key[0]) for row in by_clinic.rows]
        lines = [_fact(label, figure, currency, key) for label, figure, key in rows]
        total = by_clinic.total.figures[metric.key]
        facts = Facts((*lines, _fact("All clinics", total, currency, "")), time_note=format.date(month.start, "month"))
        figure = whole.figure(metric.key)
        if sum(point.value is not None for point in figure.series) > 1:
            trend = control_chart(figure, total, "trend", currency, places.organization.zone)
    return MetricPage(
        title=metric.label,
        key=metric.key,
        description=metric.description,
        crumbs=(
            Link("Metrics", url_for(".catalogue")),
            Link(DOMAINS[metric.domain], url_for(".catalogue", domain=metric.domain)),
        ),
        definitions=definitions(metric),
        figures=facts,
        versions=_versions(metric),
        used_on=_used_on(clinic),
        explain_url=url_for(".explain", key=metric.key, clinic=clinic.id) if clinic else "",
        trend=trend,
    )


def _fact(label: str, figure: Figure, currency: str, clinic_id: str) -> Fact:
    value = show.value_words(figure.metric.unit, figure.value, currency, unknown="")
    url = url_for(".explain", key=figure.metric.key, clinic=clinic_id, period="month") if clinic_id else ""
    return Fact(label, value, "" if value else condition_words(figure), url)


def definitions(metric: Metric) -> tuple[tuple[str, str], ...]:
    """The definition as terms and texts, in reading order."""
    pairs = [
        ("In words", metric.description),
        ("Numerator" if metric.denominator_words else "Counted", metric.numerator_words),
    ]
    if metric.denominator_words:
        pairs.append(("Denominator", metric.denominator_words))
    pairs += [
        ("Counted on", metric.basis),
        ("Which way", format.sentence(BETTER[metric.better])),
        ("Source", metric.source),
        ("Owner", metric.owner),
        ("Version", f"{metric.version}, in force since {format.date(metric.since, 'year')}. {metric.change_note}"),
    ]
    return tuple(pairs)


def _versions(metric: Metric) -> TableView:
    row = Row((Cell(str(metric.version)), Cell(format.date(metric.since, "year")), Cell(metric.change_note)))
    return TableView("Versions", (Column("Version"), Column("In force since"), Column("What changed")), (row,))


def _used_on(clinic: Clinic | None) -> tuple[Link, ...]:
    links = []
    if clinic is not None and g.actor.can(Permission.DASHBOARD_CLINIC):
        links.append(Link("Clinic dashboard", url_for("dashboards.clinic", clinic_id=clinic.id)))
    if g.actor.can(Permission.REPORTS_READ):
        links.append(Link("Clinic month report", url_for("reports.index")))
    return tuple(links)
