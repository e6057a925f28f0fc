"""The command that loads the simulated organizations."""

import click

from app.cli.run import installation


@click.command()
@click.option("--size", type=click.Choice(["normal", "large"]), default="normal", show_default=True)
@click.option("--seed", type=int, help="Another number gives another history.")
@click.option("--organization", "slugs", multiple=True, help="Only the organization of this slug: demo or other.")
def demo(size: str, seed: int | None, slugs: tuple[str, ...]) -> None:
    """Load the simulated organizations once; a broken-off load is finished."""
    from app import create_app
    from app.demo.generate import SEED
    from app.demo.load import load

    config = installation()
    with create_app(config).app_context(), click.progressbar(length=1000, label="Demo") as bar:

        def show(what: str, share: float) -> None:
            bar.label = f"{what:<44}"[:44]
            bar.update(int(share * 1000) - bar.pos)

        found = load(config, show, SEED if seed is None else seed, size, slugs)
    for loaded in found:
        click.echo(
            f"{loaded.slug}: read {loaded.read:,}, stored {loaded.stored:,}, rejected {loaded.rejected:,}, "
            f"people {loaded.people}"
            if loaded.read or loaded.people
            else f"{loaded.slug}: loaded before, nothing to do"
        )
