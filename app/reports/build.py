"""Builds a report: all questions put to the metrics at once with the recipient's rights, the answers to sections."""

from collections.abc import Sequence

from app.core.actor import Actor
from app.core.tenancy import tenant_scope
from app.metrics.run import run_all
from app.metrics.types import Query
from app.reports import headlines
from app.reports.assembly import content_of
from app.reports.content import ReportContent, Section
from app.reports.contexts import context_of
from app.reports.definition import Context, Definition, Question
from app.reports.parameters import Parameters
from app.reports.questions.steps import InSteps

_FIRST_PAGE = 2  # so many questions fill the first page


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
        context = context_of(definition, parameters, actor)
        headline = headlines.queries(context)
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
    return content_of(definition, context, heads, results, sections)


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
