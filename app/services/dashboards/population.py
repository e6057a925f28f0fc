"""The population as a dashboard shows it: the hourly counts of the clinics that an actor sees, small cells hidden."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from uuid import UUID

from sqlalchemy import func, select

from app.core.actor import Actor
from app.extensions import db
from app.metrics.scope import suppresses
from app.metrics.suppression import is_small
from app.models import PopulationCount
from app.reports.intervals import Z95, wilson

AGE_BANDS = ("0-17", "18-30", "31-50", "51-70", "70+", "unknown")
STANDINGS = ("active", "dormant", "at_risk", "never")
NOT_COUNTED = "Patients have not been counted yet; that happens each hour."
UNTESTED = "Nobody stood at this point 30 days ago, so no expectation could be tested."


@dataclass(frozen=True)
class Member:
    """Patients of one kind, and their visits of a year where they are kept."""

    name: str
    patients: int
    visits: int | None = None


@dataclass(frozen=True)
class Members:
    """The members that may be shown, and how many may not. `whole` is the sum of all; None where that is small."""

    shown: tuple[Member, ...] = ()
    hidden: int = 0
    whole: int | None = 0

    def get(self, name: str) -> int | None:
        """How many patients a member has; None where it is hidden or not there."""
        return next((member.patients for member in self.shown if member.name == name), None)


@dataclass(frozen=True)
class Engagement:
    """Scores 0 to 10 of `patients`; `trend` is a direction only where chance is no explanation, else stable."""

    patients: int
    mean: float
    top: float
    trend: str | None


@dataclass(frozen=True)
class Share:
    """A share with the records it was counted from and its 95% interval (Wilson 1927)."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """Fraction 0 to 1."""
        return self.part / self.whole


@dataclass(frozen=True)
class Leaving:
    """Who will be at risk within 30 days unless they book; `left` is what became of those who stood there before."""

    patients: int
    left: Share

    @property
    def expected(self) -> float:
        """How many of them are expected to stay away."""
        return self.patients * self.left.value


@dataclass(frozen=True)
class Population:
    """Everything counted. `reason` says why there is nothing; a part that may not be shown is None."""

    standing: Members = field(default_factory=Members)
    ages: Members = field(default_factory=Members)
    areas: Members = field(default_factory=Members)
    engagement: Engagement | None = None
    newcomers: Share | None = None
    leaving: Leaving | None = None
    made_at: datetime | None = None
    reason: str = ""

    @property
    def patients(self) -> int | None:
        """Active records of living patients."""
        return self.ages.whole if self.made_at else None


def read(actor: Actor, clinic_id: UUID | None, small_cell: int) -> Population:
    """The counts of one clinic, or of all that the actor sees; raises nothing, an empty one says why."""
    rows = _rows(actor, clinic_id)
    if not rows:
        return Population(reason=NOT_COUNTED)
    least = small_cell if suppresses(actor) else None
    kinds: dict[str, list[Member]] = {}
    for kind, member, patients, visits, _made in rows:
        kinds.setdefault(kind, []).append(Member(member, int(patients), None if visits is None else int(visits)))
    return Population(
        standing=_members(kinds.get("standing", ()), least, STANDINGS),
        ages=_members(kinds.get("age", ()), least, AGE_BANDS),
        areas=_members(kinds.get("area", ()), least),
        engagement=_engagement(kinds.get("engagement", ()), kinds.get("engagement_before", ()), least),
        newcomers=_share(kinds.get("newcomer", ()), "returned", "lost", least),
        leaving=_leaving(kinds.get("leaving", ()), least),
        made_at=max(made for *_, made in rows),
    )


def _rows(actor: Actor, clinic_id: UUID | None) -> list[tuple[str, str, int, int | None, datetime]]:
    counts = PopulationCount
    query = (
        select(counts.kind, counts.member, func.sum(counts.patients), func.sum(counts.visits), func.max(counts.made_at))
        .where(counts.organization_id == actor.organization_id)
        .group_by(counts.kind, counts.member)
    )
    if clinic_id is not None:
        query = query.where(counts.clinic_id == clinic_id)
    elif actor.clinic_ids is not None:
        query = query.where(counts.clinic_id.in_(actor.clinic_ids))
    return [tuple(row) for row in db.session.execute(query)]  # type: ignore[misc]


def _members(found: Iterable[Member], least: int | None, order: tuple[str, ...] = ()) -> Members:
    """In their order, else the largest first. With the small ones go the smallest others until those hidden are two and
    not small together: the whole less those shown would tell them."""
    members = sorted(found, key=lambda member: member.patients)
    whole = sum(member.patients for member in members)
    hidden = [member for member in members if least is not None and is_small(member.patients, least)]
    shown = [member for member in members if member not in hidden]
    while hidden and shown and (len(hidden) == 1 or _is_small_together(hidden, least)):
        hidden.append(shown.pop(0))
    places = {name: place for place, name in enumerate(order)}
    shown.sort(key=lambda member: (places.get(member.name, 0), -member.patients, member.name))
    told = None if least is not None and is_small(whole, least) else whole
    return Members(tuple(shown), len(hidden), told)


def _is_small_together(members: list[Member], least: int | None) -> bool:
    return least is not None and is_small(sum(member.patients for member in members), least)


def _engagement(current: Iterable[Member], before: Iterable[Member], least: int | None) -> Engagement | None:
    scores = sorted((int(member.name) / 10, member.patients) for member in current)
    patients = sum(count for _, count in scores)
    if not patients or (least is not None and is_small(patients, least)):
        return None
    mean, spread = _moments(scores)
    earlier = [(int(member.name) / 10, member.patients) for member in before]
    return Engagement(patients, mean, _quantile(scores, 0.75), _direction(mean, spread, patients, earlier))


def _moments(scores: Iterable[tuple[float, int]]) -> tuple[float, float]:
    """Mean and variance."""
    listed = list(scores)
    whole = sum(count for _, count in listed)
    mean = sum(score * count for score, count in listed) / whole
    return mean, sum(count * (score - mean) ** 2 for score, count in listed) / whole


def _quantile(scores: list[tuple[float, int]], share: float) -> float:
    """The smallest score that at least this share of the patients does not exceed."""
    wanted, counted = share * sum(count for _, count in scores), 0
    for score, count in scores:
        counted += count
        if counted >= wanted:
            return score
    return scores[-1][0]


def _direction(mean: float, spread: float, patients: int, earlier: list[tuple[float, int]]) -> str | None:
    """Beyond 1.96 standard errors of the difference a direction, else stable; None without earlier scores."""
    if not earlier:
        return None
    then, then_spread = _moments(earlier)
    error = sqrt(spread / patients + then_spread / sum(count for _, count in earlier))
    if abs(mean - then) <= Z95 * error:
        return "stable"
    return "increasing" if mean > then else "decreasing"


def _share(found: Iterable[Member], yes: str, no: str, least: int | None) -> Share | None:
    counts = {member.name: member.patients for member in found}
    part, rest = counts.get(yes, 0), counts.get(no, 0)
    if least is not None and (is_small(part, least) or is_small(rest, least)):
        return None
    interval = wilson(part, part + rest)
    return None if interval is None else Share(part, part + rest, *interval)


def _leaving(found: Iterable[Member], least: int | None) -> Leaving | None:
    members = list(found)
    left = _share(members, "left", "stayed", least)
    patients = next((member.patients for member in members if member.name == "now"), 0)
    if left is None or (least is not None and is_small(patients, least)):
        return None
    return Leaving(patients, left)
