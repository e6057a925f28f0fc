"""Builds a report: all questions put to the metrics at once with the recipient's rights, the answers to sections."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select

from app.core import clock, format
from app.core.actor import Actor, system_actor
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.period import Span
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.insights import findings
from app.metrics.catalogue import METRICS
from app.metrics.run import run_all
from app.metrics.scope import may_ask
from app.metrics.types import Figure, Query, Result
from app.models import Clinic, ImportRun, Organization, Patient
from app.models.settings import rules_of
from app.reports import notes, trend
from app.reports.content import (
    Finding,
    Headline,
    ReportContent,
    Section,
)
from app.reports.definition import Context, Definition, Question
from app.reports.parameters import Parameters
from app.reports.questions.steps import InSteps
from app.reports.words import counted, figure_cell, kind_of, period_words, words

TREND_WEEKS = 26
_FIRST_PAGE = 2  # so many questions fill the first page


def readable(definition: Definition, actor: Actor) -> bool:
    """Is there anything in such a report that the actor may see?"""
    keys = definition.headline[:1] or tuple(METRICS)
    is_theirs = any(may_ask(METRICS[key], actor) for key in keys) or _is_own_work(definition, actor)
    return actor.can(Permission.REPORTS_READ) and is_theirs


def _is_own_work(definition: Definition, actor: Actor) -> bool:
    """Is such a report one of the actor's own work, and of nobody else's?"""
    if actor.practitioner_id is None or not definition.headline or "practitioners" not in definition.filters:
        return False
    first = METRICS[definition.headline[0]]
    return not may_ask(first, actor) and may_ask(first, actor, (actor.practitioner_id,))


def build(definition: Definition, parameters: Parameters, actor: Actor) -> ReportContent:
    """The report as the actor may see it. Forbidden without the right to its first figure, NotFound for a clinic not
    theirs, Invalid for parameters that it does not take."""
    return _build(definition, definition.questions, parameters, actor)


def preview(definition: Definition, parameters: Parameters, actor: Actor) -> ReportContent:
    """What stands on the first page, from the questions of that page alone."""
    return _build(definition, definition.questions[:_FIRST_PAGE], parameters, actor)


def _build(
    definition: Definition, questions: Sequence[Question], parameters: Parameters, actor: Actor
) -> ReportContent:
    with tenant_scope(actor.organization_id):
        context = _context_of(definition, parameters, actor)
        headline = _headline_queries(context)
        asked = [question.ask(context) for question in questions]
        if steps := _in_steps(definition, context, asked):
            questions, asked = (*questions, steps), [*asked, steps.ask(context)]
        results = run_all([*headline, *(query for queries in asked for query in queries)], actor)
        heads, rest = results[: len(headline)], iter(results[len(headline) :])
        sections: list[Section] = []
        for question, queries in zip(questions, asked, strict=True):
            answers = [next(rest) for _ in queries]
            if answers:
                sections += question.tell(context, answers)
    return _content(definition, context, heads, results, _named_once(_recorded(definition, context, results, sections)))


def figures_of(definition: Definition, parameters: Parameters, actor: Actor) -> frozenset[str]:
    """The metrics that such a report would ask for; raises what `build` would raise, before any figure is read."""
    with tenant_scope(actor.organization_id):
        return _asked(definition, _context_of(definition, parameters, actor))


def _context_of(definition: Definition, parameters: Parameters, actor: Actor) -> Context:
    """What the questions need to know, after everything that can be refused."""
    if not readable(definition, actor):
        raise Forbidden("Your role does not include this.")
    if _is_own_work(definition, actor) and actor.practitioner_id is not None:
        parameters = replace(parameters, practitioners=parameters.practitioners or (actor.practitioner_id,))
    context = _context(definition, check(definition, parameters), actor)
    if context.only and not _asked(definition, context):
        raise Invalid("This report has none of these figures.", field="metrics")
    return context


def _asked(definition: Definition, context: Context) -> frozenset[str]:
    queries = (query for question in definition.questions for query in question.ask(context))
    return frozenset(key for query in queries for key in query.metrics)


def _in_steps(definition: Definition, context: Context, asked: Sequence[Sequence[Query]]) -> InSteps | None:
    """What is missing, for the granularity asked for, of the summary's figures or of those chosen."""
    step = context.parameters.step
    if step is None or definition.is_open:
        return None
    queries = [query for each in asked for query in each]
    there = {key for query in queries if query.step is step and query.period == context.period for key in query.metrics}
    wanted = dict.fromkeys(key for query in queries for key in query.metrics) if context.only else context.headline
    missing = context.shown([key for key in wanted if key not in there])
    return InSteps(missing) if missing else None


