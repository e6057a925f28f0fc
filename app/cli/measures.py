"""`mediconnect measures`: quality measures over FHIR files, over an organization's records, and their value sets."""

import json
from collections.abc import Callable
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.place import existing

if TYPE_CHECKING:
    from app.quality.measure import Measure, Outcome
    from app.quality.record import History

_YEAR = click.option("--year", type=click.IntRange(1900, 2200), required=True, help="Measurement year.")
_ORGANIZATION = click.option("--organization", required=True, help="Slug of the organization.")


@click.group()
def measures() -> None:
    """Clinical quality measures (CMS eCQM)."""


@measures.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@_YEAR
@click.option("--measure", "names", multiple=True, help="CMS number, such as CMS165; without it all.")
@click.option("--value-sets", type=click.Path(exists=True, path_type=Path), help="FHIR, SVS or XLSX.")
@click.option("--individual", is_flag=True, help="A MeasureReport for each patient, one a line.")
@click.option("--trace", is_flag=True, help="Say for each patient which criterion was met by which record.")
def check(
    path: Path, year: int, names: tuple[str, ...], value_sets: Path | None, individual: bool, trace: bool
) -> None:
    """Judge the patients of PATH (FHIR R4: NDJSON, Bundles, .gz, a folder) and write MeasureReports."""
    from app.quality import measure_report
    from app.quality.fhir import FhirSource, read
    from app.quality.published import published
    from app.quality.run import run
    from app.quality.timing import Window
    from app.quality.valuesets import starter

    period = Window(date(year, 1, 1), date(year, 12, 31))
    chosen = _measures(names)
    try:
        sets = starter().with_sets(published(value_sets, starter())) if value_sets else starter()
        found = run(chosen, FhirSource(read(path)), period, sets, _teller(individual, trace, period))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if individual or trace:
        return
    for measure in chosen:
        shown = [each.shown() for each in found[measure.id]]
        click.echo(json.dumps(measure_report.summary(measure, found[measure.id], shown, period, _now()), indent=2))


def _teller(individual: bool, trace: bool, period: Any) -> Callable[..., None] | None:
    from app.quality import measure_report

    def tell(history: "History", measure: "Measure", outcomes: "tuple[Outcome, ...]") -> None:
        if individual:
            click.echo(json.dumps(measure_report.individual(measure, outcomes, history.id, period, _now())))
        if trace:
            for group, outcome in zip(measure.groups, outcomes, strict=True):
                click.echo(f"{measure.id} {group.title}: patient {history.id} {dict(outcome.counts)}")
                for population, verdict in outcome.trace.items():
                    click.echo(f"  {population}")
                    _show(verdict, 4)

    return tell if individual or trace else None


def _show(verdict: Any, indent: int) -> None:
    mark = {True: "met", False: "not met", None: "not evaluable"}[verdict.met]
    told = " ".join(each for each in (verdict.reason, *verdict.evidence) if each)
    click.echo(f"{' ' * indent}{mark}: {verdict.words}{f' [{told}]' if told else ''}")
    for part in verdict.parts:
        _show(part, indent + 2)


def _measures(names: tuple[str, ...]) -> "list[Measure]":
    from app.quality.catalogue import MEASURES

    unknown = [name for name in names if name.upper() not in MEASURES]
    if unknown:
        raise click.BadParameter(f"no such measure: {', '.join(unknown)}", param_hint="--measure")
    return [MEASURES[name.upper()] for name in names] or list(MEASURES.values())


def _now() -> Any:
    from app.core import clock

    return clock.now().astimezone(UTC)


@measures.command(name="value-sets")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@_ORGANIZATION
def value_sets_(path: Path, organization: str) -> None:
    """Load value sets from PATH, a file or folder, in place of the starter sets of the same OID.

    It may hold FHIR ValueSets or Bundles (JSON), answers of VSAC (SVS, XML) and workbooks of VSAC (XLSX).
    """
    from app import create_app
    from app.core.actor import system_actor
    from app.quality.published import published
    from app.quality.valuesets import starter
    from app.services.organizations import organization_by_slug
    from app.services.reports import quality

    try:
        found = published(path, starter())
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    with create_app(existing()).app_context():
        known = organization_by_slug(organization)
        if known is None:
            raise click.ClickException("There is no such organization.")
        count = quality.load(system_actor(known.id, "Command line"), found)
    asked = sum(1 for each in starter().sets.values() if each.oid)
    click.echo(f"{count} value sets loaded of the {asked} that the measures ask for.")
