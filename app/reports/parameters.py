"""What a report is asked for: a period, named or by its dates, which part of the organization, and how it is cut."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self
from uuid import UUID

from app.core.errors import Invalid
from app.core.period import Period, Span
from app.reports.paper import PaperSize

SIZES: tuple[PaperSize, ...] = ("A4", "Letter")
_IDS = {"clinics": "clinic", "departments": "department", "practitioners": "practitioner", "types": "type"}
_WORDS = {"age_bands": "age_band", "sexes": "sex", "payers": "payer"}
FILTERS: Mapping[str, str] = _IDS | _WORDS
_STEPS = (Span.DAY, Span.WEEK, Span.MONTH, Span.QUARTER, Span.YEAR)


@dataclass(frozen=True)
class Parameters:
    """A report's question. Empty tuples mean everything that the reader may see.

    `metrics`, `by` and `step` are for reports that leave them open. `size` is the paper.
    """

    period: Period
    clinics: tuple[UUID, ...] = ()
    departments: tuple[UUID, ...] = ()
    practitioners: tuple[UUID, ...] = ()
    types: tuple[UUID, ...] = ()
    age_bands: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    step: Span | None = None
    size: PaperSize = "A4"

    @property
    def filters(self) -> dict[str, tuple[Any, ...]]:
        """The filters as a question to the metrics takes them."""
        return {name: getattr(self, field) for field, name in FILTERS.items() if getattr(self, field)}

    def stored(self) -> dict[str, Any]:
        """All but the period, as a run keeps it: JSON without what is empty."""
        found: dict[str, Any] = {"size": self.size}
        for name in (*FILTERS, "metrics", "by"):
            if values := getattr(self, name):
                found[name] = [str(value) for value in values]
        if self.step is not None:
            found["step"] = self.step.value
        return found

    @classmethod
    def of(cls, period: Period, stored: Mapping[str, Any]) -> Self:
        """The parameters from what a form, a program or a run gives; Invalid, with the field, for what they are not."""
        known = {field.name for field in fields(cls)} - {"period"}
        if unknown := sorted(set(stored) - known):
            raise Invalid("A report has no such parameter.", field=unknown[0])
        given: dict[str, Any] = {}
        for name in (*FILTERS, "metrics", "by"):
            if name in stored:
                given[name] = _listed(name, stored[name])
        if stored.get("step"):
            given["step"] = _step(stored["step"])
        if (size := stored.get("size", "A4")) not in SIZES:
            raise Invalid("The paper is A4 or Letter.", field="size")
        return cls(period, size=size, **given)


def _listed(name: str, values: Any) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple) or not all(isinstance(one, str | UUID) for one in values):
        raise Invalid("Give a list.", field=name)
    if name not in _IDS:
        return tuple(map(str, values))
    try:
        return tuple(one if isinstance(one, UUID) else UUID(one) for one in values)
    except ValueError:
        raise Invalid("There is no such choice.", field=name) from None


def _step(value: Any) -> Span:
    try:
        step = Span(value)
    except ValueError:
        raise Invalid("There is no such granularity.", field="step") from None
    if step not in _STEPS:
        raise Invalid("There is no such granularity.", field="step")
    return step
