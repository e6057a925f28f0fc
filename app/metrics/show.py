"""Figures as words: each unit in one way, everywhere. A difference is that of the two figures as printed."""

from decimal import ROUND_HALF_UP, Decimal

from app.core import format
from app.metrics.types import Better, Figure, Metric, Number, Unit

_PLACES = {Unit.COUNT: 0, Unit.PERCENT: 1, Unit.MINUTES: 0, Unit.DAYS: 0, Unit.MONEY: 0, Unit.SCORE: 1}
_SMALL = 100
_WORDS = {Unit.MINUTES: "min", Unit.DAYS: "days"}
_COMPARED = {Unit.MINUTES: ("longer", "shorter"), Unit.DAYS: ("later", "sooner")}


def printed(unit: Unit, value: Number | None) -> Decimal | None:
    """The value rounded as it is printed; percentages as points (0.046 -> 4.6)."""
    if value is None:
        return None
    scaled = Decimal(str(value)) * (100 if unit is Unit.PERCENT else 1)
    return scaled.quantize(Decimal(1).scaleb(-_PLACES.get(unit, 2)), ROUND_HALF_UP)


def parts(unit: Unit, value: Number | None, currency: str) -> tuple[str, str]:
    """The figure and its unit apart: ("11", "min"), ("3.9", "%"), ("$6,310", "")."""
    rounded = printed(unit, value)
    if rounded is None:
        return "", ""
    if unit is Unit.MONEY:
        return format.money(rounded, currency), ""
    text = format.number(rounded, _PLACES.get(unit, 2))
    if unit is Unit.PERCENT:
        return text, "%"
    word = _WORDS.get(unit, "")
    return text, "day" if word == "days" and rounded == 1 else word


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
    first, second = printed(unit, value), printed(unit, other)
    if first is None or second is None:
        return None
    gap = first - second
    if unit is Unit.MONEY:
        sign = "+" if gap > 0 else ""
        return f"{sign}{format.money(gap, currency)}"
    word = "points" if unit is Unit.PERCENT else _WORDS.get(unit, "")
    return f"{format.signed(gap, _PLACES.get(unit, 2))} {word}".rstrip()


def change_words(figure: Figure, currency: str) -> str | None:
    """How the figure differs from the compared period: "2 min longer", "0.2 points less", "Same"; None when unknown."""
    unit = figure.metric.unit
    first, second = printed(unit, figure.value), printed(unit, figure.previous)
    if first is None or second is None:
        return None
    if first == second:
        return "Same"
    more, less = _COMPARED.get(unit, ("more", "less"))
    amount = (difference(unit, figure.value, figure.previous, currency) or "").lstrip("+−")
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
    return f"{words}: {'met' if figure.target_met else f'missed by {gap}'}"
