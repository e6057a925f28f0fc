"""Figures as words: each unit in one way, everywhere. A difference is that of the two figures as printed.

Minutes from ten hours on are printed as hours: nobody can picture 482,720 minutes.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from app.core import format
from app.metrics.types import Better, Figure, Metric, Number, Unit

_PLACES = {Unit.COUNT: 0, Unit.PERCENT: 1, Unit.MINUTES: 0, Unit.DAYS: 0, Unit.MONEY: 0, Unit.SCORE: 1}
_SMALL = 100
_WORDS = {Unit.MINUTES: "min", Unit.DAYS: "days"}
_HOUR = 60  # minutes
_LONG = 10 * _HOUR
_COMPARED = {Unit.MINUTES: ("longer", "shorter"), Unit.DAYS: ("later", "sooner")}


@dataclass(frozen=True)
class _Form:
    """How values are printed: multiplied by `factor`, with so many decimals and a unit behind."""

    factor: Decimal
    places: int
    word: str = ""

    @classmethod
    def of(cls, unit: Unit, *values: Number | None) -> "_Form":
        """That of a figure, or of several that are subtracted from one another."""
        if unit is not Unit.MINUTES:
            return _FORMS[unit]
        lengths = [abs(float(value)) for value in values if value is not None] or [0.0]
        if min(lengths) < _LONG:
            return _FORMS[unit]
        return _WHOLE_HOURS if max(lengths) >= _SMALL * _HOUR else _HOURS

    @cached_property
    def _step(self) -> Decimal:
        return Decimal(1).scaleb(-self.places)

    def rounded(self, value: Number) -> Decimal:
        """The value as it is printed."""
        return (Decimal(str(value)) * self.factor).quantize(self._step, ROUND_HALF_UP)


_FORMS = {
    unit: _Form(Decimal(100 if unit is Unit.PERCENT else 1), _PLACES.get(unit, 2), _WORDS.get(unit, ""))
    for unit in Unit
}
_HOURS, _WHOLE_HOURS = (_Form(1 / Decimal(_HOUR), places, "h") for places in (1, 0))


def amount(value: Number | None, currency: str) -> str:
    """A numerator or denominator: money in the currency, everything else as a number; nothing for None."""
    if isinstance(value, Decimal):
        return format.money(value, currency, unknown="")
    return format.number(value, 0 if value is None or float(value).is_integer() else 1, unknown="")


def share_words(metric: Metric, numerator: Number | None, denominator: Number | None, currency: str) -> str:
    """What a share is made of: "3 of 77", "$2,570 of $503,254", "1,337 of 1,605 h"."""
    if not metric.adds_minutes or numerator is None or denominator is None:
        return f"{amount(numerator, currency)} of {amount(denominator, currency)}"
    form = _Form.of(Unit.MINUTES, numerator, denominator)
    top, bottom = (format.number(form.rounded(value), form.places) for value in (numerator, denominator))
    return f"{top} of {bottom} {form.word}"


def parts(unit: Unit, value: Number | None, currency: str) -> tuple[str, str]:
    """The figure and its unit apart: ("11", "min"), ("8,045", "h"), ("3.9", "%"), ("$6,310", "")."""
    if value is None:
        return "", ""
    form = _Form.of(unit, value)
    rounded = form.rounded(value)
    if unit is Unit.MONEY:
        return format.money(rounded, currency), ""
    text = format.number(rounded, form.places)
    if unit is Unit.PERCENT:
        return text, "%"
    return text, "day" if form.word == "days" and rounded == 1 else form.word


def value_words(unit: Unit, value: Number | None, currency: str, unknown: str = format.UNKNOWN) -> str:
    """A value with its unit: "4.6%", "11 min", "$6,310"; None becomes words."""
    text, word = parts(unit, value, currency)
    if not text:
        return unknown
    return f"{text}{word}" if word == "%" else f"{text} {word}".rstrip()


def level_words(unit: Unit, value: float, currency: str) -> str:
    """A mean or a limit with its unit. Among small whole numbers it gets a decimal, to be told from them: "6.8 min"."""
    if _PLACES.get(unit, 2) or unit is Unit.MONEY or abs(value) >= _SMALL:
        return value_words(unit, value, currency)
    return f"{format.number(value, 1)} {_WORDS.get(unit, '')}".rstrip()


def difference(unit: Unit, value: Number | None, other: Number | None, currency: str) -> str | None:
    """The signed difference of two figures as printed: "−1.0 points", "+2 min", "+$370"; None where one is unknown."""
    if value is None or other is None:
        return None
    form = _Form.of(unit, value, other)
    gap = form.rounded(value) - form.rounded(other)
    if unit is Unit.MONEY:
        sign = "+" if gap > 0 else ""
        return f"{sign}{format.money(gap, currency)}"
    word = "points" if unit is Unit.PERCENT else form.word
    return f"{format.signed(gap, form.places)} {word}".rstrip()


def change_words(figure: Figure, currency: str) -> str | None:
    """How the figure differs from the compared period: "2 min longer", "0.2 points less", "Same"; None when unknown."""
    metric = figure.metric
    if figure.value is None or figure.previous is None:
        return None
    form = _Form.of(metric.unit, figure.value, figure.previous)
    first, second = form.rounded(figure.value), form.rounded(figure.previous)
    if first == second:
        return "Same"
    more, less = ("more", "less") if metric.is_extensive else _COMPARED.get(metric.unit, ("more", "less"))
    amount = (difference(metric.unit, figure.value, figure.previous, currency) or "").lstrip("+−")
    return f"{amount} {more if first > second else less}"


def target_sign(metric: Metric) -> str:
    """On which side of its target a metric is wanted; empty where neither is better."""
    return {Better.UP: "≥", Better.DOWN: "≤", Better.NONE: ""}[metric.better]


def target_words(figure: Figure, currency: str, is_running: bool = False) -> str | None:
    """The target and whether it is met: "Target ≤ 15 min: met", "Target ≥ 80.0%: missed by 12.0 points".

    In a period that is still running, what adds up is not missed but "to go", and nothing is missed before it begins.
    """
    if figure.target is None:
        return None
    metric = figure.metric
    words = " ".join(f"Target {target_sign(metric)} {value_words(metric.unit, figure.target, currency)}".split())
    if figure.target_met is None or (is_running and not figure.target_met and not figure.numerator):
        return words
    gap = (difference(metric.unit, figure.value, figure.target, currency) or "").lstrip("+−")
    if is_running and metric.is_extensive and (metric.better is Better.UP) is not figure.target_met:
        return f"{words}: {'met so far' if figure.target_met else f'{gap} to go'}"
    if figure.target_met:
        return f"{words}: met"
    form = _Form.of(metric.unit, figure.value or 0, figure.target)
    is_close = form.rounded(figure.value or 0) == form.rounded(figure.target)
    return f"{words}: {'just missed' if is_close else f'missed by {gap}'}"
