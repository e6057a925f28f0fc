"""An index of each doctor's visits by day, for the parts of a doctor's year that only records know"""

from alembic import op

revision = "0031_doctor_visits"
down_revision = "0030_ways_in"


def upgrade() -> None:
    op.create_index("ix_appointments_doctor", "appointments", ["organization_id", "practitioner_id", "local_day"])


def downgrade() -> None:
    op.drop_index("ix_appointments_doctor", "appointments")
