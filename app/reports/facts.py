"""What a reader must know of a report besides its figures: period, comparison, filters, freshness."""

from datetime import datetime

from app.core import format
from app.reports.definition import Context, Definition
from app.reports.words import period_words

_FILTER_WORDS = {
    "departments": ("department", ""),
    "practitioners": ("doctor", ""),
    "types": ("service", ""),
    "age_bands": ("age", "ages "),
    "sexes": ("sex", ""),
    "payers": ("insurer", ""),
}


def scope(context: Context) -> str:
    """The clinics of the report, in words."""
    chosen = [name for id_, name in context.clinics if id_ in context.parameters.clinics]
    if not chosen:
        chosen = [name for _, name in context.clinics] if context.actor.clinic_ids is not None else []
    return ", ".join(chosen[:3]) + (" and more" if len(chosen) > 3 else "") if chosen else "All clinics"


def called(definition: Definition, context: Context) -> str:
    """The period as a title; of what stands on a day, that day."""
    period, last = context.period, min(context.period.last, context.today)
    return f"{last.day} {last:%B %Y}" if definition.stands else period_words(period.start, period.last)


def terms(definition: Definition, context: Context, before: str, as_of: datetime | None) -> tuple[tuple[str, str], ...]:
    """What a reader must know of it, as terms and texts."""
    period, today = context.period, context.today
    last = format.date(min(period.last, today), "year")
    so_far = ", so far" if period.is_partial(today) else ""
    found = [("Period", f"{format.date(period.start, 'year')} to {last}{so_far}")]
    if definition.stands:
        found = [("Aged to", last)]
    if before:
        found.append(("Compared with", before))
    found.append(("Filters", _filters(context)))
    found.append(("As of", format.moment(as_of, context.zone, unknown="not stated by the sources")))
    if context.loading:
        found.append(("Imports", "under way; figures may still change"))
    found.append(("Made for", context.actor.name))
    found.append(("Made on", format.moment(context.at, context.zone)))
    return tuple(found)


def _filters(context: Context) -> str:
    """What limits the report, besides clinics, in words; places and people by how many of them."""
    parts = [] if not context.parameters.clinics else [scope(context)]
    for name, (noun, prefix) in _FILTER_WORDS.items():
        values = getattr(context.parameters, name)
        if values and isinstance(values[0], str):
            parts.append(f"{prefix}{', '.join(values)}")
        elif values:
            parts.append(format.plural(len(values), noun))
    return "; ".join(parts) or "none"
