"""What readings say of a condition or a goal: declared rules, each with its threshold; no rule, no judgement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

Trend = Literal["improving", "worsening", "stable"]
FRESH_DAYS = 365  # an older reading says nothing of how a condition is managed

_UNITS = {
    "mm[Hg]": "mmHg",
    "[lb_av]": "lb",
    "Cel": "°C",
    "[degF]": "°F",
    "[in_i]": "in",
    "kg/m2": "kg/m²",
    "{score}": "",
    "{nominal}": "",
    "1": "",
}


@dataclass(frozen=True)
class Reading:
    """One finding: `value` (for blood pressure the systolic), `second` the diastolic; `unit` as in UCUM."""

    kind: str
    at: datetime
    value: float
    second: float | None = None
    unit: str | None = None

    @property
    def words(self) -> str:
        """As it is shown: "130/85 mmHg", "72 /min"."""
        shown = f"{self.value:g}" if self.second is None else f"{self.value:g}/{self.second:g}"
        unit = _UNITS.get(self.unit or "", self.unit or "")
        return f"{shown}{unit}" if unit in ("%",) else f"{shown} {unit}".strip()


@dataclass(frozen=True)
class Rule:
    """How readings judge a condition. In control below `below` (and `second_below`), or above `above`; a change of at
    least `step` towards it is an improvement, away from it a worsening."""

    kinds: tuple[str, ...]
    step: float
    below: float | None = None
    second_below: float | None = None
    above: float | None = None
    source: str = ""


RULES: Mapping[str, Rule] = {
    "hypertension": Rule(("blood_pressure",), 5, below=140, second_below=90, source="CMS165: below 140/90 mmHg"),
    "diabetes": Rule(("hba1c",), 0.3, below=9.05, source="CMS122: HbA1c of 9% or less"),
    "prediabetes": Rule(("hba1c",), 0.3, below=6.5, source="ADA Standards of Care: diabetes from HbA1c 6.5%"),
    "hyperlipidemia": Rule(("ldl",), 10, below=130, source="NCEP ATP III: LDL from 130 mg/dL is borderline high"),
    "obesity": Rule(("bmi",), 0.5, below=30, source="WHO: obesity from a body mass index of 30"),
    "kidney_disease": Rule(("egfr",), 5, above=60, source="KDIGO 2012: decreased below 60 mL/min/1.73 m²"),
}


def latest(kind: str | None, readings: Mapping[str, Sequence[Reading]]) -> Reading | None:
    """The newest reading that a rule for the condition looks at (`readings`: newest first, by kind)."""
    rule = RULES.get(kind or "")
    found = [readings[each][0] for each in rule.kinds if readings.get(each)] if rule else []
    return max(found, key=lambda reading: reading.at, default=None)


def is_managed(kind: str | None, reading: Reading | None, today: date) -> bool | None:
    """Is the condition in control by its newest reading? None without a rule or a reading of the last year."""
    rule = RULES.get(kind or "")
    if rule is None or reading is None or (today - reading.at.date()).days > FRESH_DAYS:
        return None
    if rule.above is not None:
        return reading.value >= rule.above
    first = rule.below is None or reading.value < rule.below
    return first and (rule.second_below is None or reading.second is None or reading.second < rule.second_below)


def trend(kind: str | None, readings: Mapping[str, Sequence[Reading]]) -> Trend | None:
    """The newest reading against the one before it; None without a rule or two readings."""
    rule, newest = RULES.get(kind or ""), latest(kind, readings)
    if rule is None or newest is None or len(readings[newest.kind]) < 2:
        return None
    change = newest.value - readings[newest.kind][1].value
    better = change if rule.above is not None else -change
    if abs(better) < rule.step:
        return "stable"
    return "improving" if better > 0 else "worsening"


def target_words(targets: Sequence[Mapping[str, Any]]) -> str | None:
    """The ranges of a goal: "< 130/80 mmHg", "< 7%", "18.5 to 25 kg/m²"; None without any."""
    by_kind = {target["kind"]: target for target in targets}
    pressure = [by_kind.get("systolic"), by_kind.get("diastolic")]
    if all(pressure) and all("high" in (part or {}) for part in pressure):
        return "< " + "/".join(f"{part['high']:g}" for part in pressure if part) + " mmHg"
    return "; ".join(_range_words(target) for target in targets) or None


def _range_words(target: Mapping[str, Any]) -> str:
    unit = _UNITS.get(target.get("unit") or "", target.get("unit") or "")
    end = unit if unit == "%" else f" {unit}".rstrip()
    low, high = target.get("low"), target.get("high")
    if low is not None and high is not None:
        return f"{low:g} to {high:g}{end}"
    return f"< {high:g}{end}" if high is not None else f"> {low:g}{end}" if low is not None else target["kind"]


def progress(
    targets: Sequence[Mapping[str, Any]], first: Mapping[str, float], now: Mapping[str, float]
) -> float | None:
    """How much of the way from the first reading to the target is done, 0 to 1, the least over a goal's targets; None
    where one of them has no reading."""
    parts = [_part(target, first.get(target["kind"]), now.get(target["kind"])) for target in targets]
    known = [part for part in parts if part is not None]
    return min(known) if known and len(known) == len(parts) else None


def _part(target: Mapping[str, Any], first: float | None, now: float | None) -> float | None:
    if first is None or now is None:
        return None
    low, high = target.get("low"), target.get("high")
    if (high is None or now <= high) and (low is None or now >= low):
        return 1.0
    goal: float | None = high if high is not None and now > high else low
    if goal is None or first == goal:
        return None
    return max(0.0, min(1.0, (first - now) / (first - goal)))
