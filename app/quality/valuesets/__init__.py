"""Value sets: which codes mean the same to a measure."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "http://terminology.hl7.org/codesystem/v3-actcode": "actcode",
}


def short(system: str | None) -> str | None:
    """The short name of a code system; an unknown one keeps its own."""
    return SYSTEMS.get(system.lower(), system) if system else None


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


@cache
def starter() -> ValueSets:
    """The value sets that come with the product; what is in them: `docs/decisions/quality-measures.md`."""
    found = {}
    for path in sorted(HERE.glob("*.toml")):
        for key, table in tomllib.loads(path.read_text()).items():
            codes = {system: frozenset(each) for system, each in table.get("codes", {}).items()}
            found[key] = ValueSet(key, table["title"], table.get("oid"), codes, complete="oid" not in table)
    return ValueSets(found)


def published(folder: Path, known: ValueSets) -> list[ValueSet]:
    """The FHIR ValueSet resources (JSON, expanded or composed of codes) of a folder that the measures ask for, by OID.

    Raises `ValueError` naming the file that is no JSON.
    """
    keys = {each.oid: each for each in known.sets.values() if each.oid}
    found = []
    for path in sorted(folder.rglob("*.json")):
        try:
            resource = json.loads(path.read_text())
        except ValueError as error:
            raise ValueError(f"{path.name} is not JSON: {error}") from error
        if isinstance(resource, dict) and (mine := keys.get(_oid(resource))) and (codes := _codes(resource)):
            found.append(ValueSet(mine.key, mine.title, mine.oid, codes, complete=True))
    return found


def _oid(resource: Mapping[str, object]) -> str:
    if resource.get("resourceType") != "ValueSet":
        return ""
    return str(resource.get("url") or resource.get("id") or "").rsplit("/", 1)[-1].removeprefix("urn:oid:")


def _codes(resource: Mapping[str, object]) -> dict[str, frozenset[str]]:
    expansion, compose = resource.get("expansion"), resource.get("compose")
    found: dict[str, set[str]] = {}
    if isinstance(expansion, dict):
        _gather(expansion.get("contains"), None, found)
    elif isinstance(compose, dict):
        for part in compose.get("include") or ():
            _gather(part.get("concept"), part.get("system"), found)
    return {system: frozenset(codes) for system, codes in found.items()}


def _gather(concepts: object, system: str | None, found: dict[str, set[str]]) -> None:
    for each in concepts if isinstance(concepts, list) else ():
        name = short(each.get("system") or system)
        if name and each.get("code"):
            found.setdefault(name, set()).add(str(each["code"]))
        _gather(each.get("contains"), system, found)
