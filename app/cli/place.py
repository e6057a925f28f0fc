"""The installation that a command works on: its settings, and its services started where they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.config import Config


def configuration() -> Config:
    """Read the settings, or end the command with the message of what is wrong with them."""
    from app.config import Config, ConfigError

    try:
        return Config.from_env()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def installation() -> Config:
    """Return the settings with the URLs of running services, starting the embedded ones, or end the command."""
    from app import embedded
    from app.embedded.errors import EmbeddedError

    try:
        return embedded.resolve(configuration())
    except EmbeddedError as error:
        raise click.ClickException(str(error)) from error


def existing() -> Config:
    """The same of an installation that is there; a command that works on one must not begin another."""
    from app import embedded

    config = configuration()
    if not embedded.is_there(config):
        raise click.ClickException(
            f"There is no installation in {config.home}. Start one with `make run`, or name the folder of yours in "
            "MEDICONNECT_HOME."
        )
    return installation()
