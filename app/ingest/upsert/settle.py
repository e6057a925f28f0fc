"""What follows from resolved references: places taken from parents, stamps from encounters, local times from zones."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.ingest.mapping.derive import RULES, derive
from app.ingest.mapping.visit import merge
from app.ingest.upsert.tables import ORDER
from app.ingest.upsert.work import Values, Work

Taken = dict[str, str]  # column of the row to column of the parent


def _same(*columns: str) -> Taken:
    return {column: column for column in columns}


_CLINIC = _same("clinic_id")
_PLACE = _same("clinic_id", "department_id")
_WHERE = _same("clinic_id", "department_id", "practitioner_id", "patient_id")
_WHO = _same("practitioner_id", "patient_id")
_CARE = _CLINIC | _WHO
_HOME = {"clinic_id": "home_clinic_id", "practitioner_id": "practitioner_id"}
_SERVICE = {"service_day": "local_day"}

# (table, column, parent table, what is taken from the parent where the row does not say), parents first.
INHERITED: tuple[tuple[str, str, str, Taken], ...] = (
    ("rooms", "department_id", "departments", _CLINIC),
    ("equipment", "department_id", "departments", _CLINIC),
    ("affiliations", "department_id", "departments", _CLINIC),
    ("availability", "department_id", "departments", _CLINIC),
    ("appointments", "room_id", "rooms", _PLACE),
    ("appointments", "department_id", "departments", _CLINIC),
    ("encounters", "appointment_id", "appointments", _WHERE),
    ("encounters", "department_id", "departments", _CLINIC),
    ("invoices", "appointment_id", "appointments", _WHERE | _SERVICE),
    ("invoices", "encounter_id", "encounters", _WHERE | _SERVICE | _same("appointment_id")),
    ("claims", "invoice_id", "invoices", _WHERE | _same("encounter_id")),
    ("claims", "encounter_id", "encounters", _WHERE),
    ("payments", "invoice_id", "invoices", _WHERE | {"invoiced_day": "issue_day"}),
    ("survey_answers", "appointment_id", "appointments", _WHERE),
    ("tasks", "appointment_id", "appointments", _WHERE),
    ("conditions", "encounter_id", "encounters", _WHO),
    ("allergies", "encounter_id", "encounters", _WHO),
    ("medications", "encounter_id", "encounters", _CARE),
    ("medications", "patient_id", "patients", _HOME),
    ("medications", "drug_id", "drugs", _same("code", "substance")),
    ("dispenses", "medication_id", "medications", _CARE),
    ("doses", "medication_id", "medications", _same("patient_id")),
    ("clinical_orders", "encounter_id", "encounters", _CARE),
    ("clinical_orders", "patient_id", "patients", _HOME),
    ("observations", "encounter_id", "encounters", _CARE),
    ("results", "clinical_order_id", "clinical_orders", _CARE | _same("encounter_id", "ordered_at")),
    ("results", "encounter_id", "encounters", _CARE),
    ("results", "patient_id", "patients", _HOME),
    ("goals", "patient_id", "patients", _HOME),
    ("care_plans", "encounter_id", "encounters", _WHO),
    ("messages", "patient_id", "patients", _HOME),
    ("procedures", "encounter_id", "encounters", _CARE),
    ("immunizations", "encounter_id", "encounters", _CARE),
    ("resource_uses", "room_id", "rooms", _CLINIC),
    ("resource_uses", "equipment_id", "equipment", _CLINIC),
    ("expenses", "department_id", "departments", _CLINIC),
    ("shifts", "department_id", "departments", _CLINIC),
    ("payment_plans", "invoice_id", "invoices", _same("clinic_id", "patient_id")),
    ("plan_instalments", "plan_id", "payment_plans", _CLINIC),
    ("credit_accounts", "patient_id", "patients", {"clinic_id": "home_clinic_id"}),
    ("credit_entries", "account_id", "credit_accounts", _CLINIC),
    ("invoice_reminders", "invoice_id", "invoices", _WHERE),
    ("chargebacks", "payment_id", "payments", _WHERE),
)


class Zones:
    """The zone of each clinic, read once and kept in step with what is stored."""

    def __init__(self, default: str) -> None:
        self.default = default
        self.found: dict[UUID, str] = {}

    def update(self, work: Work) -> list[UUID]:
        """Takes the clinics of a batch in; gives the stored ones whose zone is another now."""
        moved = []
        for clinic in work.of("clinics"):
            before = work.before.get("clinics", {}).get(clinic["id"])
            if before and before["zone"] != clinic["zone"]:
                moved.append(clinic["id"])
            self.found[clinic["id"]] = clinic["zone"]
        return moved

    def read(self, work: Work, table: str) -> None:
        """Looks up the clinics that a table's rows name."""
        named = {row.get("clinic_id") for row in work.of(table)} - {None} - set(self.found)
        if named:
            work.cursor.execute(
                "SELECT id, zone FROM clinics WHERE organization_id = %s AND id = ANY(%s)",
                (work.organization_id, list(named)),
            )
            self.found.update(work.cursor.fetchall())

    def of(self, clinic_id: UUID | None) -> str:
        """The clinic's zone; the organization's where there is none."""
        return self.default if clinic_id is None else self.found.get(clinic_id, self.default)


