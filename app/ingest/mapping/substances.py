"""What a drug's name says: its ingredients and the strength of one unit."""

import re

_TERM = re.compile(r"\b\d+(\.\d+)? *(HR|DAY|ML|ACTUAT)\b|\bNDA\d+\b", re.IGNORECASE)
_STRENGTH = re.compile(r"(\d+(?:\.\d+)?) *(MG/ML|UNT/ML|MG|MCG|UG|G|UNT|ML|%)(?=\s|$|/)", re.IGNORECASE)
_SALT = re.compile(
    r"\b(hydrochloride|hydrobromide|sodium|potassium|calcium|maleate|besylate|tartrate|succinate|sulfate|phosphate|"
    r"acetate|citrate|fumarate|mesylate|bitartrate|monohydrate|disodium|magnesium)\b",
)
_ALONE = frozenset({"potassium", "sodium", "calcium", "magnesium"})


def substance(name: str | None) -> str | None:
    """The ingredients in lower case without salts, joined by " / ": "Amoxicillin 250 MG / Clavulanate 125 MG Oral
    Tablet" gives "amoxicillin / clavulanate". None without a name."""
    if not name:
        return None
    plain = re.sub(r"\[.*?\]|\(.*?\)", " ", _TERM.sub(" ", name)).lower()
    found = [ingredient for part in plain.split(" / ") if (ingredient := _ingredient(part))]
    return " / ".join(found) or None


def _ingredient(part: str) -> str:
    words = re.split(r"[\d,]", part.strip(), maxsplit=1)[0].strip()
    if words in _ALONE or words.split(" ")[0] in _ALONE:
        return words
    return re.sub(r"\s+", " ", _SALT.sub(" ", words)).strip()


def strength(name: str | None) -> str | None:
    """The strength of one unit as its name gives it: "10 mg"; None for several ingredients or none."""
    found = _STRENGTH.findall(name or "")
    return f"{found[0][0]} {found[0][1].lower()}" if len(found) == 1 else None
