"""The command that loads the simulated organizations."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from app.cli.place import installation

if TYPE_CHECKING:
    from app.config import Config


@click.command()
@click.option("--size", type=click.Choice(["normal", "large"]), default="normal", show_default=True)
@click.option("--seed", type=int, help="Another number gives another history.")
@click.option("--organization", "slugs", multiple=True, help="Only the organization of this slug: demo or other.")
def demo(size: str, seed: int | None, slugs: tuple[str, ...]) -> None:
    """Load the simulated organizations once; a broken-off load is finished."""
    from app import create_app

    config = installation()
    with create_app(config).app_context():
        load_demo(config, size, seed, slugs)


@contextmanager
def simulating(config: "Config") -> Iterator[None]:
    """On a first start simulate beside other work, without the years that a worker does later."""
    from app.demo.load import simulate

    home = config.home / "demo"
    if home.exists():
        yield
        return
    with _bar() as show, ThreadPoolExecutor(1) as beside:
        done = beside.submit(simulate, home, show, past_later=True)
        yield
        done.result()


@contextmanager
def _bar() -> Iterator[Callable[[str, float], None]]:
    """Show a progress bar; what is called says what is being done, and how much of it (0 to 1) is."""
    with click.progressbar(length=1000, label="Demo") as bar:

        def show(what: str, share: float) -> None:
            bar.label = f"{what:<44}"[:44]
            bar.update(int(share * 1000) - bar.pos)

        yield show


def load_demo(
    config: "Config",
    size: str = "normal",
    seed: int | None = None,
    slugs: tuple[str, ...] = (),
    *,
    past_later: bool = False,
) -> bool:
    """Load what is missing of the demo, with a progress bar and a line for each organization; say if there was any.

    With `past_later` a worker loads what is older than the new practice system.
    """
    from app.demo.generate import SEED
    from app.demo.load import load

    with _bar() as show:
        found = load(config, show, SEED if seed is None else seed, size, slugs, past_later)
    for loaded in found:
        click.echo(
            f"{loaded.slug}: read {loaded.read:,}, stored {loaded.stored:,}, unchanged {loaded.unchanged:,}, "
            f"rejected {loaded.rejected:,}, people {loaded.people}"
            if loaded.read or loaded.people
            else f"{loaded.slug}: loaded before, nothing to do"
        )
    return any(loaded.read for loaded in found)
