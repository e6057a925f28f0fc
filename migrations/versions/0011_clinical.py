"""Clinical records: conditions, findings, medication, tests, goals, messages, and their daily facts

The tables stand as lists here, one word a column: its name, its type, and "!" where a value is needed.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import tenant_table

revision = "0011_clinical"
down_revision = "0010_facts_by_hour"

TYPES = {
    "id": sa.Uuid(),
    "text": sa.Text(),
    "sealed": sa.LargeBinary(),
    "day": sa.Date(),
    "instant": sa.DateTime(timezone=True),
    "small": sa.SmallInteger(),
    "truth": sa.Boolean(),
    "json": postgresql.JSONB(),
    "quantity": sa.Numeric(18, 5),
    "rate": sa.Numeric(9, 4),
}
COLUMNS = {
    "conditions": (
        "patient_id:id practitioner_id:id encounter_id:id code:text kind:text name_sealed:sealed status:text! "
        "category:text confirmed:truth onset_day:day recorded_day:day abated_day:day"
    ),
    "allergies": (
        "patient_id:id practitioner_id:id encounter_id:id code:text allergen_sealed:sealed "
        "reaction_sealed:sealed status:text! category:text criticality:text severity:text confirmed:truth "
        "recorded_day:day"
    ),
    "observations": (
        "clinic_id:id patient_id:id practitioner_id:id encounter_id:id code:text kind:text category:text! "
        "name_sealed:sealed status:text! observed_at:instant local_day:day value:quantity unit:text "
        "systolic:small diastolic:small text_sealed:sealed low:quantity high:quantity abnormal:truth "
        "hypertensive:truth!"
    ),
    "drugs": (
        "code:text name:text substance:text"
    ),
    "medications": (
        "clinic_id:id patient_id:id practitioner_id:id encounter_id:id drug_id:id status:text! "
        "reported:truth! code:text substance:text name_sealed:sealed dosage_sealed:sealed "
        "instruction_sealed:sealed doses_per_day:rate units_per_dose:rate dose_times:json as_needed:truth "
        "prescribed_day:day starts_on:day ends_on:day supply_days:small quantity:quantity refills:small "
        "covered_until:day"
    ),
    "dispenses": (
        "clinic_id:id patient_id:id practitioner_id:id medication_id:id status:text! dispensed_at:instant "
        "local_day:day quantity:quantity days_supply:small runs_out:day next_day:day interval_days:small "
        "covered_days:small expected:truth!"
    ),
    "doses": (
        "patient_id:id medication_id:id status:text! due_at:instant!"
    ),
    "clinical_orders": (
        "clinic_id:id patient_id:id practitioner_id:id encounter_id:id status:text! kind:text! code:text "
        "name_sealed:sealed ordered_at:instant scheduled_at:instant place:text fasting:truth "
        "preparation_hours:small preparation_sealed:sealed"
    ),
    "results": (
        "clinic_id:id patient_id:id practitioner_id:id encounter_id:id clinical_order_id:id status:text! "
        "kind:text! code:text name_sealed:sealed summary_sealed:sealed ordered_at:instant sampled_at:instant "
        "issued_at:instant local_day:day turnaround_minutes:small abnormal:truth review:text "
        "reviewed_at:instant review_minutes:small"
    ),
    "result_items": (
        "result_id:id observation_id:id"
    ),
    "goals": (
        "clinic_id:id patient_id:id practitioner_id:id status:text! achievement:text title_sealed:sealed "
        "actions_sealed:sealed targets:json starts_on:day due_day:day"
    ),
    "care_plans": (
        "patient_id:id practitioner_id:id encounter_id:id status:text! code:text title_sealed:sealed "
        "activities_sealed:sealed starts_on:day ends_on:day"
    ),
    "messages": (
        "clinic_id:id patient_id:id practitioner_id:id in_reply_to_id:id sender:text! channel:text "
        "sent_at:instant! local_day:day! read_at:instant answered_at:instant answer_minutes:small "
        "subject_sealed:sealed body_sealed:sealed"
    ),
    "procedures": (
        "clinic_id:id patient_id:id practitioner_id:id encounter_id:id status:text! code:text "
        "name_sealed:sealed performed_at:instant ended_at:instant local_day:day"
    ),
    "immunizations": (
        "clinic_id:id patient_id:id practitioner_id:id encounter_id:id status:text! code:text "
        "name_sealed:sealed given_at:instant local_day:day"
    ),
    "preparations": (
        "appointment_type_id:id audience:text! position:small! text:text!"
    ),
}
CHECKS = {
    "conditions": {
        "category": "problem encounter_diagnosis health_concern",
        "status": "active recurrence relapse inactive remission resolved unknown",
    },
    "allergies": {
        "category": "food medication environment biologic",
        "criticality": "low high",
        "severity": "mild moderate severe",
        "status": "active inactive resolved unknown",
    },
    "observations": {
        "category": "vital_sign laboratory survey other",
        "status": "registered preliminary final amended cancelled unknown",
    },
    "medications": {
        "status": "active on_hold cancelled completed stopped draft unknown",
    },
    "dispenses": {
        "status": "completed in_progress cancelled stopped unknown",
    },
    "doses": {
        "status": "taken missed",
    },
    "clinical_orders": {
        "kind": "laboratory imaging procedure other",
        "status": "draft active on_hold completed revoked unknown",
    },
    "results": {
        "kind": "laboratory imaging procedure other",
        "review": "pending reviewed",
        "status": "registered preliminary final amended cancelled unknown",
    },
    "goals": {
        "achievement": "in_progress improving worsening no_change achieved not_achieved",
        "status": "proposed active on_hold completed cancelled rejected unknown",
    },
    "care_plans": {
        "status": "draft active on_hold revoked completed unknown",
    },
    "messages": {
        "sender": "patient practice",
    },
    "procedures": {
        "status": "planned in_progress not_done on_hold stopped completed unknown",
    },
    "immunizations": {
        "status": "completed not_done",
    },
    "preparations": {
        "audience": "patient doctor",
    },
}
KEYS = {
    "conditions": "encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "allergies": "encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "observations": "clinic_id:clinics encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "medications": "clinic_id:clinics drug_id:drugs encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "dispenses": "clinic_id:clinics medication_id:medications patient_id:patients practitioner_id:practitioners",
    "doses": "medication_id:medications patient_id:patients",
    "clinical_orders": "clinic_id:clinics encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "results": "clinic_id:clinics clinical_order_id:clinical_orders encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "result_items": "observation_id:observations result_id:results",
    "goals": "clinic_id:clinics patient_id:patients practitioner_id:practitioners",
    "care_plans": "encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "messages": "clinic_id:clinics in_reply_to_id:messages patient_id:patients practitioner_id:practitioners",
    "procedures": "clinic_id:clinics encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "immunizations": "clinic_id:clinics encounter_id:encounters patient_id:patients practitioner_id:practitioners",
    "preparations": "appointment_type_id:appointment_types",
}
INDEXES = {
    "ix_conditions_encounter": ("conditions", "encounter_id", None),
    "ix_conditions_patient": ("conditions", "patient_id kind", None),
    "ix_allergies_encounter": ("allergies", "encounter_id", None),
    "ix_allergies_patient": ("allergies", "patient_id", None),
    "ix_observations_day": ("observations", "local_day clinic_id", None),
    "ix_observations_encounter": ("observations", "encounter_id", None),
    "ix_observations_patient": ("observations", "patient_id kind observed_at", None),
    "ix_medications_drug": ("medications", "drug_id", None),
    "ix_medications_encounter": ("medications", "encounter_id", None),
    "ix_medications_patient": ("medications", "patient_id", None),
    "ix_medications_taken": ("medications", "practitioner_id covered_until", "status = 'active'"),
    "ix_dispenses_due": ("dispenses", "runs_out clinic_id", None),
    "ix_dispenses_medication": ("dispenses", "medication_id local_day", None),
    "ix_dispenses_patient": ("dispenses", "patient_id local_day", None),
    "ix_doses_medication": ("doses", "medication_id due_at", None),
    "ix_doses_patient": ("doses", "patient_id due_at", None),
    "ix_clinical_orders_encounter": ("clinical_orders", "encounter_id", None),
    "ix_clinical_orders_open": ("clinical_orders", "practitioner_id ordered_at", "status = 'active'"),
    "ix_clinical_orders_patient": ("clinical_orders", "patient_id scheduled_at", None),
    "ix_results_day": ("results", "local_day clinic_id", None),
    "ix_results_encounter": ("results", "encounter_id", None),
    "ix_results_order": ("results", "clinical_order_id", None),
    "ix_results_patient": ("results", "patient_id issued_at", None),
    "ix_results_to_review": ("results", "practitioner_id issued_at", "review = 'pending'"),
    "ix_result_items_organization_id_observation_id": ("result_items", "observation_id", None),
    "ix_result_items_organization_id_result_id": ("result_items", "result_id", None),
    "ix_goals_day": ("goals", "due_day clinic_id", None),
    "ix_goals_patient": ("goals", "patient_id", None),
    "ix_care_plans_encounter": ("care_plans", "encounter_id", None),
    "ix_care_plans_patient": ("care_plans", "patient_id", None),
    "ix_messages_day": ("messages", "local_day clinic_id", None),
    "ix_messages_patient": ("messages", "patient_id sent_at", None),
    "ix_messages_reply": ("messages", "in_reply_to_id", None),
    "ix_messages_unread": ("messages", "practitioner_id sent_at", "read_at IS NULL AND sender = 'patient'"),
    "ix_procedures_encounter": ("procedures", "encounter_id", None),
    "ix_procedures_patient": ("procedures", "patient_id local_day", None),
    "ix_immunizations_encounter": ("immunizations", "encounter_id", None),
    "ix_immunizations_patient": ("immunizations", "patient_id local_day", None),
    "ix_preparations_organization_id_appointment_type_id": ("preparations", "appointment_type_id", None),
}
# New columns of tables that were there.
MORE = {
    "patients": "preferred_channel:text marketing_consent:truth appointment_reminders:truth",
    "appointments": "note_sealed:sealed instruction_sealed:sealed",
    "encounters": "summary_sealed:sealed actions_sealed:sealed",
}
CHANNELS = "portal email sms phone letter"
# By fact table: counts, and spreads kept as arrays of values and counts.
FACTS = {
    "fact_blood_pressure": ("readings hypertensive controlled", ""),
    "fact_results": (
        "issued judged abnormal for_review pending pending_abnormal reviewed_in_time",
        "turnaround review",
    ),
    "fact_refills": ("due in_time open days days_covered", ""),
    "fact_messages": ("received sent unread answered answered_in_time read_by_patients", "answer"),
    "fact_goals": ("due judged on_track achieved", ""),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        _create(table, columns)
    for name, (table, columns, where) in INDEXES.items():
        condition = None if where is None else sa.text(where)
        op.create_index(name, table, ["organization_id", *columns.split()], postgresql_where=condition)
    for table, (counts, spreads) in FACTS.items():
        _create_facts(table, counts.split(), spreads.split())
    for table in (*COLUMNS, *FACTS):
        tenant_table(table)
    for table in COLUMNS:
        op.create_foreign_key(f"fk_{table}_organization_id", table, "organizations", ["organization_id"], ["id"])
        _bind(table)
    for table, columns in MORE.items():
        for column in columns.split():
            op.add_column(table, _column(column))
    op.create_check_constraint(op.f("ck_patients_preferred_channel"), "patients", _one_of("preferred_channel", CHANNELS))
    op.create_index(
        "ix_patients_organization_id_practitioner_id", "patients", ["organization_id", "practitioner_id"]
    )


    op.create_index("ix_tasks_patient", "tasks", ["organization_id", "patient_id", "due_day"])
    op.create_index(
        "ix_tasks_open_doctor",
        "tasks",
        ["organization_id", "practitioner_id", "due_day"],
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _create(table: str, columns: str) -> None:
    op.create_table(
        table,
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(_column(column) for column in columns.split()),
        *(
            sa.CheckConstraint(_one_of(column, values), name=op.f(f"ck_{table}_{column}"))
            for column, values in CHECKS.get(table, {}).items()
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f(f"pk_{table}")),
    )


def _column(word: str) -> sa.Column:
    name, _, kind = word.partition(":")
    return sa.Column(name, TYPES[kind.removesuffix("!")], nullable=not kind.endswith("!"))


def _one_of(column: str, values: str) -> str:
    listed = ", ".join(f"'{value}'" for value in values.split())
    return f"{column} IN ({listed})"


def _bind(table: str) -> None:
    for word in KEYS.get(table, "").split():
        column, _, parent = word.partition(":")
        pair = ["organization_id", "id"]
        op.create_foreign_key(f"fk_{table}_{column}", table, parent, ["organization_id", column], pair)


def _create_facts(table: str, counts: list[str], spreads: list[str]) -> None:
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
        *(
            sa.Column(f"{name}_{part}", postgresql.ARRAY(of), nullable=False)
            for name in spreads
            for part, of in arrays
        ),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_day", table, ["organization_id", "grain", "day"])


def downgrade() -> None:
    op.drop_index("ix_tasks_open_doctor", "tasks")
    op.drop_index("ix_tasks_patient", "tasks")
    op.drop_index("ix_patients_organization_id_practitioner_id", "patients")
    op.drop_constraint(op.f("ck_patients_preferred_channel"), "patients")
    for table, columns in MORE.items():
        for column in columns.split():
            op.drop_column(table, column.partition(":")[0])
    for table in (*reversed(FACTS), *reversed(COLUMNS)):
        op.drop_table(table)
