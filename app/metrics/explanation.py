"""What the explanation of a figure says: other definitions, what was left out, trend, where it comes from."""

from dataclasses import dataclass
from datetime import date, datetime

from app.core.period import Period
from app.metrics.spc import Assurance, Chart
from app.metrics.types import Figure, Metric, Number, Point


@dataclass(frozen=True)
class OtherDefinition:
    """The same records under one definition; `shown` marks the one in use."""

    label: str
    source: str
    numerator: Number | None
    denominator: Number | None
    value: Number | None
    shown: bool
    reason: str | None = None


@dataclass(frozen=True)
class Reason:
    """Why records are left out, and what the figure would be if all of the doubtful ones were of the numerator."""

    label: str
    count: Number
    why: str
    what_if: Number | None


@dataclass(frozen=True)
class Funnel:
    """From what there was to what was counted: `population` = `counted` + `left_out`. None where nothing is divided."""

    population: Number
    counted: Number
    left_out: Number
    numerator: Number | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Happening:
    """Something of the event log that happened during the trend."""

    day: date
    title: str
    kind: str


@dataclass(frozen=True)
class Trend:
    """26 weeks and the running one, with limits and what happened meanwhile."""

    points: tuple[Point, ...]
    chart: Chart | None
    assurance: Assurance | None
    target_met: int | None
    events: tuple[Happening, ...]


@dataclass(frozen=True)
class SourceStep:
    """A source that the figure's records come from."""

    name: str
    fresh_at: datetime | None
    late: bool


@dataclass(frozen=True)
class Way:
    """How the number came here: sources, stored records, rollup rows read, definition, privacy."""

    sources: tuple[SourceStep, ...]
    records: Number | None
    rollup_rows: int
    rollup_at: str
    definition: str
    since: date
    suppressed_below: int | None
    data_version: int | None


@dataclass(frozen=True)
class Explanation:
    """Everything that the page "Explain this number" shows."""

    metric: Metric
    period: Period
    clinics: tuple[str, ...]
    zone: str
    figure: Figure
    numerator_words: str
    denominator_words: str | None
    words: tuple[tuple[str, str], ...]
    definitions: tuple[OtherDefinition, ...]
    funnel: Funnel | None
    trend: Trend
    way: Way
