"""What a measure is, and how a history is counted in its populations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.quality.criteria import Case, Criterion, Verdict

Counts = Mapping[str, int | None]
POPULATIONS = ("initial-population", "denominator", "denominator-exclusion", "numerator", "denominator-exception")


@dataclass(frozen=True)
class Strata:
    """The parts in which a rate is shown beside the whole: what tells them apart, and who is in each, by its title."""

    by: str
    parts: Mapping[str, Criterion]


@dataclass(frozen=True)
class Group:
    """One rate of a measure. Without a `denominator` of its own the initial population is the denominator."""

    title: str
    initial_population: Criterion
    numerator: Criterion
    denominator: Criterion | None = None
    exclusions: Criterion | None = None
    exceptions: Criterion | None = None
    strata: Strata | None = None


@dataclass(frozen=True)
class Measure:
    """A proportion measure. `lower_is_better`: the rate counts what should not be."""

    id: str
    name: str
    title: str
    groups: tuple[Group, ...]
    lower_is_better: bool = False


@dataclass(frozen=True)
class Outcome:
    """Where one history stands in one group. `unclear`: why it cannot be counted, else empty.

    `unseen`: what the source cannot show of the exclusions and exceptions, which then count as not given. `strata`: the
    titles of those it is in.
    """

    counts: Mapping[str, int]
    trace: Mapping[str, Verdict]
    unclear: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    strata: frozenset[str] = frozenset()


def judge(measure: Measure, case: Case) -> tuple[Outcome, ...]:
    """The outcome of a case in each group."""
    return tuple(replace(_judge(group, case), strata=_strata(group, case)) for group in measure.groups)


def _strata(group: Group, case: Case) -> frozenset[str]:
    parts = group.strata.parts if group.strata else {}
    return frozenset(title for title, criterion in parts.items() if criterion.judge(case).met)


def _judge(group: Group, case: Case) -> Outcome:
    """Each population is asked only of those in the one before it, as the proportion scoring of FHIR says."""
    tally = _Tally()
    if not tally.ask("initial-population", group.initial_population, case):
        return tally.outcome()
    if group.denominator is None:
        tally.counts["denominator"] = 1
    elif not tally.ask("denominator", group.denominator, case):
        return tally.outcome()
    if group.exclusions and tally.ask("denominator-exclusion", group.exclusions, case, optional=True):
        return tally.outcome()
    if not tally.ask("numerator", group.numerator, case) and group.exceptions:
        tally.ask("denominator-exception", group.exceptions, case, optional=True)
    return tally.outcome()


@dataclass
class _Tally:
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(POPULATIONS, 0))
    trace: dict[str, Verdict] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    def ask(self, population: str, criterion: Criterion, case: Case, optional: bool = False) -> bool:
        verdict = self.trace[population] = criterion.judge(case)
        if verdict.met is None:
            reasons = tuple(dict.fromkeys(leaf.reason for leaf in verdict.leaves() if leaf.met is None))
            if optional:
                self.unseen += reasons
            else:
                self.unclear += reasons
        self.counts[population] = int(verdict.met is True)
        return verdict.met is True

    def outcome(self) -> Outcome:
        counts = dict.fromkeys(POPULATIONS, 0) if self.unclear else self.counts
        return Outcome(counts, self.trace, self.unclear, self.unseen)


@dataclass
class Summary:
    """The counts of a group over many histories, and of each of its strata by title.

    `unclear` and `unseen`: how many histories each reason concerns.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(POPULATIONS, 0))
    histories: int = 0
    not_evaluable: int = 0
    unclear: dict[str, int] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    strata: dict[str, "Summary"] = field(default_factory=dict)

    @classmethod
    def of(cls, group: Group) -> "Summary":
        """The summary of a group before any history."""
        return cls(strata={title: cls() for title in group.strata.parts} if group.strata else {})

    def add(self, outcome: Outcome) -> None:
        """Count one history more."""
        self.histories += 1
        self.not_evaluable += bool(outcome.unclear)
        for population, count in outcome.counts.items():
            self.counts[population] += count
        for reasons, into in ((outcome.unclear, self.unclear), (outcome.unseen, self.unseen)):
            for reason in set(reasons):
                into[reason] = into.get(reason, 0) + 1
        for title in outcome.strata:
            self.strata[title].add(replace(outcome, strata=frozenset()))

    @property
    def eligible(self) -> int:
        """Those whom the rate is about: the denominator without exclusions and exceptions."""
        counts = self.counts
        return counts["denominator"] - counts["denominator-exclusion"] - counts["denominator-exception"]

    @property
    def rate(self) -> Decimal | None:
        """Numerator over the eligible (0..1); None where nobody is."""
        return Decimal(self.counts["numerator"]) / self.eligible if self.eligible else None

    def shown(self) -> "Shown":
        """All counts, for who may see them."""
        return Shown(self.counts, {title: part.counts for title, part in self.strata.items()})


@dataclass(frozen=True)
class Shown:
    """The counts of a summary and of its strata as a reader may see them; None is hidden."""

    counts: Counts
    strata: Mapping[str, Counts] = field(default_factory=dict)
