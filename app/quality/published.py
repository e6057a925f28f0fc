"""Value sets as their stewards publish them: FHIR (JSON), VSAC's answers (SVS, XML) and VSAC's workbooks (XLSX)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse
from openpyxl import load_workbook

from app.quality.fhir import read
from app.quality.valuesets import ValueSet, ValueSets, short

Codes = dict[str, set[str]]
Found = tuple[str, str, Codes]
OID, CODE, SYSTEM = "oid", "code", "code system oid"
SET_OID = "value set oid"


def published(path: Path, known: ValueSets) -> list[ValueSet]:
    """The value sets of a file or folder that the measures ask for, by OID; of several versions the newest.

    Pages of one expansion add up. Raises `ValueError` naming the file that cannot be read.
    """
    keys = {each.oid: each for each in known.sets.values() if each.oid}
    newest: dict[str, tuple[str, Codes]] = {}
    for oid, version, codes in _all(path):
        if oid not in keys or not codes:
            continue
        held = newest.get(oid)
        if held is None or version > held[0]:
            newest[oid] = (version, codes)
        elif version == held[0]:
            for system, more in codes.items():
                held[1].setdefault(system, set()).update(more)
    return [
        ValueSet(keys[oid].key, keys[oid].title, oid, {name: frozenset(each) for name, each in codes.items()}, True)
        for oid, (_, codes) in newest.items()
    ]


def _all(path: Path) -> Iterator[Found]:
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if ".json" in file.suffixes or ".ndjson" in file.suffixes:
            yield from _fhir(file)
        elif file.suffix == ".xml":
            yield from _svs(file)
        elif file.suffix == ".xlsx":
            yield from _workbook(file)


def _fhir(file: Path) -> Iterator[Found]:
    """ValueSets, alone or in Bundles: expanded, or composed of codes that are named one by one."""
    for resource in read(file):
        if resource.get("resourceType") != "ValueSet":
            continue
        oid = str(resource.get("url") or resource.get("id") or "").rsplit("/", 1)[-1].partition("|")[0]
        codes: Codes = {}
        expansion, compose = resource.get("expansion"), resource.get("compose")
        if isinstance(expansion, dict):
            _gather(expansion.get("contains"), None, codes)
        elif isinstance(compose, dict):
            for part in compose.get("include") or ():
                _gather(part.get("concept"), part.get("system"), codes)
        yield oid.removeprefix("urn:oid:"), str(resource.get("version") or ""), codes


def _gather(concepts: object, system: str | None, found: Codes) -> None:
    for each in concepts if isinstance(concepts, list) else ():
        _keep(found, each.get("system") or system, each.get("code"))
        _gather(each.get("contains"), system, found)


def _keep(found: Codes, system: object, code: object) -> None:
    name = short(str(system)) if system else None
    if name and code:
        found.setdefault(name, set()).add(str(code).strip())


def _svs(file: Path) -> Iterator[Found]:
    """What VSAC answers to a request for one value set, or for those of a release."""
    try:
        root = parse(file).getroot()
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"{file.name} cannot be read as XML: {error}") from error
    for each in root.iter():
        if each.tag.rpartition("}")[2] not in ("ValueSet", "DescribedValueSet"):
            continue
        codes: Codes = {}
        for concept in each.iter():
            if concept.tag.rpartition("}")[2] == "Concept":
                _keep(codes, concept.get("codeSystem"), concept.get("code"))
        yield str(each.get("ID") or each.get("id") or ""), str(each.get("version") or ""), codes


def _workbook(file: Path) -> Iterator[Found]:
    """One value set with its OID beside the word, or a table of many with the OID on each line."""
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # openpyxl has no common class for what may be wrong with a file
        raise ValueError(f"{file.name} is no workbook: {error}") from error
    own = ""
    for sheet in book.worksheets:
        heads: dict[str, int] = {}
        for row in sheet.iter_rows(values_only=True):
            words = [str(each).strip() if each is not None else "" for each in row]
            if not heads:
                heads = _heads(words)
                own = _beside(words, OID) or own
            elif (oid := _cell(words, heads, SET_OID) or own) and (code := _cell(words, heads, CODE)):
                codes: Codes = {}
                _keep(codes, _cell(words, heads, SYSTEM), code)
                yield oid, "", codes


def _heads(words: list[str]) -> dict[str, int]:
    """Where the columns stand; empty for a line that is no head."""
    found = {word.lower(): number for number, word in enumerate(words) if word}
    return found if CODE in found and SYSTEM in found else {}


def _cell(words: list[str], heads: dict[str, int], head: str) -> str:
    at: Any = heads.get(head)
    return words[at] if at is not None and at < len(words) else ""


def _beside(words: list[str], name: str) -> str:
    lower = [each.lower().rstrip(":") for each in words]
    return next((words[number + 1] for number, each in enumerate(lower[:-1]) if each == name), "")