def check(definition: Definition, parameters: Parameters) -> Parameters:
    """The parameters, if the report takes them; raises Invalid with the field."""
    for name in ("clinics", "departments", "practitioners", "types", "age_bands", "sexes", "payers"):
        if getattr(parameters, name) and name not in definition.filters:
            raise Invalid("This report cannot be limited in that way.", field=name)
    if not definition.is_open and parameters.by:
        raise Invalid("This report is not cut by dimensions of choice.", field="by")
    if unknown := [key for key in parameters.metrics if key not in METRICS]:
        raise Invalid("There is no such figure.", field="metrics", unknown=unknown[:5])
    return parameters


def _context(definition: Definition, parameters: Parameters, actor: Actor) -> Context:
    organization = db.session.scalars(select(Organization).where(Organization.id == actor.organization_id)).one()
    query = select(Clinic).where(Clinic.organization_id == actor.organization_id).order_by(Clinic.name, Clinic.id)
    clinics = [clinic for clinic in db.session.scalars(query) if actor.sees_clinic(clinic.id)]
    chosen = [clinic for clinic in clinics if clinic.id in parameters.clinics]
    if len(chosen) < len(set(parameters.clinics)):
        raise NotFound("There is no such clinic.")
    zone = chosen[0].zone if len(chosen) == 1 else organization.zone
    return Context(
        actor=actor,
        parameters=parameters,
        organization=organization.name,
        currency=organization.currency,
        zone=zone,
        week_start=organization.week_start,
        small_cell=rules_of(organization.id).small_cell,
        clinics=tuple((clinic.id, clinic.name) for clinic in clinics),
        today=clock.today(zone),
        at=clock.now(),
        headline=definition.headline if not definition.is_open else parameters.metrics[:3],
        only=frozenset() if definition.is_open else frozenset(parameters.metrics),
        loading=_is_loading(organization.id),
    )


def _headline_queries(context: Context) -> list[Query]:
    if not context.shown(context.headline):
        return []
    weeks = context.weeks(TREND_WEEKS)
    return [
        context.query(context.headline, compare=True),
        context.query(context.headline, period=weeks, step=Span.WEEK),
    ]


def _named_once(sections: Iterable[Section]) -> tuple[Section, ...]:
    found: dict[str, Section] = {}
    for section in sections:
        key, number = section.key, 2
        while key in found:
            key, number = f"{section.key}_{number}", number + 1
        found[key] = replace(section, key=key)
    return tuple(found.values())


def _recorded(
    definition: Definition, context: Context, results: Sequence[Result], sections: Sequence[Section]
) -> Sequence[Section]:
    """The sections; where no source brings anything of the report the reasons, said once, and the first table."""
    figures = [figure for result in results for figure in result.total.figures.values()]
    if not figures or any(figure.reason_code != "not_recorded" for figure in figures):
        return sections
    if definition.reads_patients and _has_patients(context.actor.organization_id):
        return sections
    reasons = dict.fromkeys(figure.reason for figure in figures if figure.reason)
    words = f"Nothing that this report counts is recorded in {context.organization}. {' '.join(reasons)}"
    nothing = Section("nothing", "Nothing is recorded", words, note="Records are brought in under Imports.")
    first = next((section for section in sections if section.table is not None and section.table.rows), None)
    return [nothing] if first is None else [nothing, replace(first, lead="")]


def _has_patients(organization_id: UUID) -> bool:
    return bool(db.session.scalar(select(exists().where(Patient.organization_id == organization_id))))


def _content(
    definition: Definition,
    context: Context,
    heads: Sequence[Result],
    results: Sequence[Result],
    sections: tuple[Section, ...],
) -> ReportContent:
    period = context.period
    previous = next((result.previous for result in results if _compares(result)), None)
    before = "" if previous is None else period_words(previous.start, previous.last)
    as_of = min((result.as_of for result in results if result.as_of is not None), default=None)
    version = next((str(result.version) for result in results if result.version is not None), None)
    return ReportContent(
        key=definition.key,
        title=definition.label,
        period=period,
        period_words=_called(definition, context),
        previous=previous,
        previous_words=before,
        is_partial=period.is_partial(context.today) and not definition.stands,
        organization=context.organization,
        scope=_scope(context),
        currency=context.currency,
        zone=context.zone,
        facts=_facts(definition, context, before, as_of),
        summary=_summary(context, heads, before),
        findings=_findings(context, heads),
        sections=sections,
        notes=notes.notes(context, results, _hidden(definition, context)),
        confidentiality=notes.confidentiality(context, sections),
        definitions={key: version for result in results for key, version in result.definitions.items()},
        as_of=as_of,
        data_version=version,
        made_at=context.at,
        made_for=context.actor.name,
    )


