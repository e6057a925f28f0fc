"""What the bulk statements need to know of each table: columns, defaults, and an order in which foreign keys hold."""

from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from app.core.tenancy import tenant_tables
from app.extensions import Base

# Parents before children.
ORDER = (
    "clinics",
    "departments",
    "rooms",
    "equipment",
    "practitioners",
    "affiliations",
    "patients",
    "appointment_types",
    "appointments",
    "status_changes",
    "availability",
    "access_samples",
    "encounters",
    "invoices",
    "invoice_lines",
    "payments",
    "claims",
    "adjudications",
    "expenses",
    "survey_answers",
    "complaints",
    "incidents",
    "shifts",
    "resource_uses",
    "tasks",
    "conditions",
    "allergies",
    "drugs",
    "medications",
    "dispenses",
    "doses",
    "clinical_orders",
    "observations",
    "results",
    "result_items",
    "goals",
    "care_plans",
    "messages",
    "procedures",
    "immunizations",
    "preparations",
    "events",
    "targets",
    # money that follows an invoice
    "coverages",
    "payment_plans",
    "plan_instalments",
    "credit_accounts",
    "credit_entries",
    "invoice_reminders",
    "chargebacks",
)
# Children that belong to one parent: replaced with it, deleted with it.
PART_OF = {"invoice_lines": "invoice_id", "status_changes": "appointment_id", "result_items": "result_id"}


@cache
def table(name: str) -> Table:
    """The table of that name."""
    return Base.metadata.tables[name]


@cache
def columns(name: str) -> tuple[str, ...]:
    """The names of its columns, as the database has them."""
    tenant_tables()
    return tuple(column.name for column in table(name).columns)


@cache
def defaults(name: str) -> dict[str, Any]:
    """What a column holds when a source says nothing of it."""
    found = dict.fromkeys(columns(name))
    for column in table(name).columns:
        if isinstance(column.default, ScalarElementColumnDefault):
            found[column.name] = column.default.arg
    return found


@cache
def parents(name: str) -> dict[str, str]:
    """Column to table, for the references of a table to other rows of the organization."""
    return {
        key.column_keys[-1]: key.referred_table.name
        for key in table(name).foreign_key_constraints
        if key.referred_table.name != "organizations"
    }


@cache
def referring(name: str) -> tuple[tuple[str, str], ...]:
    """(table, column) of each reference to rows of `name`."""
    return tuple(
        (other, column)
        for other in (*ORDER, "alerts", "walls")
        if other in Base.metadata.tables
        for column, parent in parents(other).items()
        if parent == name
    )
