"""Commands that start, prepare and stop an installation."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from app.cli.demo import load_demo, simulating
from app.cli.place import configuration, installation

if TYPE_CHECKING:
    from app.config import Config


@click.command()
@click.option("--with-parent", is_flag=True, help="Stop when the process that started this one ends.")
def up(with_parent: bool) -> None:
    """Start everything and stop it again on Ctrl-C."""
    from app import supervise

    raise SystemExit(supervise.up(configuration(), with_parent=with_parent))


@click.command()
def prepare() -> None:
    """Bring the database up to date and, in demo mode, load the demo organizations once."""
    from app import create_process
    from app.config import Mode
    from app.process import bind_migrations
    from app.services.platform import setup

    config = installation()
    app = create_process(config)
    bind_migrations(app)
    is_demo = config.mode is Mode.DEMO
    with app.app_context():
        with simulating(config) if is_demo else nullcontext():
            setup.upgrade()
        loaded = is_demo and load_demo(config, past_later=True)
    if loaded and config.database_owner_url:
        setup.tidy(config.database_owner_url)


@click.group()
def services() -> None:
    """Start and stop the embedded PostgreSQL and Redis alone."""


@services.command()
def start() -> None:
    """Start the embedded servers that are needed and do not run."""
    installation()
    _show(configuration())


@services.command()
def stop() -> None:
    """Stop the embedded servers."""
    from app import embedded

    config = configuration()
    embedded.stop(config)
    _show(config)


@services.command()
def status() -> None:
    """Say which embedded servers run and where their data is."""
    _show(configuration())


def _show(config: "Config") -> None:
    from app import embedded

    for name, state in embedded.status(config).items():
        click.echo(f"{name}: {state}")
