"""The shape of a reading: which rows answer a cut exactly, the coarsest of the rollup or else the records."""

from dataclasses import dataclass

from app.metrics.arms import Arm
from app.metrics.wants import PLACES, Cut, Slot
from app.rollups.family import Distinct, Family
from app.rollups.tables import grain_of

_ROLLED = {"clinic", "weekday"}


@dataclass(frozen=True)
class Shape:
    """Everything of one arm that decides its text."""

    family: str
    parts: tuple[str, ...]
    by: tuple[str, ...]
    filters: tuple[tuple[str, Slot], ...]
    until: str | None  # its slot
    bounded: bool
    grain: str | None  # None: the records
    level: str = "organization"  # of distinct patients

    @property
    def coarse(self) -> bool:
        """Can whole weeks stand for their days?"""
        return "weekday" not in {*self.by, *(name for name, _ in self.filters)}

    @classmethod
    def of(cls, cut: Cut, family: Family, parts: tuple[str, ...], bounded: bool, distinct: bool = False) -> "Shape":
        """The shape in which a cut of a family is read."""
        level = _level(cut) if distinct else "organization"
        grain = None if level is None else _grain(cut, family)
        until = None if cut.until is None else cut.until.name
        return cls(family.key, parts, cut.by, cut.filters, until, bounded, grain, level or "")

    @classmethod
    def of_arm(cls, arm: Arm) -> "Shape":
        """The shape of an arm."""
        return cls.of(arm.cut, arm.family, arm.names, arm.first is not None, arm.kind is Distinct)


def _grain(cut: Cut, family: Family) -> str | None:
    """The coarsest rows of the rollup that know all dimensions of the cut; None where only records do."""
    named = {*cut.by, *(name for name, _ in cut.filters)} - _ROLLED
    if cut.records or cut.until is not None:
        return None
    members, doctors = named - set(PLACES), named & set(PLACES)
    if not members:
        return grain_of(bool(doctors))
    return next((grain_of(bool(doctors), name) for name in family.kept if members == {name}), None)


def _level(cut: Cut) -> str | None:
    """The level whose gaps count a cut's patients exactly; None where patients would count twice."""
    single = {name for name, slot in cut.filters if slot.single}
    named = {*cut.by, *(name for name, _ in cut.filters)}
    fixed = {*cut.by, *single}
    levels = {frozenset(): "organization", frozenset({"clinic"}): "clinic"}
    levels[frozenset({"clinic", "practitioner"})] = "doctor"
    levels[frozenset({"practitioner"})] = "doctor_anywhere"
    return levels.get(frozenset(named)) if named == fixed else None
