"""Value sets in the forms in which stewards hand them out."""

import gzip
import json

import openpyxl
import pytest

from app.quality.published import published
from app.quality.record import Coding
from app.quality.valuesets import starter

PAP = "2.16.840.1.113883.3.464.1003.108.12.1017"
HOSPICE = "2.16.840.1.113883.3.464.1003.1003"


def value_set(oid: str, *codes: tuple[str, str], version: str = "20250101") -> dict:
    contains = [{"system": system, "code": code} for system, code in codes]
    url = f"http://cts.nlm.nih.gov/fhir/ValueSet/{oid}"
    return {"resourceType": "ValueSet", "url": url, "version": version, "expansion": {"contains": contains}}


def found(path) -> dict[str, dict[str, frozenset[str]]]:
    return {each.key: dict(each.codes) for each in published(path, starter())}


def test_a_bundle_of_value_sets_gives_those_that_the_measures_ask_for(tmp_path):
    sets = [
        value_set(PAP, ("http://loinc.org", "10524-7"), ("http://loinc.org", "18500-9")),
        value_set("1.2.3", ("http://loinc.org", "10524-7")),
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in sets]}
    (tmp_path / "bundle.json").write_text(json.dumps(bundle))
    assert found(tmp_path) == {"pap_test": {"loinc": frozenset({"10524-7", "18500-9"})}}
    with gzip.open(tmp_path / "bundle.json.gz", "wt") as out:
        out.write(json.dumps(bundle))
    assert found(tmp_path / "bundle.json.gz") == found(tmp_path / "bundle.json")


def test_of_two_versions_the_newer_counts_and_pages_of_one_add_up(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(value_set(PAP, ("http://loinc.org", "1-1"), version="20240101")))
    (tmp_path / "b.json").write_text(json.dumps(value_set(PAP, ("http://loinc.org", "2-2"))))
    (tmp_path / "c.json").write_text(json.dumps(value_set(PAP, ("http://loinc.org", "3-3"))))
    (tmp_path / "d.json").write_text(json.dumps(value_set(PAP, ("http://loinc.org", "4-4"), version="20230101")))
    assert found(tmp_path) == {"pap_test": {"loinc": frozenset({"2-2", "3-3"})}}


def test_a_composed_set_gives_the_codes_that_it_names(tmp_path):
    composed = {
        "resourceType": "ValueSet",
        "id": PAP,
        "compose": {"include": [{"system": "http://loinc.org", "concept": [{"code": "10524-7"}]}]},
    }
    (tmp_path / "set.json").write_text(json.dumps(composed))
    assert found(tmp_path) == {"pap_test": {"loinc": frozenset({"10524-7"})}}


def test_what_vsac_answers_is_read(tmp_path):
    (tmp_path / "answer.xml").write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>
        <ns0:RetrieveMultipleValueSetsResponse xmlns:ns0="urn:ihe:iti:svs:2008">
          <ns0:DescribedValueSet ID="{HOSPICE}" displayName="Hospice Encounter" version="20250101">
            <ns0:ConceptList>
              <ns0:Concept code="183919006" codeSystem="2.16.840.1.113883.6.96" codeSystemName="SNOMEDCT"/>
              <ns0:Concept code="G9473" codeSystem="2.16.840.1.113883.6.285" codeSystemName="HCPCS"/>
            </ns0:ConceptList>
          </ns0:DescribedValueSet>
        </ns0:RetrieveMultipleValueSetsResponse>"""
    )
    assert found(tmp_path) == {"hospice_encounter": {"sct": frozenset({"183919006"}), "hcpcs": frozenset({"G9473"})}}


def test_an_answer_with_entities_is_refused(tmp_path):
    (tmp_path / "bomb.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(ValueError, match=r"bomb\.xml"):
        published(tmp_path, starter())


def workbook(path, *lines: tuple) -> None:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)


def test_a_workbook_of_one_set_tells_its_oid_above_the_codes(tmp_path):
    workbook(
        tmp_path / "one.xlsx",
        ("Value Set Name", "Pap Test"),
        ("OID", PAP),
        (),
        ("Code", "Description", "Code System", "Code System Version", "Code System OID", "TTY"),
        ("10524-7", "x", "LOINC", "2.78", "2.16.840.1.113883.6.1", "LC"),
        ("18500-9", "y", "LOINC", "2.78", "2.16.840.1.113883.6.1", "LC"),
    )
    assert found(tmp_path) == {"pap_test": {"loinc": frozenset({"10524-7", "18500-9"})}}


def test_a_workbook_of_many_sets_tells_the_oid_on_each_line(tmp_path):
    workbook(
        tmp_path / "many.xlsx",
        ("Value Set Name", "Value Set OID", "Code", "Description", "Code System", "Code System OID"),
        ("Pap Test", PAP, "10524-7", "x", "LOINC", "2.16.840.1.113883.6.1"),
        ("Hospice Encounter", HOSPICE, 183919006, "y", "SNOMEDCT", "2.16.840.1.113883.6.96"),
    )
    assert found(tmp_path) == {
        "pap_test": {"loinc": frozenset({"10524-7"})},
        "hospice_encounter": {"sct": frozenset({"183919006"})},
    }


@pytest.mark.parametrize("name", ["broken.json", "broken.xml", "broken.xlsx"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    (tmp_path / name).write_text("{")
    with pytest.raises(ValueError, match=name.replace(".", r"\.")):
        published(tmp_path, starter())


@pytest.mark.parametrize(
    ("system", "code", "key"),
    [
        ("loinc", "10901-7", "hiv_lab_tests"),
        ("icd10cm", "E11.9", "diabetes"),
        ("icd10cm", "O09.211", "pregnancy"),
        ("hcpcs", "G0439", "annual_wellness_visit"),
        ("rxnorm", "997223", "dementia_medications"),
    ],
)
def test_the_starter_sets_hold_what_the_stewards_hold(system, code, key):
    assert key in starter().holding(Coding(system, code))


@pytest.mark.parametrize(
    ("system", "code", "key"),
    [("sct", "127013003", "diabetes"), ("hcpcs", "E0100", "frailty_device"), ("loinc", "59460-6", "falls_screening")],
)
def test_the_starter_sets_lack_what_the_stewards_lack(system, code, key):
    assert key not in starter().holding(Coding(system, code))
