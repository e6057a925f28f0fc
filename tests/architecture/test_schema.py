"""The catalogue of the database keeps the rules of a schema that can be spread by organization."""

import re

import pytest
from sqlalchemy import text

from app.core.tenancy import APP_ROLE, SETTING, tenant_tables
from app.extensions import Base, db
from app.rollups import tables as _facts  # noqa: F401 - makes the tables of daily facts known
from app.rollups import visit_days as _visit_days  # noqa: F401

SHARED = {"organizations", "users", "memberships"}
LOCAL = {
    "user_sessions",
    "api_tokens",
    "refresh_tokens",
    "login_attempts",
    "second_factors",
    "recovery_codes",
    "passkeys",
    "spent_challenges",
    "account_links",
    "identity_providers",
    "external_identities",
    "jobs",
    "outbox",
    "outbox_lanes",
    "schedule_clock",
    "alembic_version",
}
# What the installation knows of itself.
LOCAL |= {"service_samples", "service_minutes", "user_days", "platform_counts", "platform_reads"}
LOCAL |= {"backup_runs", "system_alerts", "system_checks"}
APPEND_ONLY = {
    "audit_events": {"SELECT", "INSERT"},
    "platform_reads": {"SELECT", "INSERT", "DELETE"},  # lines go after their time
    "audit_heads": {"SELECT", "INSERT", "UPDATE"},
}
RULE = f"(organization_id = (NULLIF(current_setting('{SETTING}'::text, true), ''::text))::uuid)"
SUMS = {"rollup_dirty", "rollup_state", "data_versions", "visit_days"}  # made from records, bound through them
OURS = "relnamespace = 'public'::regnamespace"


def tenants_tables() -> set[str]:
    """Tables whose key begins with the organization: records by class, daily facts without one."""
    tables = Base.metadata.tables.values()
    return {table.name for table in tables if next(iter(table.primary_key.columns)).name == "organization_id"}


@pytest.fixture
def ask(session):
    """Rows of a question to the catalogue."""

    def run(question: str, **values):
        return session.execute(text(question), values).all()

    return run


@pytest.fixture
def tables(ask) -> set[str]:
    """Every table of the database."""
    return {row.relname for row in ask(f"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND {OURS}")}


def test_every_table_is_of_a_tenant_or_shared_or_local(tables):
    tenant = tenants_tables()
    assert set(tenant_tables()) <= tenant
    assert tenant & SHARED == tenant & LOCAL == SHARED & LOCAL == set()
    assert tables == tenant | SHARED | LOCAL


def test_the_models_and_the_database_know_the_same_tables(tables):
    assert set(Base.metadata.tables) == tables - {"alembic_version"}


def test_keys_of_a_tenants_table_begin_with_the_organization(ask):
    found = ask(
        f"""SELECT c.relname, i.indexrelid::regclass AS name, a.attname FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid AND c.{OURS}
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] WHERE i.indisunique"""
    )
    wrong = {row.name for row in found if row.relname in tenants_tables() and row.attname != "organization_id"}
    assert wrong == set()


def test_foreign_keys_between_tenants_tables_hold_the_organization_on_both_sides(ask):
    found = ask(
        f"""SELECT k.conname, c.relname AS child, p.relname AS parent,
            (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]) AS first,
            (SELECT attname FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1]) AS target
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid AND c.{OURS} JOIN pg_class p ON p.oid = k.confrelid
        WHERE k.contype = 'f'"""
    )
    assert len(found) > 40
    for row in found:
        if row.parent in tenants_tables():
            assert (row.conname, row.first, row.target) == (row.conname, "organization_id", "organization_id")
            assert row.child in tenants_tables(), f"{row.conname}: a local table names a tenant's row"
        elif row.child in tenants_tables():
            assert row.parent == "organizations", row.conname


