"""`mediconnect import`: files and folders into the tables of an organization."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli.place import existing

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from app.core.actor import Actor
    from app.models import ImportRun


@click.group(name="import")
def import_() -> None:
    """Import records from files: FHIR R4 or CSV."""


_PATH = click.argument("path", type=click.Path(exists=True, path_type=Path))
_ORGANIZATION = click.option("--organization", required=True, help="The organization's slug.")


@import_.command()
@_PATH
@_ORGANIZATION
@click.option("--source", default="fhir", show_default=True, help="The system the records come from.")
def fhir(path: Path, organization: str, source: str) -> None:
    """Import FHIR R4 from PATH: NDJSON, Bundles, resources; a file, a folder, .gz or .zip."""
    _import(organization, source, "fhir", path, None)


@import_.command(name="csv")
@_PATH
@_ORGANIZATION
@click.option("--source", default="csv", show_default=True, help="The system the records come from.")
@click.option("--mapping", help="A column mapping: a TOML file, or medscheduler or synthea_csv.")
def csv_(path: Path, organization: str, source: str, mapping: str | None) -> None:
    """Import CSV from PATH: files named after record types, or another system's through --mapping."""
    _import(organization, source, "csv", path, mapping)


@import_.command()
@click.argument("run", type=click.UUID)
@_ORGANIZATION
def resume(run: UUID, organization: str) -> None:
    """Continue the import RUN where it stopped."""
    from app.services import imports

    _in_organization(organization, lambda actor, progress: imports.perform(actor, run, progress))


def _import(slug: str, source: str, kind: str, path: Path, mapping: str | None) -> None:
    from app.services import imports

    _in_organization(slug, lambda actor, progress: imports.from_path(actor, kind, path, source, mapping, progress))


def _in_organization(slug: str, work: Callable[["Actor", Callable[[int, int], None]], "ImportRun"]) -> None:
    """Runs the work with the organization's scope open, shows how far it is and what it came to."""
    from app import create_app
    from app.core.actor import system_actor
    from app.core.errors import AppError
    from app.core.tenancy import tenant_scope
    from app.services.organizations import organization_by_slug

    with create_app(existing()).app_context():
        organization = organization_by_slug(slug)
        if organization is None:
            raise click.ClickException(f"There is no organization {slug!r}.")
        with tenant_scope(organization.id):
            try:
                with click.progressbar(length=1, label="Importing", fill_char="=", show_eta=True) as bar:
                    run = work(system_actor(organization.id, "Command line"), _shown(bar))
            except AppError as error:
                raise click.ClickException(error.message) from None
            _report(run)
            status = _status(run)
    if status:
        raise SystemExit(status)


def _status(run: "ImportRun") -> int:
    """The exit status: 0 where nothing was rejected, 1 where some was, 2 where nothing could be read or stored."""
    from app.ingest.counts import Counts

    counts = Counts(run.counts)
    if not counts.total("rejected"):
        return 0
    return 2 if counts.total("rejected") == counts.total("read") else 1


def _shown(bar: "ProgressBar[int]") -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        bar.length = max(total, 1)
        bar.update(done - bar.pos)

    return progress


def _report(run: "ImportRun") -> None:
    from app.ingest.counts import KEYS, Counts
    from app.ingest.rejects import rejects_csv

    counts = Counts(run.counts)
    width = max((len(kind) for kind in counts.types), default=4)
    click.echo(f"{'':{width}}  " + "".join(f"{key:>11}" for key in KEYS))
    for kind, found in sorted(counts.types.items()):
        click.echo(f"{kind:{width}}  " + "".join(f"{found[key]:>11,}" for key in KEYS))
    click.echo(f"{'total':{width}}  " + "".join(f"{counts.total(key):>11,}" for key in KEYS))
    if run.waiting:
        records = "1 record refers" if run.waiting == 1 else f"{run.waiting:,} records refer"
        click.echo(f"{records} to something that has not been imported yet; they are joined when it comes.")
    if counts.total("rejected"):
        click.echo("Completed with rejects." if _status(run) == 1 else "Nothing here could be read or stored.")
        file = _reasons_file(run)
        with file.open("w", newline="", encoding="utf-8") as out:
            out.writelines(rejects_csv(run.id))
        click.echo(f"Why records were rejected: {file}")


def _reasons_file(run: "ImportRun") -> Path:
    from flask import current_app

    folder: Path = current_app.extensions["mediconnect"].home / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"rejects-{run.id}.csv"
