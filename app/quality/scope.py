"""Whose patients a reader's measures are about, and what of them may be shown."""

from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.actor import Actor
from app.core.period import Period
from app.core.permissions import Permission, Role
from app.metrics.scope import names_others, suppresses
from app.quality.measure import Shown, Summary
from app.quality.stored import StoredSource
from app.quality.timing import Window


def window_of(period: Period) -> Window:
    """The measurement period of a report."""
    return Window(period.start, period.last)


def may_trace(actor: Actor) -> bool:
    """May the reader see patients one by one? Admins all, doctors their own."""
    doctor = Role.DOCTOR in actor.roles and actor.practitioner_id is not None
    return (names_others(actor) and actor.can(Permission.CHART_READ)) or doctor


def is_own_work(actor: Actor) -> bool:
    """Are the measures about the reader's own patients alone?"""
    return not names_others(actor) and actor.practitioner_id is not None


def source_for(actor: Actor, zone: ZoneInfo, period: Period, clinics: tuple[UUID, ...] = ()) -> StoredSource:
    """The patients that the reader's measures are about: of the clinics asked for, else of those that are theirs."""
    chosen = clinics or tuple(sorted(actor.clinic_ids or ()))
    own = actor.practitioner_id if is_own_work(actor) else None
    return StoredSource(actor.organization_id, zone, chosen, own, period.start, period.last)


def shown(actor: Actor, summary: Summary, small: int) -> Shown:
    """The counts of a summary as the reader may see them.

    For a reader from whom small numbers stay hidden one of 1 to `small` - 1 hides all below the initial population,
    since the others and the rate would tell it; those who fail and those who are left count with them. Strata add up
    to the whole: if one of them has such a number, all are hidden.
    """
    if not suppresses(actor):
        return summary.shown()
    hidden = dict.fromkeys(summary.counts)
    parts = summary.strata.values()
    bare = any(_tells(each, small) for each in (summary, *parts))
    strata = {title: hidden if bare else part.counts for title, part in summary.strata.items()}
    whole = summary.counts["initial-population"]
    counts = {**hidden, "initial-population": None if 0 < whole < small else whole}
    return Shown(counts if _tells(summary, small) else summary.counts, strata)


def _tells(summary: Summary, small: int) -> bool:
    """Is a number of a summary, or one that follows from them, so small that it may tell of someone?"""
    counts = summary.counts
    failed = summary.eligible - counts["numerator"]
    told = (*counts.values(), failed, summary.eligible, counts["initial-population"] - counts["denominator"])
    return any(0 < each < small for each in told)
