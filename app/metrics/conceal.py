"""Hides beside the small counts of a page those from which they would follow: rows, weeks, reasons, other metrics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from app.metrics.answer import Answer, Member, signal_of
from app.metrics.derivation import Vector
from app.metrics.disclosure import Book, Cell, Page, Part, added
from app.metrics.evaluate import exclusions
from app.metrics.plan import FigureReads, Lookup, Reads
from app.metrics.read import Key
from app.metrics.suppression import Numbers, blank, hidden, is_small
from app.metrics.types import Figure, Metric, Number, Point, Result, Row, Unit, minus
from app.metrics.values import Ratio

WHOLE = -1  # in place of the number of a row


class Owner(NamedTuple):
    """What is hidden at once: of a figure its value, the value before, one step of its series, or one reason."""

    answer: int
    row: int
    metric: str
    what: str
    number: int = 0


_RANKS = {"excluded": 0, "previous": 1, "step": 2}
_ROW, _WHOLE = 3, 4


class Told(NamedTuple):
    """What a value tells: the vectors of its sums, and which of them count people."""

    vectors: tuple[Vector, ...]
    counts: tuple[tuple[Vector, Number], ...]

    def secrets(self, k: int) -> list[Vector]:
        """What must not be told of it: everything where few records stand behind it, else its small parts."""
        (_, n), *_ = self.counts or (({}, 0),)
        if is_small(n, k):
            return list(self.vectors)
        return [vector for vector, count in self.counts if is_small(count, k)]


def told(metric: Metric, numbers: Numbers, reads: Reads, book: Book, key: Key = ()) -> Told:
    """What a value of a metric tells. `numbers` are its numbers as they were read."""
    sums = [book.vector(one, key) for one in reads.sums]
    n = _records(metric, reads)
    counted = None if n is None else book.vector(n, key)
    counts: list[tuple[Vector, Number]] = [] if counted is None or numbers.n is None else [(counted, numbers.n)]
    if metric.unit is Unit.PERCENT and numbers.numerator is not None and numbers.denominator is not None:
        rest = minus(numbers.denominator, numbers.numerator)
        counts += [(sums[0], numbers.numerator), (added((sums[1], sums[0]), (1, -1)), rest)]
    return Told(tuple(sums) if counted is None else (*sums, counted), tuple(counts))


def _records(metric: Metric, reads: Reads) -> Lookup | None:
    if reads.n is not None:
        return reads.n
    if reads.spread:
        return tuple((1, number) for number in reads.spread)
    if isinstance(metric.value, Ratio):
        return reads.sums[1]
    return reads.sums[0] if metric.unit is Unit.COUNT else None


def concealed(answers: Sequence[Answer], book: Book, k: int) -> list[Result]:
    """The results of the answers of one page, with nothing small in them and nothing from which it follows."""
    gathered = _Gathered(book, k)
    for number, answer in enumerate(answers):
        gathered.take(number, answer)
    owners = gathered.page().also_hidden(k) if gathered.secrets else set()
    if not owners:
        return [answer.result() for answer in answers]
    by_figure: dict[tuple[int, int, str], set[Owner]] = {}
    for owner in owners:
        assert isinstance(owner, Owner)
        by_figure.setdefault(owner[:3], set()).add(owner)
    return [_hidden(number, answer, by_figure, k) for number, answer in enumerate(answers)]


class _Gathered:
    """Everything that the figures of a page show and hide."""

    def __init__(self, book: Book, k: int) -> None:
        self._book, self._k = book, k
        self.cells: list[Cell] = []
        self.secrets: list[Vector] = []
        self.groups: dict[tuple[Any, ...], list[Part]] = {}

    def page(self) -> Page:
        """All of it, with what arithmetic says of it."""
        return Page(self.cells, self.secrets, tuple(self.groups.values()), self._book.facts())

    def take(self, number: int, answer: Answer) -> None:
        """Adds an answer. A member without a name whose count is hidden has no row, and is a part of the whole."""
        rows = {key: (place, row) for place, (key, row) in enumerate(answer.members)}
        unseen = [key for key in (answer.keys if answer.query.by else ()) if key not in rows]
        for metric, figure in answer.total.figures.items():
            if metric not in answer.plan.figures:
                continue
            self._figure(answer, Owner(number, WHOLE, metric, "value"), (), figure)
            for key, (place, row) in rows.items():
                self._figure(answer, Owner(number, place, metric, "value"), key, row.figures[metric])
            for place, key in enumerate(unseen, start=len(rows)):
                self._figure(answer, Owner(number, place, metric, "value"), key, Figure(figure.metric, None))

    def _figure(self, answer: Answer, owner: Owner, key: Key, figure: Figure) -> None:
        metric, cut = figure.metric, 0 if owner.row == WHOLE else -1
        reads, member = answer.plan.figures[metric.key][cut], Member(answer.readings, key)
        rows = (owner.answer, owner.metric, "rows") if owner.row != WHOLE else None
        self._value(owner, figure, metric, reads.current, member, rows)
        steps = zip(reads.series, figure.series)  # noqa: B905 - a figure without anything has no series
        for place, (step, point) in enumerate(steps):
            one = owner._replace(what="step", number=place)
            self._value(one, point, metric, step, member, (*owner, "steps"))
        if reads.previous is not None:
            self._previous(owner._replace(what="previous"), figure, reads.previous, member)
        self._reasons(owner._replace(what="excluded"), figure, reads, member)

    def _value(
        self, owner: Owner, shown: Figure | Point, metric: Metric, reads: Reads, member: Member, group: Any
    ) -> None:
        numbers = member.numbers(metric, metric.value, reads)
        one = told(metric, numbers, reads, self._book, member.key)
        if shown.value is not None:
            self._cells(owner, metric, one.vectors, numbers.n if numbers.n is not None else numbers.value or 0)
        elif numbers.n == 0 and one.counts:
            self._cells(owner, metric, [one.counts[0][0]], 0, stays=True)
        if not metric.counts_people or numbers.value is None:
            return
        self.secrets += one.secrets(self._k)
        for place, (vector, count) in enumerate(one.counts if group else ()):
            self.groups.setdefault((*group, place), []).append(Part(owner, vector, count))

    def _previous(self, owner: Owner, figure: Figure, reads: Reads, member: Member) -> None:
        metric = figure.metric
        numbers = member.numbers(metric, metric.value, reads)
        one = told(metric, numbers, reads, self._book, member.key)
        if figure.previous is not None and len(reads.sums) == 1:  # of a ratio it does not show the parts
            self._cells(owner, metric, one.vectors[:1], numbers.n or 0)
        if metric.counts_people and numbers.value is not None:
            self.secrets += one.secrets(self._k)

    def _reasons(self, owner: Owner, figure: Figure, reads: FigureReads, member: Member) -> None:
        if not reads.excluded:  # not asked
            return
        shown = {part.label for part in figure.excluded}
        for place, (part, lookup) in enumerate(zip(exclusions(figure.metric), reads.excluded, strict=True)):
            count, vector = int(member.total(lookup)), self._book.vector(lookup, member.key)
            one = owner._replace(number=place)
            if part.label in shown:
                self._cells(one, figure.metric, [vector], count)
            if is_small(count, self._k):
                self.secrets.append(vector)
            if count:
                self.groups.setdefault((*owner, "reasons"), []).append(Part(one, vector, count))

    def _cells(
        self, owner: Owner, metric: Metric, vectors: Sequence[Vector], size: Number, stays: bool = False
    ) -> None:
        rank = _RANKS.get(owner.what, _WHOLE if owner.row == WHOLE else _ROW)
        able = not stays and (metric.counts_people or owner.what == "excluded")
        self.cells += [Cell(owner, vector, size, rank if able else None) for vector in vectors]


def _hidden(number: int, answer: Answer, owners: Mapping[tuple[int, int, str], set[Owner]], k: int) -> Result:
    def row(place: int, shown: Row) -> Row:
        figures = {
            key: _without(figure, owners.get((number, place, key), set()), k) for key, figure in shown.figures.items()
        }
        return replace(shown, figures=figures)

    rows = tuple(row(place, shown) for place, (_, shown) in enumerate(answer.members))
    return answer.result(row(WHOLE, answer.total), rows)


def _without(figure: Figure, owners: set[Owner], k: int) -> Figure:
    """A figure without some of what it shows."""
    gone = {(owner.what, owner.number) for owner in owners}
    if not gone:
        return figure
    labels = {part.label for place, part in enumerate(exclusions(figure.metric)) if ("excluded", place) in gone}
    excluded = tuple(part for part in figure.excluded if part.label not in labels)
    series = tuple(_steps(figure, gone, k))
    if ("value", 0) in gone:
        return replace(blank(figure, k), excluded=excluded, series=series, signal=_signal(figure, series))
    if ("previous", 0) in gone:
        figure = replace(figure, previous=None, change=None)
    return replace(figure, excluded=excluded, series=series, signal=_signal(figure, series))


def _signal(figure: Figure, series: tuple[Point, ...]) -> Any:
    same = figure.signal is None or series == figure.series
    return figure.signal if same else signal_of(figure.metric, series)


def _steps(figure: Figure, gone: set[tuple[str, int]], k: int) -> Iterator[Point]:
    for place, point in enumerate(figure.series):
        if ("step", place) in gone:
            reason = hidden(k).reason
            yield Point(point.period, None, None, None, None, point.partial, reason)
        else:
            yield point
