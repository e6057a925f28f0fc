"""Dirty marks, refresh state, data versions, visit days, daily facts

Facts are derived: no foreign key guards them, since checking it would cost more than computing them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import tenant_table

revision = "0009_facts"
down_revision = "0008_work"

# By fact table: additive counts, additive amounts of money, and spreads kept as arrays of values and counts.
FACTS: dict[str, tuple[str, str, str]] = {
    "fact_appointments": (
        (
            "booked completed started arrived no_show late_cancelled cancelled moved by_clinic booked_open "
            "unknown test booked_minutes seen_minutes wait_n wait_sum wait_long begun on_time cycle_n cycle_sum "
            "visit_n visit_sum lead_n lead_sum online channel_n new_kind kind_n"
        ),
        "",
        "wait cycle visit lead",
    ),
    "fact_patients": (
        "visits patient_days first new_36 again known",
        "",
        "gap_org gap_clinic gap_doctor",
    ),
    "fact_returns": (
        "seen returned",
        "",
        "",
    ),
    "fact_availability": (
        "open_minutes blocked_minutes slots",
        "",
        "",
    ),
    "fact_access": (
        "samples days_sum",
        "",
        "days",
    ),
    "fact_shifts": (
        (
            "planned worked absent worked_minutes doctors doctor_minutes nurses nurse_minutes supports "
            "support_minutes"
        ),
        "",
        "",
    ),
    "fact_resource_uses": (
        "room_uses room_minutes device_uses device_minutes",
        "",
        "",
    ),
    "fact_supply": (
        "room_minutes device_minutes",
        "",
        "",
    ),
    "fact_charges": (
        "invoices valid draft cancelled",
        "charged adjusted paid",
        "",
    ),
    "fact_invoices": (
        "invoices valid draft cancelled automatic automatic_n open",
        "invoiced discount tax balance credit",
        "",
    ),
    "fact_dues": (
        "open",
        "balance",
        "",
    ),
    "fact_payments": (
        "payments settled refunded failed",
        "collected given_back by_insurance by_card by_cash by_transfer by_other",
        "",
    ),
    "fact_expenses": (
        "expenses",
        "amount",
        "",
    ),
    "fact_claims": (
        "claims submitted withdrawn clean clean_n pending",
        "amount pending_amount",
        "",
    ),
    "fact_decisions": (
        "decided paid partial denied reopened withdrawn first_denied overturned",
        "amount paid_amount denied_amount",
        "days",
    ),
    "fact_surveys": (
        "asked replied scored score_sum top_box rated promoters passives detractors",
        "",
        "score",
    ),
    "fact_complaints": (
        "received closed open",
        "",
        "days",
    ),
    "fact_incidents": (
        "incidents near_misses harm",
        "",
        "",
    ),
    "fact_tasks": (
        "due done on_time open follow_ups follow_ups_on_time follow_ups_open lab_open",
        "",
        "",
    ),
    "fact_encounters": (
        "encounters finished signed signed_in_time",
        "",
        "",
    ),
}
OTHERS = ("rollup_dirty", "rollup_state", "data_versions", "visit_days")


def upgrade() -> None:
    op.create_table(
        "rollup_dirty",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_rollup_dirty"),
    )
    op.create_table(
        "rollup_state",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_rollup_state"),
        sa.UniqueConstraint("organization_id", name="uq_rollup_state_organization_id"),
    )
    op.create_table(
        "data_versions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_data_versions"),
        sa.UniqueConstraint("organization_id", "clinic_id", name="uq_data_versions_organization_id_clinic_id"),
    )
    op.create_table(
        "visit_days",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("prev_org", sa.Date(), nullable=True),
        sa.Column("prev_clinic", sa.Date(), nullable=True),
        sa.Column("prev_doctor", sa.Date(), nullable=True),
        sa.Column("next_org", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint(
            "organization_id", "patient_id", "day", "clinic_id", "practitioner_id", name="pk_visit_days"
        ),
    )
    op.create_index("ix_visit_days_day", "visit_days", ["organization_id", "day", "clinic_id"])
    for table, (counts, amounts, spreads) in FACTS.items():
        _create_facts(table, counts.split(), amounts.split(), spreads.split())
    for table in (*OTHERS, *FACTS):
        tenant_table(table)


def _create_facts(table: str, counts: list[str], amounts: list[str], spreads: list[str]) -> None:
    places = ("clinic_id", "department_id", "practitioner_id")
    key = ("organization_id", "grain", "clinic_id", "day", "department_id", "practitioner_id")
    arrays = (("values", sa.SmallInteger()), ("counts", sa.Integer()))
    op.create_table(
        table,
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(place, sa.Uuid(), nullable=False) for place in places),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        *(sa.Column(name, sa.Numeric(16, 2), nullable=False) for name in amounts),
        *(
            sa.Column(f"{name}_{part}", postgresql.ARRAY(of), nullable=False)
            for name in spreads
            for part, of in arrays
        ),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_day", table, ["organization_id", "grain", "day"])


def downgrade() -> None:
    for table in (*reversed(FACTS), *reversed(OTHERS)):
        op.drop_table(table)
