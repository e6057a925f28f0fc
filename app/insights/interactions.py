"""Drug interactions that a doctor must not miss: a small declared table, each pair with where it is stated.

It is no substitute for a knowledge base: what it does not list was not looked for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Priority = Literal["critical", "high"]

_ONC = "ONC high-priority drug-drug interactions (Phansalkar et al., JAMIA 2012;19:735-743)"
_GROUPS: dict[str, tuple[str, ...]] = {
    "ACE inhibitor or ARB": (
        "lisinopril",
        "enalapril",
        "ramipril",
        "captopril",
        "benazepril",
        "losartan",
        "valsartan",
        "candesartan",
    ),
    "benzodiazepine": ("diazepam", "alprazolam", "lorazepam", "clonazepam"),
    "MAO inhibitor": ("phenelzine", "tranylcypromine", "isocarboxazid", "selegiline", "linezolid"),
    "nitrate": ("nitroglycerin", "isosorbide mononitrate", "isosorbide dinitrate"),
    "NSAID or aspirin": ("aspirin", "ibuprofen", "naproxen", "diclofenac"),
    "opioid": ("oxycodone", "hydrocodone", "morphine", "codeine", "tramadol", "fentanyl"),
    "PDE5 inhibitor": ("sildenafil", "tadalafil", "vardenafil"),
    "potassium-sparing diuretic": ("spironolactone", "eplerenone", "amiloride", "triamterene"),
    "serotonin reuptake inhibitor": (
        "fluoxetine",
        "sertraline",
        "citalopram",
        "escitalopram",
        "paroxetine",
        "venlafaxine",
        "duloxetine",
    ),
    "strong CYP3A4 inhibitor": ("clarithromycin", "itraconazole", "ketoconazole", "ritonavir"),
    "statin of CYP3A4": ("simvastatin", "lovastatin"),
    "triptan": ("sumatriptan", "rizatriptan", "zolmitriptan"),
    "tricyclic antidepressant": ("amitriptyline", "nortriptyline", "imipramine", "clomipramine"),
    "CYP1A2 inhibitor": ("ciprofloxacin", "fluvoxamine"),
}


@dataclass(frozen=True)
class Rule:
    """Two substances, or groups of them, that should not meet; what may happen, how urgent it is, where it is said."""

    one: str
    other: str
    effect: str
    priority: Priority
    source: str


@dataclass(frozen=True)
class Interaction:
    """A rule met by two medications of one patient, named as their substances."""

    rule: Rule
    substances: tuple[str, str]


RULES = (
    Rule("MAO inhibitor", "serotonin reuptake inhibitor", "Serotonin syndrome", "critical", _ONC),
    Rule("MAO inhibitor", "tricyclic antidepressant", "Serotonin syndrome, hypertensive crisis", "critical", _ONC),
    Rule("MAO inhibitor", "triptan", "Higher levels of the triptan, serotonin syndrome", "critical", _ONC),
    Rule("statin of CYP3A4", "strong CYP3A4 inhibitor", "Breakdown of muscle (rhabdomyolysis)", "critical", _ONC),
    Rule("tizanidine", "CYP1A2 inhibitor", "Low blood pressure, sedation", "critical", _ONC),
    Rule("febuxostat", "azathioprine", "Damage to the bone marrow", "critical", _ONC),
    Rule(
        "nitrate", "PDE5 inhibitor", "Severe fall of blood pressure", "critical", "FDA label of sildenafil, section 4.1"
    ),
    Rule("warfarin", "NSAID or aspirin", "Bleeding", "critical", "FDA label of warfarin, section 7.3"),
    Rule("warfarin", "serotonin reuptake inhibitor", "Bleeding", "high", "FDA label of warfarin, section 7.3"),
    Rule(
        "allopurinol", "azathioprine", "Damage to the bone marrow", "critical", "FDA label of azathioprine, section 7"
    ),
    Rule(
        "opioid", "benzodiazepine", "Sedation, slowed breathing", "high", "FDA boxed warning of 31 August 2016 on both"
    ),
    Rule(
        "ACE inhibitor or ARB",
        "potassium-sparing diuretic",
        "High potassium",
        "high",
        "FDA label of spironolactone, section 7.1",
    ),
    Rule("clopidogrel", "omeprazole", "Clopidogrel works less", "high", "FDA label of clopidogrel, section 7.1"),
    Rule(
        "methotrexate", "trimethoprim", "Damage to the bone marrow", "critical", "FDA label of methotrexate, section 7"
    ),
)
_MEMBERS = {name: _GROUPS.get(name, (name,)) for rule in RULES for name in (rule.one, rule.other)}
SUBSTANCES = frozenset(substance for members in _MEMBERS.values() for substance in members)


def ingredients(substances: Iterable[str | None]) -> set[str]:
    """Single substances out of what is stored: "hydrocodone / acetaminophen" gives two."""
    return {part for found in substances if found for part in found.split(" / ")}


def interactions(substances: Iterable[str | None]) -> list[Interaction]:
    """Every rule that the medications of one patient meet, critical ones first."""
    taken = ingredients(substances) & SUBSTANCES
    found = [Interaction(rule, pair) for rule in RULES for pair in _pairs(rule, taken)]
    return sorted(found, key=lambda each: (each.rule.priority != "critical", each.substances))


def _pairs(rule: Rule, taken: set[str]) -> Iterator[tuple[str, str]]:
    for one in _MEMBERS[rule.one]:
        for other in _MEMBERS[rule.other]:
            if one in taken and other in taken:
                yield one, other
