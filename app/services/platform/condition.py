"""The condition of an installation: rights of the database role, migrations, Redis."""

from collections.abc import Iterator

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.config import REPOSITORY
from app.core.tenancy import APP_ROLE, tenant_tables
from app.extensions import db, store

_ROLE = text("SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = :role")
_OWNED = text("SELECT relname FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = :role)")
_OPEN = text(
    "SELECT relname FROM pg_class WHERE relname = ANY(:tables) AND relnamespace = 'public'::regnamespace "
    "AND NOT (relrowsecurity AND relforcerowsecurity)"
)


def faults() -> list[str]:
    """What keeps the installation from serving, in words; empty when all is well. Reads only."""
    return [fault for found in checked().values() for fault in found]


def checked() -> dict[str, list[str]]:
    """What is not right, in words, by what was looked at: migrations, rights, row_security, redis. Reads only."""
    try:
        found = {"migrations": list(_migrations())}
        if not found["migrations"]:  # tables that are still to come cannot be looked at
            found |= {"rights": list(_rights()), "row_security": list(_row_security())}
    except SQLAlchemyError as error:
        found = {"migrations": [f"the database cannot be asked ({type(error).__name__})"]}
    return found | {"redis": list(_redis())}


def migrations_pending() -> bool:
    """Does the database lack a migration that this code has?"""
    script = ScriptDirectory(str(REPOSITORY / "migrations"))
    current = MigrationContext.configure(db.session.connection()).get_current_heads()
    return set(current) != set(script.get_heads())


def _migrations() -> Iterator[str]:
    if migrations_pending():
        yield "migrations are pending: run `mediconnect up`"


def _rights() -> Iterator[str]:
    role = db.session.execute(_ROLE, {"role": APP_ROLE}).one_or_none()
    if role is None:
        yield f"the role {APP_ROLE} is missing"
        return
    yield from (f"the role {APP_ROLE} has the right {name}" for name, held in role._asdict().items() if held)
    for name in db.session.scalars(_OWNED, {"role": APP_ROLE}):
        yield f"the role {APP_ROLE} owns {name}"


def _row_security() -> Iterator[str]:
    for name in db.session.scalars(_OPEN, {"tables": sorted(tenant_tables())}):
        yield f"{name} is not under forced row security"


def _redis() -> Iterator[str]:
    try:
        memory = store.client.info("memory")
        persistence = store.client.info("persistence")
    except RedisError as error:
        yield f"Redis does not answer ({type(error).__name__})"
        return
    if memory.get("maxmemory_policy") != "noeviction":
        yield "Redis may throw jobs away: set maxmemory-policy to noeviction"
    if not persistence.get("aof_enabled"):
        yield "Redis forgets jobs when it stops: set appendonly to yes"
