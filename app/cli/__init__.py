"""The `mediconnect` command: one module a group of commands, each importing what it needs when it runs."""

import click

from app.cli.backup import backup, restore
from app.cli.demo import demo
from app.cli.ingest import import_
from app.cli.permissions import permissions
from app.cli.report import report
from app.cli.rollup import rollup
from app.cli.run import prepare, services, up
from app.cli.simulate import simulate
from app.cli.users import audit_log, check, users
from app.cli.work import scheduler, worker

COMMANDS: tuple[click.Command, ...] = (
    up,
    prepare,
    services,
    worker,
    scheduler,
    import_,
    demo,
    simulate,
    rollup,
    report,
    users,
    audit_log,
    check,
    permissions,
    backup,
    restore,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run and look after MediConnect."""


for command in COMMANDS:
    main.add_command(command)
