"""The command that loads the simulated organizations."""

from typing import TYPE_CHECKING

import click

from app.cli.run import installation

if TYPE_CHECKING:
    from app.config import Config


@click.command()
@click.option("--size", type=click.Choice(["normal", "large"]), default="normal", show_default=True)
@click.option("--seed", type=int, help="Another number gives another history.")
@click.option("--organization", "slugs", multiple=True, help="Only the organization of this slug: demo or other.")
def demo(size: str, seed: int | None, slugs: tuple[str, ...]) -> None:
    """Load the simulated organizations once; a broken-off load is finished."""
    for line in load_demo(installation(), size, seed, slugs):
        click.echo(line)


def load_demo(
    config: "Config",
    size: str = "normal",
    seed: int | None = None,
    slugs: tuple[str, ...] = (),
    *,
    past_later: bool = False,
) -> list[str]:
    """Loads what is missing of the demo with a progress bar; a line of counts for each organization.

    With `past_later` a worker loads the years before the last half.
    """
    from app import create_app
    from app.demo.generate import SEED
    from app.demo.load import load

    with create_app(config).app_context(), click.progressbar(length=1000, label="Demo") as bar:

        def show(what: str, share: float) -> None:
            bar.label = f"{what:<44}"[:44]
            bar.update(int(share * 1000) - bar.pos)

        found = load(config, show, SEED if seed is None else seed, size, slugs, past_later)
    return [
        f"{each.slug}: read {each.read:,}, stored {each.stored:,}, rejected {each.rejected:,}, people {each.people}"
        if each.read or each.people
        else f"{each.slug}: loaded before, nothing to do"
        for each in found
    ]
