"""Visits that bring a patient into a measure."""

from app.quality import checks
from app.quality.criteria import Check, Exists

PERFORMED = checks.status("finished", "arrived", "triaged", "in-progress", "onleave")
FINISHED = checks.status("finished")
OFFICE = ("office_visit", "preventive_established_adult", "preventive_initial_adult")
REMOTE = ("online_assessment", "telephone_visit")
CHILD = ("preventive_initial_child", "preventive_established_child")


def visit(*keys: str, took_place: Check = PERFORMED, least: int = 1, words: str = "Qualifying visit") -> Exists:
    """At least so many visits of the value sets that took place wholly within the period."""
    return Exists(words, "Encounter", keys, (took_place, checks.within()), least)


ADULT_OUTPATIENT = visit(*OFFICE, "annual_wellness_visit", "home_healthcare", *REMOTE)
