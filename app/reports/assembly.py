"""The answers and sections of a report put together; where nothing is recorded, that and why."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import exists, select

from app.core.actor import system_actor
from app.extensions import db
from app.metrics.types import Result
from app.models import Patient
from app.reports import facts, headlines, notes
from app.reports.content import ReportContent, Section
from app.reports.contexts import asked
from app.reports.definition import Context, Definition
from app.reports.words import period_words


def content_of(
    definition: Definition,
    context: Context,
    heads: Sequence[Result],
    results: Sequence[Result],
    told: Sequence[Section],
) -> ReportContent:
    """The report, from the answers to its summary, to all its questions, and the sections made of them."""
    period, sections = context.period, _named_once(_or_nothing(definition, context, results, told))
    previous = next((result.previous for result in results if _compares(result)), None)
    before = "" if previous is None else period_words(previous.start, previous.last)
    as_of = min((result.as_of for result in results if result.as_of is not None), default=None)
    version = next((str(result.version) for result in results if result.version is not None), None)
    return ReportContent(
        key=definition.key,
        title=definition.label,
        period=period,
        period_words=facts.called(definition, context),
        previous=previous,
        previous_words=before,
        is_partial=period.is_partial(context.today) and not definition.stands,
        organization=context.organization,
        scope=facts.scope(context),
        currency=context.currency,
        zone=context.zone,
        facts=facts.terms(definition, context, before, as_of),
        summary=headlines.summary(context, heads, before),
        findings=headlines.tested(context, heads),
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


def _or_nothing(
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


def _named_once(sections: Iterable[Section]) -> tuple[Section, ...]:
    found: dict[str, Section] = {}
    for section in sections:
        key, number = section.key, 2
        while key in found:
            key, number = f"{section.key}_{number}", number + 1
        found[key] = replace(section, key=key)
    return tuple(found.values())


def _hidden(definition: Definition, context: Context) -> int:
    """How many figures of the report its reader's role does not include."""
    whole = replace(context, actor=system_actor(context.actor.organization_id))
    return len(asked(definition, whole) - asked(definition, context))