def settle(work: Work, zones: Zones) -> None:
    """Completes the rows of a batch, parents first; stored rows that are touched by it join it."""
    moved = zones.update(work)
    if moved:
        for table in RULES:
            work.take(table, "clinic_id", moved)
    _bring_visits_together(work)
    for table in ORDER:
        for child, column, parent, taken in INHERITED:
            if child == table:
                _inherit(work, table, column, parent, taken)
        if table == "appointments":
            _merge_visits(work)
        zones.read(work, table)
        for row in work.of(table) if table in RULES or work.wall_times else ():
            if not moved and not work.is_changed(table, row):
                continue
            zone = zones.of(row.get("clinic_id"))
            if work.wall_times:
                _place_wall_times(row, zone)
            derive(table, row, zone)


def _place_wall_times(row: Values, zone: str) -> None:
    """Times without an offset are those on the clinic's wall."""
    for column, value in row.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            row[column] = value.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _bring_visits_together(work: Work) -> None:
    """An appointment and its encounter always meet, whichever of them the batch holds."""
    stored = [row["id"] for row in work.of("appointments") if row["id"] in work.before.get("appointments", {})]
    work.take("encounters", "appointment_id", stored)
    work.take("appointments", "id", _ids(work.of("encounters"), "appointment_id"))


def _merge_visits(work: Work) -> None:
    booked = work.rows.get("appointments", {})
    for encounter in sorted(work.of("encounters"), key=lambda row: (row["starts_at"] is None, str(row["starts_at"]))):
        appointment = booked.get(encounter["appointment_id"])
        if appointment is not None:
            merge(appointment, encounter)


def _inherit(work: Work, table: str, column: str, parent: str, taken: Taken) -> None:
    _take_children(work, table, column, parent, taken)
    open_ = [row for row in work.of(table) if row[column] and None in map(row.__getitem__, taken)]
    if not open_:
        return
    found = {row["id"]: row for row in work.take(parent, "id", _ids(open_, column))}
    for row in open_:
        above = found.get(row[column])
        if above is not None:
            row |= {own: above[of] for own, of in taken.items() if row[own] is None and above[of] is not None}


def _take_children(work: Work, table: str, column: str, parent: str, taken: Taken) -> None:
    """Stored children join where their parent now says what it did not say before."""
    kept = work.before.get(parent, {})
    told = [
        row["id"]
        for row in (work.of(parent) if kept else ())
        if (before := kept.get(row["id"]))
        and before != row
        and any(before[of] is None and row[of] is not None for of in taken.values())
    ]
    if told:
        work.take(table, column, told, " OR ".join(f"{each} IS NULL" for each in taken))


def _ids(rows: Iterable[Values], column: str) -> set[Any]:
    return {row[column] for row in rows if row[column] is not None}
