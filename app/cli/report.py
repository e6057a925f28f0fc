"""Reports on the command line: the same figures and pages, written to a file here and now."""

from datetime import date
from pathlib import Path

import click

from app.cli.place import existing


@click.command()
@click.argument("kind")
@click.option("--organization", required=True, help="Slug of the organization.")
@click.option("--clinic", default="", help="Name or id of the clinic; without it all of them.")
@click.option("--month", required=True, help="Year and month, such as 2026-10.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where the file goes.")
@click.option("--format", "format_", default="pdf", show_default=True, help="pdf, xlsx, csv, json or html.")
@click.option("--size", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True)
def report(kind: str, organization: str, clinic: str, month: str, out: Path, format_: str, size: str) -> None:
    """Write the report KIND (such as clinic_operations) of a month as a file."""
    from app import create_app
    from app.core.errors import AppError

    with create_app(existing()).app_context():
        try:
            words = _write(kind, organization, clinic, _first(month), out, format_, size)
        except AppError as error:
            raise click.ClickException(error.message) from error
    click.echo(f"{out}: {words}")


def _first(month: str) -> date:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise click.BadParameter("give year and month, such as 2026-10", param_hint="--month") from None


def _write(kind: str, slug: str, clinic_name: str, first: date, out: Path, format_: str, size: str) -> str:
    from app.core.actor import system_actor
    from app.core.errors import Invalid, NotFound
    from app.core.period import Span, period_of
    from app.core.tenancy import tenant_scope
    from app.reports.parameters import Parameters
    from app.reports.writing import Format
    from app.services.organizations import organization_by_slug
    from app.services.places import places_of
    from app.services.reports import report_building

    if format_ not in set(Format):
        raise Invalid("A report is written as pdf, xlsx, csv, json or html.")
    organization = organization_by_slug(slug)
    if organization is None:
        raise NotFound("There is no such organization.")
    actor = system_actor(organization.id, "Command line")
    part = out.with_name(f"{out.name}.part")
    with tenant_scope(organization.id), part.open("wb") as file:
        named = [each.id for each in places_of(actor).clinics if clinic_name in (each.name, str(each.id))]
        if clinic_name and not named:
            raise NotFound("There is no such clinic.")
        parameters = Parameters.of(period_of(Span.MONTH, first), {"clinics": named, "size": size})
        made = report_building.make(actor, kind, parameters, Format(format_), file)
    part.replace(out)
    pages = f"{made.pages} pages" if made.pages else f"{made.rows} rows"
    return f"{pages}, sha256 {made.sha256}"
