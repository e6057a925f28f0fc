"""What an explanation reads beside its figure, and what of it may stand beside the figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from app.extensions import db
from app.metrics.answer import Member
from app.metrics.conceal import told
from app.metrics.derivation import Vector
from app.metrics.disclosure import Book, Cell, Page, Part, added
from app.metrics.evaluate import exclusions, population
from app.metrics.frame import Frame
from app.metrics.plan import Lookup, Planner, Question, Reads
from app.metrics.read import Reader
from app.metrics.scope import Scope
from app.metrics.suppression import Numbers, hidden, hide_small, is_small
from app.metrics.types import Figure, Number, Query, minus
from app.metrics.values import Interval
from app.metrics.wants import Slots, Wants

_REASON, _VARIANT, _FUNNEL = 0, 1, 2  # what is hidden first; the figure itself stays


@dataclass(frozen=True)
class Parts:
    """What is read beside the figure: its variants, how many records there were (None: not shown) and how many of them
    it counts, and the labels of the reasons that may be shown."""

    scope: Scope
    interval: Interval
    variants: tuple[Numbers, ...]
    there: Number | None
    counted: Number
    reasons: frozenset[str]


@dataclass(frozen=True)
class _Reads:
    """The wants of everything that an explanation shows."""

    figure: Reads
    variants: tuple[Reads, ...]
    there: Lookup
    counted: Lookup
    reasons: tuple[Lookup, ...]


def parts_of(figure: Figure, query: Query, scope: Scope, frame: Frame, small: int | None) -> Parts:
    """Reads them for the figure of a question without dimensions. `small`: counts below it stay hidden."""
    metric, slots, wants = figure.metric, Slots(), Wants()
    question = Question.of(query, scope, frame, slots)
    (cut,), span = question.cuts(metric), question.span
    planner = Planner(question, cut, wants)
    reads = _Reads(
        planner.value(metric, metric.value, span),
        tuple(planner.value(metric, one.value, span) for one in metric.variants),
        planner.sum(population(metric), span),
        planner.sum(metric.counted, span),
        tuple(planner.sum(part.of, span) for part in exclusions(metric)),
    )
    readings = Reader(wants).run(db.session(), scope.organization_id, slots.given)
    member = Member(readings)
    variants = tuple(
        member.numbers(metric, one.value, read) for one, read in zip(metric.variants, reads.variants, strict=True)
    )
    found = Parts(
        scope,
        span.interval,
        variants,
        member.total(reads.there if population(metric) is not None else reads.counted),
        member.total(reads.counted),
        frozenset(part.label for part in figure.excluded),
    )
    if small is None:
        return found
    return _Guard(figure, reads, member, Book(tuple(wants), slots.given, readings)).of(found, small)


class _Guard:
    """Takes out what is small, and that from which it would follow beside the figure."""

    def __init__(self, figure: Figure, reads: _Reads, member: Member, book: Book) -> None:
        self._figure, self._metric, self._reads, self._member, self._book = figure, figure.metric, reads, member, book
        metric = figure.metric
        values = [metric.value, *(variant.value for variant in metric.variants)]
        self._told = [
            told(metric, member.numbers(metric, value, read), read, book)
            for value, read in zip(values, [reads.figure, *reads.variants], strict=True)
        ]

    def of(self, parts: Parts, k: int) -> Parts:
        """The parts that may be shown."""
        if not self._metric.counts_people:
            return parts
        variants = [hide_small(self._metric, one, k) for one in parts.variants]
        cells = tuple(self._cells(parts, variants))
        gone = Page(cells, tuple(self._secrets(k)), (tuple(self._reasons()),), self._book.facts()).also_hidden(k)
        bare = "funnel" in gone or self._figure.value is None or is_small(parts.there, k)
        return replace(
            parts,
            variants=tuple(hidden(k) if place in gone else one for place, one in enumerate(variants)),
            there=None if bare else parts.there,
            reasons=parts.reasons - gone,
        )

    def _cells(self, parts: Parts, variants: Sequence[Numbers]) -> Iterator[Cell]:
        figure, *others = self._told
        if self._figure.value is not None:
            yield from (Cell("figure", vector, 0, None) for vector in figure.vectors)
        for place, (numbers, one) in enumerate(zip(variants, others, strict=True)):
            if numbers.value is not None:
                yield from (Cell(place, vector, numbers.n or 0, _VARIANT) for vector in one.vectors)
        yield from (
            Cell(part.owner, part.vector, part.count, _REASON)
            for part in self._reasons()
            if part.owner in parts.reasons
        )
        if population(self._metric) is not None:
            yield Cell("funnel", self._book.vector(self._reads.there), parts.there or 0, _FUNNEL)
            yield Cell("funnel", self._book.vector(self._reads.counted), parts.counted, _FUNNEL)

    def _reasons(self) -> Iterator[Part]:
        for part, lookup in zip(exclusions(self._metric), self._reads.reasons, strict=True):
            yield Part(part.label, self._book.vector(lookup), int(self._member.total(lookup)))

    def _secrets(self, k: int) -> Iterator[Vector]:
        """Small reasons, small parts of other definitions, and small differences between definitions."""
        yield from (part.vector for part in self._reasons() if is_small(part.count, k))
        for one in self._told[1:]:
            yield from one.secrets(k)
        sums = [self._reads.figure.sums, *(read.sums for read in self._reads.variants)]
        for first, second in combinations(sums, 2):
            for lookup, other in zip(first, second, strict=True):
                gap = minus(self._member.total(lookup), self._member.total(other))
                if is_small(max(gap, -gap), k):
                    yield added((self._book.vector(lookup), self._book.vector(other)), (1, -1))