def _compares(result: Result) -> bool:
    return any(figure.previous is not None for figure in result.total.figures.values())


def _scope(context: Context) -> str:
    chosen = [name for id_, name in context.clinics if id_ in context.parameters.clinics]
    if not chosen:
        chosen = [name for _, name in context.clinics] if context.actor.clinic_ids is not None else []
    return ", ".join(chosen[:3]) + (" and more" if len(chosen) > 3 else "") if chosen else "All clinics"


def _called(definition: Definition, context: Context) -> str:
    """The period as a title; of what stands on a day, that day."""
    period, last = context.period, min(context.period.last, context.today)
    return f"{last.day} {last:%B %Y}" if definition.stands else period_words(period.start, period.last)


def _facts(
    definition: Definition, context: Context, before: str, as_of: datetime | None
) -> tuple[tuple[str, str], ...]:
    period, today = context.period, context.today
    last = format.date(min(period.last, today), "year")
    so_far = ", so far" if period.is_partial(today) else ""
    found = [("Period", f"{format.date(period.start, 'year')} to {last}{so_far}")]
    if definition.stands:
        found = [("Aged to", last)]
    if before:
        found.append(("Compared with", before))
    found.append(("Filters", _filters(context)))
    found.append(("As of", format.moment(as_of, context.zone, unknown="no source says")))
    if context.loading:
        found.append(("Imports", "under way; figures may still change"))
    found.append(("Made for", context.actor.name))
    found.append(("Made on", format.moment(context.at, context.zone)))
    return tuple(found)


def _is_loading(organization_id: UUID) -> bool:
    """Are records of the organization being brought in just now?"""
    under_way = exists().where(
        ImportRun.organization_id == organization_id, ImportRun.state.in_(("pending", "running"))
    )
    return bool(db.session.scalar(select(under_way)))


_FILTER_WORDS = {
    "departments": ("department", ""),
    "practitioners": ("doctor", ""),
    "types": ("service", ""),
    "age_bands": ("age", "ages "),
    "sexes": ("sex", ""),
    "payers": ("insurer", ""),
}


def _filters(context: Context) -> str:
    """What limits the report, besides clinics, in words; places and people by how many of them."""
    parts = [] if not context.parameters.clinics else [_scope(context)]
    for name, (noun, prefix) in _FILTER_WORDS.items():
        values = getattr(context.parameters, name)
        if values and isinstance(values[0], str):
            parts.append(f"{prefix}{', '.join(values)}")
        elif values:
            parts.append(format.plural(len(values), noun))
    return "; ".join(parts) or "none"


def _summary(context: Context, heads: Sequence[Result], before: str) -> tuple[Headline, ...]:
    if not heads:
        return ()
    now, weeks = heads
    return tuple(_headline(context, figure, weeks.total.figures.get(key), before) for key, figure in _first(now))


def _first(result: Result) -> list[tuple[str, Figure]]:
    return list(result.total.figures.items())[:3]


def _headline(context: Context, figure: Figure, weeks: Figure | None, before: str) -> Headline:
    metric, kind = figure.metric, kind_of(figure.metric.unit)
    old = words(kind, figure.previous, context.currency, context.zone)
    clause = metric.label + (f", {old} in {before}" if old and figure.value is not None else "")
    base = counted(figure)
    of = f"{base.text}. " if base.text and figure.value is not None else ""
    sentence = figure.reason or "" if figure.value is None else f"{of}{trend.rule_words(weeks, context.loading)}"
    return Headline(
        figure.metric.key, figure.metric.label, kind, figure_cell(figure), figure.previous, clause, sentence
    )


def _findings(context: Context, heads: Sequence[Result]) -> tuple[Finding, ...]:
    if not heads:
        return ()
    now, weeks = heads
    found = [*findings.signals(weeks, context.currency), *findings.missed_targets(now, context.currency)]
    return tuple(Finding(one.metric, one.sentence, one.rule, one.impact, one.recommendation or "") for one in found)


def _hidden(definition: Definition, context: Context) -> int:
    """How many figures of the report its reader's role does not include."""
    whole = replace(context, actor=system_actor(context.actor.organization_id))
    return len(_asked(definition, whole) - _asked(definition, context))