def test_every_tenants_table_is_bound_to_its_organization(ask):
    found = ask(
        """SELECT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.contype = 'f' AND k.confrelid = 'organizations'::regclass"""
    )
    assert set(tenant_tables()) - SUMS <= {row.relname for row in found}


def test_every_tenants_table_is_under_forced_row_security_with_the_one_policy(ask):
    secured = ask(f"SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND {OURS}")
    assert {row.relname for row in secured} == tenants_tables()
    policies = ask("SELECT * FROM pg_policies WHERE schemaname = 'public'")
    assert sorted(row.tablename for row in policies) == sorted(tenants_tables())
    for row in policies:
        expected = ("tenant", "PERMISSIVE", "{public}", "ALL", RULE, RULE)
        roles = row.roles if isinstance(row.roles, str) else "{" + ",".join(row.roles) + "}"
        assert (row.policyname, row.permissive, roles, row.cmd, row.qual, row.with_check) == expected, row.tablename


@pytest.mark.parametrize(
    "question",
    [
        f"SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid AND c.{OURS} WHERE NOT tgisinternal",
        "SELECT typname FROM pg_type WHERE typtype IN ('e', 'd') AND typnamespace = 'public'::regnamespace",
        f"SELECT relname FROM pg_class WHERE relkind = 'S' AND {OURS}",
        f"SELECT relname FROM pg_class WHERE relkind = 'm' AND {OURS}",
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef",
        f"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relhasrules AND {OURS}",
    ],
    ids=["trigger", "enum or domain", "sequence", "materialised view", "definer function", "rule"],
)
def test_nothing_stands_in_the_way_of_spreading_the_tables(ask, question):
    assert ask(question) == []


def test_views_ask_with_the_rights_of_their_caller(ask):
    views = ask(f"SELECT relname, reloptions FROM pg_class WHERE relkind = 'v' AND {OURS}")
    assert [row.relname for row in views if "security_invoker=true" not in (row.reloptions or [])] == []


def test_constraints_bear_the_names_that_the_rule_gives_them(ask):
    found = ask(
        f"""SELECT k.conname, k.contype::text AS kind, c.relname FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid AND c.{OURS}
        WHERE k.contype IN ('p', 'u', 'f', 'c') AND c.relname <> 'alembic_version'"""
    )
    short = {"p": "pk", "u": "uq", "f": "fk", "c": "ck"}
    odd = {row.conname for row in found if not re.match(f"{short[row.kind]}_{row.relname}", row.conname)}
    assert odd == set()
    named = {constraint.name for table in Base.metadata.tables.values() for constraint in table.constraints}
    assert {row.conname for row in found} == {str(name) for name in named}


def test_the_application_role_is_above_nothing_and_owns_nothing(ask):
    (role,) = ask("SELECT * FROM pg_roles WHERE rolname = :role", role=APP_ROLE)
    above = ("rolsuper", "rolbypassrls", "rolcreatedb", "rolcreaterole", "rolreplication")
    assert [name for name in above if getattr(role, name)] == []
    owned = ask(
        "SELECT relname FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = :role)", role=APP_ROLE
    )
    assert owned == []
    assert ask("SELECT has_schema_privilege(:role, 'public', 'CREATE') AS may", role=APP_ROLE) == [(False,)]


def test_the_application_role_has_the_rights_it_needs_and_no_others(ask, tables):
    found = ask(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = :role",
        role=APP_ROLE,
    )
    held: dict[str, set[str]] = {}
    for row in found:
        held.setdefault(row.table_name, set()).add(row.privilege_type)
    for table in tables:
        expected = APPEND_ONLY.get(table, {"SELECT", "INSERT", "UPDATE", "DELETE"})
        if table == "alembic_version":
            expected = {"SELECT"}
        assert held.get(table, set()) == expected, table


def test_requests_work_as_the_application_role(session):
    assert session.execute(text("SELECT current_user")).scalar() == APP_ROLE
    assert db.session.execute(text("SHOW row_security")).scalar() == "on"
