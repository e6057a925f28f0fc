"""Drug interactions that a doctor must not miss: a small declared table, each pair with where it is stated.

It is no substitute for a knowledge base: what it does not list was not looked for. A member of a group is there because
the rule's source names it or its class; the priority is our own, from what the source says may happen. Labels are named
by their headings, since the numbers of their sections change from one revision to the next.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Priority = Literal["critical", "high"]


@dataclass(frozen=True)
class Source:
    """Where an interaction is stated; `url` is a public copy that was read."""

    words: str
    url: str


_ONC = Source(
    "ONC high-priority drug-drug interactions (Phansalkar et al., JAMIA 2012;19:735-743), table 2",
    "https://pmc.ncbi.nlm.nih.gov/articles/PMC3422823/table/tbl2",
)
_LINEZOLID = Source(
    "FDA label change of sertraline of December 2012: contraindications, linezolid",
    "https://www.fda.gov/Safety/MedWatch/SafetyInformation/Safety-RelatedDrugLabelingChanges/ucm116470.htm",
)
_TRIPTANS = Source(
    "FDA label of rizatriptan: contraindications, MAO-A and non-selective MAO inhibitors",
    "https://encycloreader.org/r/wikidoc.php?q=Rizatriptan_drug_interactions",
)
_TRICYCLICS = Source(
    "FDA label of amitriptyline: contraindications, monoamine oxidase inhibitors",
    "http://wikidoc.org/index.php?title=Amitriptyline_hydrochloride_contraindications&printable=yes",
)
_STATINS = Source(
    "FDA label of simvastatin: strong CYP3A4 inhibitors; for lovastatin the ONC list (JAMIA 2012;19:735-743)",
    "http://www.120ty.net/bencandy.php?aid=44952&fid=134&page=2",
)
_TIZANIDINE = Source(
    "FDA label of tizanidine: contraindications, fluvoxamine and ciprofloxacin",
    "https://www.healthgrades.com/drugs/zanaflex/interactions",
)
_FEBUXOSTAT = Source(
    "FDA label of febuxostat: contraindications, azathioprine and mercaptopurine",
    "http://www.drugs.com/labeling-changes/January-2011/uloric-febuxostat-2386.html",
)
_AZATHIOPRINE = Source(
    "FDA label change of azathioprine of 20 December 2018: drug interactions, xanthine oxidase inhibitors",
    "https://www.accessdata.fda.gov/scripts/cder/safetylabelingchanges/index.cfm?event=searchdetail.page&DrugNameID=1799",
)
_NITRATES = Source(
    "FDA label of sildenafil: contraindications, organic nitrates",
    "https://wikidoc.org./index.php?diff=next&oldid=953441&title=Sildenafil_contraindications",
)
_WARFARIN = Source(
    "FDA label of warfarin: drugs that increase the risk of bleeding",
    "https://medlibrary.org/lib/rx/meds/warfarin-sodium-34/page/4/",
)
_OPIOIDS = Source(
    "FDA boxed warnings of opioids and benzodiazepines, announced on 31 August 2016",
    "https://professionals.optumrx.com/publications/library/drugsafety-opioids-benzodiazepines-2016-0831.html",
)
_SPIRONOLACTONE = Source(
    "FDA label of spironolactone: drugs and supplements increasing serum potassium",
    "https://www.pfizermedicalinformation.com/en-us/aldactone/drug-interactions",
)
_EPLERENONE = Source(
    "FDA label of eplerenone: ACE inhibitors and angiotensin II receptor antagonists",
    "http://www.drugs.com/labeling-changes/May-2013/inspra-eplerenone-25-mg-50-mg-3292.html",
)
_AMILORIDE = Source(
    "FDA label of amiloride: warnings, hyperkalemia",
    "http://www.druglib.com/druginfo/midamor/warnings_precautions/",
)
_CLOPIDOGREL = Source(
    "FDA label of clopidogrel: CYP2C19 inhibitors; label change of esomeprazole of October 2012",
    "http://www.fda.gov/Safety/MedWatch/SafetyInformation/ucm327922.htm",
)
_METHOTREXATE = Source(
    "Medsafe Prescriber Update 2022;43(1):6-7, methotrexate and trimethoprim or co-trimoxazole",
    "https://medsafe.govt.nz/profs/PUArticles/March2022/"
    "Bone-marrow-suppression-methotrexate-and-trimethoprim-or-co-trimoxazole.html",
)

_NON_SELECTIVE = ("phenelzine", "tranylcypromine", "isocarboxazid")
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
    "CYP1A2 inhibitor": ("ciprofloxacin", "fluvoxamine"),
    "CYP2C19 inhibitor": ("omeprazole", "esomeprazole"),
    "MAO inhibitor": (*_NON_SELECTIVE, "selegiline"),  # selegiline loses its selectivity at higher doses
    "nitrate": ("nitroglycerin", "isosorbide mononitrate", "isosorbide dinitrate"),
    "non-selective MAO inhibitor": _NON_SELECTIVE,
    "NSAID or aspirin": ("aspirin", "ibuprofen", "naproxen", "diclofenac", "celecoxib", "indomethacin", "ketorolac"),
    "opioid": ("oxycodone", "hydrocodone", "morphine", "codeine", "tramadol", "fentanyl"),
    "PDE5 inhibitor": ("sildenafil", "tadalafil", "vardenafil"),
    "serotonin reuptake inhibitor": (
        "fluoxetine",
        "fluvoxamine",
        "sertraline",
        "citalopram",
        "escitalopram",
        "paroxetine",
        "venlafaxine",
        "duloxetine",
    ),
    "statin of CYP3A4": ("simvastatin", "lovastatin"),
    "strong CYP3A4 inhibitor": (
        "clarithromycin",
        "erythromycin",
        "itraconazole",
        "ketoconazole",
        "posaconazole",
        "voriconazole",
        "ritonavir",
    ),
    "thiopurine": ("azathioprine", "mercaptopurine"),
    "tricyclic antidepressant": ("amitriptyline", "nortriptyline", "imipramine", "clomipramine"),
    "triptan": ("sumatriptan", "rizatriptan", "zolmitriptan"),
}


@dataclass(frozen=True)
class Rule:
    """Two substances, or groups of them, that should not meet; what may happen, how urgent it is, where it is said."""

    one: str
    other: str
    effect: str
    priority: Priority
    source: Source


@dataclass(frozen=True)
class Interaction:
    """A rule met by two medications of one patient, named as their substances."""

    rule: Rule
    substances: tuple[str, str]


RULES = (
    Rule("MAO inhibitor", "serotonin reuptake inhibitor", "Serotonin syndrome", "critical", _ONC),
    Rule("linezolid", "serotonin reuptake inhibitor", "Serotonin syndrome", "critical", _LINEZOLID),
    Rule("MAO inhibitor", "tricyclic antidepressant", "High fever, convulsions", "critical", _TRICYCLICS),
    Rule("non-selective MAO inhibitor", "triptan", "Higher levels of the triptan", "critical", _TRIPTANS),
    Rule("statin of CYP3A4", "strong CYP3A4 inhibitor", "Breakdown of muscle (rhabdomyolysis)", "critical", _STATINS),
    Rule("tizanidine", "CYP1A2 inhibitor", "Low blood pressure, sedation", "critical", _TIZANIDINE),
    Rule("febuxostat", "thiopurine", "Higher levels of the thiopurine, toxicity", "critical", _FEBUXOSTAT),
    Rule("allopurinol", "azathioprine", "Damage to the bone marrow", "critical", _AZATHIOPRINE),
    Rule("nitrate", "PDE5 inhibitor", "Severe fall of blood pressure", "critical", _NITRATES),
    Rule("warfarin", "NSAID or aspirin", "Bleeding", "critical", _WARFARIN),
    Rule("warfarin", "serotonin reuptake inhibitor", "Bleeding", "high", _WARFARIN),
    Rule("opioid", "benzodiazepine", "Sedation, slowed breathing", "high", _OPIOIDS),
    Rule("ACE inhibitor or ARB", "spironolactone", "High potassium", "high", _SPIRONOLACTONE),
    Rule("ACE inhibitor or ARB", "eplerenone", "High potassium", "high", _EPLERENONE),
    Rule("ACE inhibitor or ARB", "amiloride", "High potassium", "high", _AMILORIDE),
    Rule("clopidogrel", "CYP2C19 inhibitor", "Clopidogrel works less", "high", _CLOPIDOGREL),
    Rule("methotrexate", "trimethoprim", "Damage to the bone marrow", "critical", _METHOTREXATE),
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
