"""Codes that our rules know, under one name each: LOINC and CIEL for findings, SNOMED CT and ICD-10 for conditions."""

import re
from collections.abc import Iterable

BLOOD_PRESSURE, HYPERTENSION = "blood_pressure", "hypertension"

_FINDINGS = {
    BLOOD_PRESSURE: ("85354-9", "55284-4", "96607-7", "75367002"),
    "systolic": ("8480-6", "96608-5", "271649006", "5085"),
    "diastolic": ("8462-4", "96609-3", "271650006", "5086"),
    "heart_rate": ("8867-4", "5087"),
    "respiratory_rate": ("9279-1", "5242"),
    "temperature": ("8310-5", "8331-1", "5088"),
    "weight": ("29463-7", "3141-9", "5089"),
    "height": ("8302-2", "5090"),
    "bmi": ("39156-5", "1342"),
    "oxygen_saturation": ("59408-5", "2708-6", "5092"),
    "pain": ("72514-3",),
    "hba1c": ("4548-4", "17856-6"),
    "glucose": ("2339-0", "2345-7", "1558-6"),
    "cholesterol": ("2093-3",),
    "ldl": ("18262-6", "13457-7", "2089-1"),
    "hdl": ("2085-9",),
    "triglycerides": ("2571-8",),
    "creatinine": ("2160-0", "38483-4"),
    "egfr": ("33914-3", "48642-3", "62238-1", "98979-8"),
    "smoking": ("72166-2",),
}
_CONDITIONS = {
    HYPERTENSION: ("59621000", "38341003", "1201005"),
    "diabetes": ("44054006", "46635009", "73211009"),
    "prediabetes": ("15777000", "714628002"),
    "hyperlipidemia": ("55822004", "267432004"),
    "obesity": ("162864005", "408512008", "414916001"),
    "asthma": ("195967001",),
    "copd": ("13645005",),
    "heart_failure": ("88805009", "42343007", "84114007"),
    "coronary_disease": ("53741008", "414545008"),
    "atrial_fibrillation": ("49436004",),
    "kidney_disease": ("709044004", "431855005", "431856006", "433144002", "431857002"),
    "depression": ("35489007", "370143000", "36923009"),
}
_ICD10 = {
    HYPERTENSION: "I1[0-35]",
    "diabetes": "E1[0134]",
    "prediabetes": r"R73\.03",
    "hyperlipidemia": "E78",
    "obesity": "E66",
    "asthma": "J45",
    "copd": "J44",
    "heart_failure": "I50",
    "coronary_disease": "I25",
    "atrial_fibrillation": "I48",
    "kidney_disease": "N18",
    "depression": "F3[23]",
}
_FINDING_OF = {code: kind for kind, found in _FINDINGS.items() for code in found}
_CONDITION_OF = {code: kind for kind, found in _CONDITIONS.items() for code in found}
_ICD10_OF = [(re.compile(rf"{pattern}(\.?\w*)?"), kind) for kind, pattern in _ICD10.items()]
_CIEL = re.compile(r"(\d{3,6})A{30,}")


def finding(codes: Iterable[str]) -> str | None:
    """What our rules call an observation of any of these codes."""
    return next((kind for code in codes if (kind := _FINDING_OF.get(_plain(code)))), None)


def condition(codes: Iterable[str]) -> str | None:
    """What our rules call a condition of any of these codes."""
    return next((kind for code in codes if (kind := _CONDITION_OF.get(code) or _icd10(code))), None)


def _plain(code: str) -> str:
    """CIEL numbers are often written filled up to 36 characters."""
    found = _CIEL.fullmatch(code)
    return found[1] if found else code


def _icd10(code: str) -> str | None:
    return next((kind for pattern, kind in _ICD10_OF if pattern.fullmatch(code)), None)
