"""Commands of the two processes behind the web server: the worker and the scheduler."""

from importlib import import_module

import click


@click.command()
def worker() -> None:
    """Run queued jobs until stopped; a job that a stop interrupts is gone on with by the next worker."""
    from app import create_process

    # By name, because workers stand above this room: they import the application, never the other way.
    import_module("workers.worker").run(create_process())


@click.command()
def scheduler() -> None:
    """Ring for waiting jobs, refresh figures, send the outbox and keep the clock's appointments until stopped."""
    from app import create_process

    import_module("workers.scheduler").run(create_process())
