"""Criteria: what is asked of a history, answered with a verdict that says which record decided it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.quality.record import Coding, Entry, History
from app.quality.timing import Window, age_on
from app.quality.valuesets import ValueSets


@dataclass(frozen=True, slots=True)
class Verdict:
    """Met, not met, or (None) not evaluable for `reason`; `evidence` are the references of the deciding records."""

    words: str
    met: bool | None
    reason: str = ""
    evidence: tuple[str, ...] = ()
    parts: tuple["Verdict", ...] = ()

    def leaves(self) -> tuple["Verdict", ...]:
        """The verdicts that were not put together from others."""
        return tuple(leaf for part in self.parts for leaf in part.leaves()) if self.parts else (self,)


@dataclass
class Case:
    """One history, put before a measure: its period, the value sets, and what the source cannot carry."""

    history: History
    period: Window
    sets: ValueSets
    gaps: Mapping[str, str] = field(default_factory=dict)
    _index: dict[str, dict[str, list[Entry]]] = field(default_factory=dict)

    def found(self, kind: str, keys: tuple[str, ...]) -> list[Entry]:
        """The entries of a kind with a code of any of the value sets; all of the kind where none is named."""
        if not keys:
            return list(self.history.of(kind))
        index = self._index.get(kind)
        if index is None:
            index = self._index[kind] = self._indexed(kind)
        if len(keys) == 1:
            return index.get(keys[0], [])
        return list({id(entry): entry for key in keys for entry in index.get(key, ())}.values())

    def _indexed(self, kind: str) -> dict[str, list[Entry]]:
        index: dict[str, list[Entry]] = {}
        for entry in self.history.of(kind):
            for key in self.keys(entry.codes):
                index.setdefault(key, []).append(entry)
        return index

    def keys(self, codings: tuple[Coding, ...]) -> set[str]:
        """The value sets that hold any of the codings."""
        return {key for coding in codings for key in self.sets.holding(coding)}

    def is_in(self, codings: tuple[Coding, ...], key: str) -> bool:
        """Is any of the codings in the value set?"""
        return any(key in self.sets.holding(coding) for coding in codings)

    def age(self, start: bool) -> int | None:
        """Age on the first or the last day of the period; None without a date of birth."""
        birth = self.history.birth_date
        return None if birth is None else age_on(birth, self.period.first if start else self.period.last)


class Criterion(Protocol):
    """Something that a history meets or not."""

    def judge(self, case: Case) -> Verdict:
        """The verdict on a case."""


@dataclass(frozen=True, slots=True)
class Check:
    """What an entry must show beyond its code. `needs`: elements without which a source cannot say."""

    words: str
    holds: Callable[[Entry, Case], bool]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exists:
    """There are `least` entries of a kind with a code of the value sets that pass all checks."""

    words: str
    kind: str
    keys: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    least: int = 1
    refused: bool = False

    def entries(self, case: Case) -> list[Entry]:
        """Those that count."""
        candidates = [each for each in case.found(self.kind, self.keys) if each.refused is self.refused]
        return [each for each in candidates if all(check.holds(each, case) for check in self.checks)]

    def judge(self, case: Case) -> Verdict:
        entries = self.entries(case)
        evidence = tuple(each.reference for each in entries)
        if len(entries) >= self.least:
            return Verdict(self.words, True, "", evidence)
        if blind := unseen(case, self.kind, self.keys, self.checks, self.refused):
            return Verdict(self.words, None, blind, evidence)
        return Verdict(self.words, False, self._miss(case), evidence)

    def _miss(self, case: Case) -> str:
        for each in case.found(self.kind, self.keys):
            failed = [check.words for check in self.checks if not check.holds(each, case)]
            if failed:
                return f"{each.reference} is not {', not '.join(failed)}"
        return "" if self.least == 1 else f"fewer than {self.least}"


def unseen(case: Case, kind: str, keys: tuple[str, ...], checks: tuple[Check, ...] = (), refused: bool = False) -> str:
    """Why the source or the value sets leave it open whether there is such an entry; empty where they do not."""
    needs = (kind, f"{kind}.code", *(need for check in checks for need in check.needs))
    needs += ("refusals",) if refused else ()
    gaps = [case.gaps[need] for need in needs if need in case.gaps]
    missing = [case.sets.sets[key].title for key in keys if not len(case.sets.sets[key])]
    return "; ".join(dict.fromkeys(gaps + [f"value set not loaded: {title}" for title in missing]))


@dataclass(frozen=True)
class AllOf:
    """Every criterion is met; stops at the first that is not."""

    words: str
    criteria: tuple[Criterion, ...]

    def judge(self, case: Case) -> Verdict:
        parts: list[Verdict] = []
        for criterion in self.criteria:
            parts.append(criterion.judge(case))
            if parts[-1].met is False:
                return Verdict(self.words, False, "", (), tuple(parts))
        met = None if any(part.met is None for part in parts) else True
        return Verdict(self.words, met, "", (), tuple(parts))


@dataclass(frozen=True)
class AnyOf:
    """At least one criterion is met."""

    words: str
    criteria: tuple[Criterion, ...]

    def judge(self, case: Case) -> Verdict:
        parts = tuple(criterion.judge(case) for criterion in self.criteria)
        if any(part.met for part in parts):
            return Verdict(self.words, True, "", (), parts)
        return Verdict(self.words, None if any(part.met is None for part in parts) else False, "", (), parts)


@dataclass(frozen=True)
class Not:
    """The criterion is not met."""

    words: str
    criterion: Criterion

    def judge(self, case: Case) -> Verdict:
        inner = self.criterion.judge(case)
        return Verdict(self.words, None if inner.met is None else not inner.met, "", (), (inner,))


@dataclass(frozen=True)
class Age:
    """Completed years on the last day of the period (the first with `at_start`), bounds included."""

    least: int
    most: int | None = None
    at_start: bool = False

    def judge(self, case: Case) -> Verdict:
        upper = "or older" if self.most is None else f"to {self.most}"
        when = "begins" if self.at_start else "ends"
        words = f"Aged {self.least} {upper} when the period {when}"
        age = case.age(self.at_start)
        if age is None:
            return Verdict(words, None, "date of birth unknown")
        return Verdict(words, self.least <= age and (self.most is None or age <= self.most), f"{age} years")


@dataclass(frozen=True)
class Sex:
    """Administrative sex as recorded."""

    sex: str

    def judge(self, case: Case) -> Verdict:
        return Verdict(f"Sex: {self.sex}", case.history.sex == self.sex, f"recorded: {case.history.sex}")


@dataclass(frozen=True)
class Judged:
    """A criterion that only a function can tell: it returns met, the reason in words, and the deciding entries."""

    words: str
    judgement: Callable[[Case], tuple[bool, str, list[Entry]]]
    kind: str
    keys: tuple[str, ...]

    def judge(self, case: Case) -> Verdict:
        met, reason, entries = self.judgement(case)
        if not entries and (blind := unseen(case, self.kind, self.keys)):
            return Verdict(self.words, None, blind)
        return Verdict(self.words, met, reason, tuple(each.reference for each in entries))
