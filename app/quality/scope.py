"""Whose patients a reader's measures are about, and what of them may be shown."""

from collections.abc import Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.actor import Actor
from app.core.period import Period
from app.core.permissions import Permission, Role
from app.metrics.scope import names_others, suppresses
from app.quality.measure import Summary
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


def shown(actor: Actor, summary: Summary, small: int) -> Mapping[str, int | None]:
    """The counts of a summary as the reader may see them.

    For a reader from whom small numbers stay hidden one of 1 to `small` - 1 hides all below the initial population,
    since the others and the rate would tell it; those who fail and those who are left count with them.
    """
    counts = summary.counts
    failed = summary.eligible - counts["numerator"]
    told = (*counts.values(), failed, summary.eligible, counts["initial-population"] - counts["denominator"])
    if not suppresses(actor) or not any(0 < each < small for each in told):
        return counts
    whole = counts["initial-population"]
    return {**dict.fromkeys(counts), "initial-population": None if 0 < whole < small else whole}
