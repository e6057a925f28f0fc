"""Value sets: which codes mean the same to a measure."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from app.quality.record import Coding

HERE = Path(__file__).parent
SYSTEMS = {
    "http://snomed.info/sct": "sct",
    "http://www.ama-assn.org/go/cpt": "cpt",
    "http://loinc.org": "loinc",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "http://www.cms.gov/medicare/coding/icd10": "icd10pcs",
    "http://www.cms.gov/medicare/coding/hcpcsreleasecodesets": "hcpcs",
    "https://www.cms.gov/medicare/coding/hcpcsreleasecodesets": "hcpcs",
    "http://www.nlm.nih.gov/research/umls/hcpcs": "hcpcs",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "http://terminology.hl7.org/codesystem/v3-actcode": "actcode",
    "2.16.840.1.113883.6.96": "sct",
    "2.16.840.1.113883.6.12": "cpt",
    "2.16.840.1.113883.6.1": "loinc",
    "2.16.840.1.113883.6.90": "icd10cm",
    "2.16.840.1.113883.6.4": "icd10pcs",
    "2.16.840.1.113883.6.285": "hcpcs",
    "2.16.840.1.113883.6.88": "rxnorm",
    "2.16.840.1.113883.5.4": "actcode",
}


def short(system: str | None) -> str | None:
    """The short name of a code system, told by its URL or OID; an unknown one keeps its own."""
    return SYSTEMS.get(system.lower().removeprefix("urn:oid:"), system) if system else None


@dataclass(frozen=True)
class ValueSet:
    """Codes by system. A code that ends in `*` stands for all that begin so. `complete`: as its steward published it.

    A set without `oid` is a single code that the measures name themselves.
    """

    key: str
    title: str
    oid: str | None
    codes: Mapping[str, frozenset[str]]
    complete: bool = False

    def __len__(self) -> int:
        return sum(map(len, self.codes.values()))


@dataclass
class ValueSets:
    """All value sets, and for each coding those that hold it."""

    sets: Mapping[str, ValueSet]
    _known: dict[Coding, frozenset[str]] = field(default_factory=dict)
    _exact: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _prefixes: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _systems: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for each in self.sets.values():
            for system, codes in each.codes.items():
                self._systems.add(system)
                for code in codes:
                    table = self._prefixes if code.endswith("*") else self._exact
                    table.setdefault((system, code.rstrip("*")), set()).add(each.key)

    def holding(self, coding: Coding) -> frozenset[str]:
        """The keys of the sets with this code; one without a system is looked for in all."""
        found = self._known.get(coding)
        if found is None:
            systems = (coding.system,) if coding.system else tuple(self._systems)
            found = frozenset(key for system in systems for key in self._look_up(system, coding.code))
            self._known[coding] = found
        return found

    def _look_up(self, system: str, code: str) -> set[str]:
        found = set(self._exact.get((system, code), ()))
        for length in range(1, len(code) + 1):
            found |= self._prefixes.get((system, code[:length]), set())
        return found

    def exact(self) -> list[str]:
        """Every code that stands for itself, of all systems."""
        return sorted({code for _, code in self._exact})

    def with_sets(self, published: Iterable[ValueSet]) -> "ValueSets":
        """These, with each set that a steward's replaces."""
        return ValueSets({**self.sets, **{each.key: each for each in published}})

    def with_general_visits(self) -> "ValueSets":
        """These, with visits of no stated kind among the office visits."""
        office, more = self.sets["office_visit"], self.sets["general_visit"].codes
        codes = {system: office.codes.get(system, frozenset()) | more.get(system, frozenset())
                 for system in {*office.codes, *more}}  # fmt: skip
        return self.with_sets([replace(office, codes=codes)])


@cache
def starter() -> ValueSets:
    """The value sets that come with the product; what is in them: `docs/decisions/quality-measures.md`."""
    found = {}
    for path in sorted(HERE.glob("*.toml")):
        for key, table in tomllib.loads(path.read_text()).items():
            codes = {system: frozenset(each) for system, each in table.get("codes", {}).items()}
            found[key] = ValueSet(key, table["title"], table.get("oid"), codes, complete="oid" not in table)
    return ValueSets(found)
