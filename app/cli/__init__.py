"""The `mediconnect` command: one module a group of commands, each importing what it needs when it runs."""

import click

from app.cli.report import report
from app.cli.run import prepare, services, up
from app.cli.users import audit_log, check, users
from app.cli.work import scheduler, worker

COMMANDS: tuple[click.Command, ...] = (up, prepare, services, worker, scheduler, report, users, audit_log, check)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run and look after MediConnect."""


for command in COMMANDS:
    main.add_command(command)
