"""`mediconnect rollup`: sums up what changed, or everything anew."""

from typing import TYPE_CHECKING

import click

from app.cli.place import existing

if TYPE_CHECKING:
    from app.rollups.refresh import Refreshed


@click.command("rollup")
@click.option("--rebuild", "everything", is_flag=True, help="Recompute every day, not only those that changed.")
@click.option("--organization", "slug", help="Only the organization of this slug.")
def rollup(everything: bool, slug: str | None) -> None:
    """Sum up the days that changed."""
    from app import create_app

    with create_app(existing()).app_context():
        _sum_up(everything, slug)


def _sum_up(everything: bool, slug: str | None) -> None:
    from app.extensions import db
    from app.models import Organization
    from app.rollups.refresh import rebuild, refresh

    query = db.select(Organization).order_by(Organization.slug)
    if slug is not None:
        query = query.where(Organization.slug == slug)
    organizations = db.session.scalars(query).all()
    if slug is not None and not organizations:
        raise click.ClickException(f"There is no organization {slug!r}.")
    work = [(organization.id, organization.slug) for organization in organizations]
    db.session.rollback()
    for organization_id, name in work:
        done = (rebuild if everything else refresh)(organization_id, _progress)
        click.echo(f"{name}: {_summary(done)}")


def _progress(family: str, days: int) -> None:
    click.echo(f"  {family}: {days:,} days of clinics")


def _summary(done: "Refreshed") -> str:
    days = sum(done.days.values())
    return f"{days:,} days recomputed in {len(done.days)} families" if done else "nothing to do"
