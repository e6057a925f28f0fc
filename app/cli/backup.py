"""`mediconnect backup` and `mediconnect restore`."""

from pathlib import Path

import click

from app.cli.place import existing, installation


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path | None) -> None:
    """Make a backup of everything but the keys, by default below MEDICONNECT_HOME/backups."""
    from app import create_app
    from app.core.errors import AppError
    from app.services.platform import backups

    config = existing()
    with create_app(config).app_context():
        try:
            run = backups.back_up(config, file)
        except AppError as error:
            raise click.ClickException(error.message) from error
        click.echo(f"{run.file}: {run.size:,} bytes, SHA-256 {run.sha256}")
        click.echo("Keep SECRET_KEY (in demo mode: secrets.json) apart from it: without the key names stay sealed.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--trial", is_flag=True, help="Only restore into a database of its own, compare, and remove it again.")
@click.option("--yes", is_flag=True, help="Do not ask before what is there now is replaced.")
def restore(file: Path, trial: bool, yes: bool) -> None:
    """Put a backup in the place of what the installation holds now."""
    from app import create_app
    from app.core.errors import AppError
    from app.services.platform import backups

    config = installation()
    if not trial and not yes:
        click.confirm("Everything that the installation holds now is replaced. Go on?", abort=True)
    with create_app(config).app_context():
        try:
            done = backups.try_out(config, file) if trial else backups.restore(config, file)
        except AppError as error:
            raise click.ClickException(error.message) from error
    verb = "can be restored" if trial else "restored"
    click.echo(f"{verb}: made {done.made_at}, {done.tables} tables, {done.rows:,} rows, all as in the backup")
