"""What a measure is, and how a history is counted in its populations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.quality.criteria import Case, Criterion, Verdict

POPULATIONS = ("initial-population", "denominator", "denominator-exclusion", "numerator", "denominator-exception")


@dataclass(frozen=True)
class Group:
    """One rate of a measure. Without a `denominator` of its own the initial population is the denominator."""

    title: str
    initial_population: Criterion
    numerator: Criterion
    denominator: Criterion | None = None
    exclusions: Criterion | None = None
    exceptions: Criterion | None = None


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

    `unseen`: what the source cannot show of the exclusions and exceptions, which then count as not given.
    """

    counts: Mapping[str, int]
    trace: Mapping[str, Verdict]
    unclear: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


def judge(measure: Measure, case: Case) -> tuple[Outcome, ...]:
    """The outcome of a case in each group."""
    return tuple(_judge(group, case) for group in measure.groups)


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
    """The counts of a group over many histories. `unclear` and `unseen`: how many histories each reason concerns."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(POPULATIONS, 0))
    histories: int = 0
    not_evaluable: int = 0
    unclear: dict[str, int] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Count one history more."""
        self.histories += 1
        self.not_evaluable += bool(outcome.unclear)
        for population, count in outcome.counts.items():
            self.counts[population] += count
        for reasons, into in ((outcome.unclear, self.unclear), (outcome.unseen, self.unseen)):
            for reason in set(reasons):
                into[reason] = into.get(reason, 0) + 1

    @property
    def eligible(self) -> int:
        """Those whom the rate is about: the denominator without exclusions and exceptions."""
        counts = self.counts
        return counts["denominator"] - counts["denominator-exclusion"] - counts["denominator-exception"]

    @property
    def rate(self) -> Decimal | None:
        """Numerator over the eligible (0..1); None where nobody is."""
        return Decimal(self.counts["numerator"]) / self.eligible if self.eligible else None
