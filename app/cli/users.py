"""People, the audit log and the state of the installation, from the command line."""

import secrets
import sys
from typing import TYPE_CHECKING
from uuid import UUID

import click

from app.cli.place import existing

if TYPE_CHECKING:
    from flask import Flask

    from app.models import User


def _app() -> "Flask":
    from app import create_app

    return create_app(existing())


@click.group()
def users() -> None:
    """Add, list and disable people."""


@users.command("add")
@click.argument("email")
@click.option("--name", required=True, help="How the person is called.")
@click.option("--organization", "slug", required=True, help="Short name of the organization.")
@click.option("--role", "roles", multiple=True, required=True, help="May be given several times.")
@click.option("--clinic", "clinic_ids", multiple=True, type=click.UUID, help="Id of a clinic; none: every clinic.")
def add(email: str, name: str, slug: str, roles: tuple[str, ...], clinic_ids: tuple[UUID, ...]) -> None:
    """Add a person with a role, or give a known person a role here; a new password is printed once."""
    from app.core.passwords import hash_password
    from app.core.permissions import Role
    from app.services import organizations
    from app.services.identity import accounts

    unknown = set(roles) - {role.value for role in Role}
    if unknown:
        raise click.BadParameter(f"no such role: {', '.join(sorted(unknown))}", param_hint="--role")
    with _app().app_context():
        organization = organizations.organization_by_slug(slug)
        if organization is None:
            raise click.BadParameter(f"there is no organization {slug}", param_hint="--organization")
        place, password = organization.id, secrets.token_urlsafe(15)
        user = accounts.find_user(email)
        known = user is not None
        user = user or organizations.create_user(email, name, hash_password(password))
        user_id = user.id
        organizations.add_member(place, user_id, [Role(role) for role in roles], list(clinic_ids) or None)
        accounts.note_everywhere(user, "account.add", roles=list(roles))
    click.echo(f"{email}: {'is known, keeps the password' if known else f'password {password}'}")


@users.command("list")
@click.option("--organization", "slug", help="Only the people of this organization.")
def list_(slug: str | None) -> None:
    """List people with their organizations and roles."""
    from app.services.identity import accounts

    with _app().app_context():
        for user in accounts.all_users():
            places = [place for place in accounts.places_of(user.id) if slug in (None, place.slug)]
            if slug is None or places:
                held = "; ".join(f"{place.slug}: {', '.join(place.roles)}" for place in places)
                click.echo(f"{user.email}\t{user.name}\t{'disabled' if user.disabled_at else 'open'}\t{held}")


@users.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Take a person's access away at once, everywhere."""
    from app.services.identity import accounts

    with _app().app_context():
        accounts.disable(_user(email))
    click.echo(f"{email}: disabled, every login and token ended")


@users.command("password")
@click.argument("email")
@click.password_option()
def password(email: str, password: str) -> None:
    """Give a person a new password; whatever they are logged in with ends."""
    from app.core.errors import Invalid
    from app.services.identity import accounts

    with _app().app_context():
        try:
            accounts.set_password(_user(email), password, by="command line")
        except Invalid as refused:
            raise click.ClickException(refused.message) from None
    click.echo(f"{email}: password changed, every login and token ended")


@users.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Turn a person's second factor off, when the app and the recovery codes are lost."""
    from app.services.identity import accounts, second_factor

    with _app().app_context():
        user = _user(email)
        second_factor.reset(user)
        accounts.note_everywhere(user, "account.second_factor", on=False, by="command line")
    click.echo(f"{email}: logs in with the password alone")


def _user(email: str) -> "User":
    from app.core.errors import NotFound
    from app.services.identity import accounts

    try:
        return accounts.user_by_email(email)
    except NotFound:
        raise click.ClickException(f"there is nobody with the address {email}") from None


@click.group("audit")
def audit_log() -> None:
    """The audit log."""


@audit_log.command("verify")
def verify() -> None:
    """Check the chain of every organization; exit status 2 and the place where one is broken."""
    from app.core.tenancy import tenant_scope
    from app.services import audit, organizations

    broken = False
    with _app().app_context():
        for organization_id, slug in organizations.all_organizations():
            with tenant_scope(organization_id):
                count, fault = audit.verify(organization_id)
            if fault is None:
                click.echo(f"{slug}: {count} entries, unbroken")
            else:
                broken = True
                click.echo(f"{slug}: broken at entry {fault.seq}: {fault.reason}", err=True)
    sys.exit(2 if broken else 0)


@click.command("check")
def check() -> None:
    """Say whether the installation may serve: database rights, migrations, Redis; exit status 1 if not."""
    from app.services.platform.condition import faults

    with _app().app_context():
        found = faults()
    for fault in found:
        click.echo(f"not right: {fault}", err=True)
    if not found:
        click.echo("all is well: database rights, migrations, Redis")
    sys.exit(1 if found else 0)
