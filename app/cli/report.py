"""Reports on the command line: the same figures and pages, written to a file here and now."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.reports.paper import PaperSize


@click.command()
@click.argument("kind")
@click.option("--organization", required=True, help="Slug of the organization.")
@click.option("--clinic", required=True, help="Name or id of the clinic.")
@click.option("--month", required=True, help="Year and month, such as 2026-10.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where the PDF goes.")
@click.option("--size", type=click.Choice(["A4", "Letter"]), default="A4", show_default=True)
def report(kind: str, organization: str, clinic: str, month: str, out: Path, size: "PaperSize") -> None:
    """Write the report KIND (clinic_operations) of a clinic's month as PDF."""
    from app import create_app
    from app.core.errors import AppError

    with create_app().app_context():
        try:
            pages = _write(kind, organization, clinic, _first(month), out, size)
        except AppError as error:
            raise click.ClickException(error.message) from error
    click.echo(f"{out}: {pages} pages")


def _first(month: str) -> date:
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise click.BadParameter("give year and month, such as 2026-10", param_hint="--month") from None


def _write(kind: str, slug: str, clinic_name: str, first: date, out: Path, size: "PaperSize") -> int:
    from app.core.actor import system_actor
    from app.core.errors import NotFound
    from app.core.period import Span, period_of
    from app.core.tenancy import tenant_scope
    from app.services import report_building
    from app.services.organizations import organization_by_slug
    from app.services.places import places_of

    organization = organization_by_slug(slug)
    if organization is None:
        raise NotFound("There is no such organization.")
    actor = system_actor(organization.id, "Command line")
    with tenant_scope(organization.id):
        named = [each for each in places_of(actor).clinics if clinic_name in (each.name, str(each.id))]
        if not named:
            raise NotFound("There is no such clinic.")
        made = report_building.make(actor, kind, named[0].id, period_of(Span.MONTH, first), size)
    part = out.with_name(f"{out.name}.part")
    part.write_bytes(made.content)
    part.replace(out)
    return made.pages
