"""Explains the counts of all patients: what each means, from which records, how many, and how they were reckoned."""

from flask import g, render_template, url_for

from app.core import format
from app.core.permissions import Permission
from app.metrics.scope import suppresses
from app.models.settings import Rules, rules_of
from app.services.dashboards import population
from app.services.dashboards.population import Members, Population, Share
from app.services.dashboards.population_count import BEFORE, RETURN, WARNING
from app.services.places import places_of
from app.web.guard import requires
from app.web.places import ALL, clinic_asked
from app.web.shell import shell
from app.web.view_models import Cell, Column, Link, Row, TableView, WorkCard, WorkPage

STANDINGS = {"active": "Active", "dormant": "Dormant", "at_risk": "At risk", "never": "Not seen yet"}


@requires(Permission.METRICS_PATIENTS)
def explain_population() -> str:
    """The counts of one clinic, or of all that the viewer sees."""
    places = places_of(g.actor)
    clinic = clinic_asked(places, "clinic")
    rules = rules_of(g.actor.organization_id)
    found = population.read(g.actor, clinic.id if clinic else None, rules.small_cell)
    page = WorkPage(
        title="Patients as they are counted",
        under=clinic.name if clinic else ALL,
        crumbs=(Link("Metrics", url_for("metrics.catalogue")),),
        links=(),
        cards=(_way(found, rules, places.organization.zone), *(_cards(found, rules) if not found.reason else ())),
    )
    return render_template("reports/work.html", page=page, shell=shell(g.actor, places, clinic))


def _way(found: Population, rules: Rules, zone: str) -> WorkCard:
    """Who is counted, from what and when."""
    facts = [
        ("Counted are", "Active records of living patients, each once, at their home clinic."),
        ("From", "The records of patients, their completed visits, bookings and surveys; no sample and no estimate."),
        ("Counted at", format.moment(found.made_at, zone, unknown="not yet")),
        ("Counted anew", "Each hour, all patients at once. A merge or a correction shows with the next count."),
    ]
    if suppresses(g.actor):
        facts.append(("Not shown", f"Counts of 1 to {rules.small_cell - 1}, and what they could be told from."))
    if found.patients is not None:
        facts.insert(0, ("Patients", format.number(found.patients)))
    return WorkCard("way", "How they are counted", found.reason, tuple(facts))


def _cards(found: Population, rules: Rules) -> tuple[WorkCard, ...]:
    standing = (
        f"Active: a completed visit in the last {rules.active_days} days, or one booked. Dormant: the last visit less"
        f" than {rules.dormant_days} days ago. At risk: longer, and nothing booked. The limits stand under Targets and"
        " rules."
    )
    return (
        _members("standing", "By when they were seen last", standing, found.standing, STANDINGS),
        _members("ages", "By age", "Whole years on the day of the count.", found.ages),
        _members("areas", "By postal area", "The area of the address on record.", found.areas),
        WorkCard("engagement", "Engagement", _ENGAGEMENT, _engagement(found)),
        WorkCard("newcomers", "New patients who came back", _NEWCOMERS, _share(found.newcomers)),
        WorkCard("leaving", "Expected to be lost", _LEAVING.format(days=rules.dormant_days), _leaving(found)),
    )


_ENGAGEMENT = (
    "For each patient the mean of two shares of the last year, times ten: appointments kept among those kept or missed"
    " without notice, and surveys answered among those sent; one of them where the other is not recorded. A direction"
    f" is named where the mean differs from that of {BEFORE} days ago by more than 1.96 standard errors."
)
_NEWCOMERS = (
    f"Of the patients first seen in the year that ended {RETURN} days ago, how many came again within {RETURN} days."
    " All of them have had their time, so none is still open."
)
_LEAVING = (
    "Patients with nothing booked whose last visit was so long ago that within "
    f"{WARNING} days it will be {{days}} days, times the share that was lost of those who stood there {WARNING} days"
    " ago."
)


def _members(key: str, title: str, words: str, members: Members, labels: dict[str, str] | None = None) -> WorkCard:
    names = labels or {}
    rows = [
        Row((Cell(names.get(one.name, one.name.capitalize())), Cell(format.number(one.patients))))
        for one in members.shown
    ]
    if members.hidden:
        rows.append(Row((Cell(format.plural(members.hidden, "group")), Cell("too small to show"))))
    rows.append(Row((Cell("All"), Cell(format.number(members.whole, unknown="too few to show")))))
    columns = (Column("Group"), Column("Patients", "figures"))
    return WorkCard(key, title, words, table=TableView(title, columns, tuple(rows), "Nobody is counted."))


def _share(share: Share | None) -> tuple[tuple[str, str], ...]:
    if share is None:
        return (("Result", "none, or too few to show"),)
    return (
        ("Result", f"{format.percent(share.value)}: {format.number(share.part)} of {format.number(share.whole)}"),
        ("95% interval", f"{format.percent(share.low)} to {format.percent(share.high)}"),
    )


def _engagement(found: Population) -> tuple[tuple[str, str], ...]:
    score = found.engagement
    if score is None:
        return (("Result", "none, or too few to show"),)
    facts = [
        ("Mean", format.number(score.mean, 1)),
        ("Upper quartile", format.number(score.top, 1)),
        ("Patients scored", format.number(score.patients)),
    ]
    return (*facts, ("Direction", score.trend or "not known: nothing was scored before"))


def _leaving(found: Population) -> tuple[tuple[str, str], ...]:
    leaving = found.leaving
    if leaving is None:
        return (("Result", population.UNTESTED),)
    left = leaving.left
    return (
        ("Close to it", format.plural(leaving.patients, "patient")),
        ("Share that was lost", f"{format.percent(left.value)}: {left.part} of {left.whole}"),
        ("Result", f"{format.number(leaving.expected)} of {format.number(leaving.patients)}"),
    )
