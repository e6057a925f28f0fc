"""Files: NDJSON for what goes as FHIR, CSV for the rest and all of the past; parts, joined in a fixed order."""

import csv
import io
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from app.demo import account_records, chart_records, records
from app.demo.fhir import RESOURCES
from app.demo.records import Record

TABLES: dict[type[Record], str] = {
    records.Clinic: "clinics",
    records.Department: "departments",
    records.Room: "rooms",
    records.Equipment: "equipment",
    records.Practitioner: "practitioners",
    records.Affiliation: "affiliations",
    records.AppointmentType: "appointment_types",
    records.Patient: "patients",
    account_records.Coverage: "coverages",
    records.Appointment: "appointments",
    records.StatusChange: "status_changes",
    records.Encounter: "encounters",
    records.Availability: "availability",
    records.AccessSample: "access_samples",
    records.Invoice: "invoices",
    records.InvoiceLine: "invoice_lines",
    records.Payment: "payments",
    records.Claim: "claims",
    records.Adjudication: "adjudications",
    records.Expense: "expenses",
    records.SurveyAnswer: "survey_answers",
    records.Complaint: "complaints",
    records.Incident: "incidents",
    records.Shift: "shifts",
    records.ResourceUse: "resource_uses",
    records.Task: "tasks",
    chart_records.Preparation: "preparations",
    chart_records.Condition: "conditions",
    chart_records.Allergy: "allergies",
    chart_records.Medication: "medications",
    chart_records.Dispense: "dispenses",
    chart_records.Dose: "doses",
    chart_records.ClinicalOrder: "clinical_orders",
    chart_records.Observation: "observations",
    chart_records.Result: "results",
    chart_records.ResultItem: "result_items",
    chart_records.Goal: "goals",
    chart_records.CarePlan: "care_plans",
    chart_records.Message: "messages",
    records.CalendarEvent: "events",
    records.Target: "targets",
    account_records.PaymentPlan: "payment_plans",
    account_records.PlanInstalment: "plan_instalments",
    account_records.CreditAccount: "credit_accounts",
    account_records.CreditEntry: "credit_entries",
    account_records.InvoiceReminder: "invoice_reminders",
    account_records.Chargeback: "chargebacks",
}
HISTORY = "history"  # the folder of what an older practice system has left, all of it CSV
_CHUNK = 2000


class Writer:
    """Writes the records of one part into its folder; its type and its age decide the file."""

    def __init__(self, folder: Path, csv_folder: str = "csv") -> None:
        self.folder, self.csv_folder = folder, csv_folder
        self.counts: dict[str, int] = {}
        self.waiting: dict[str, list[Any]] = {}
        self.tables: set[str] = set()

    def write(self, rows: Iterable[Record]) -> dict[str, int]:
        """Writes all rows; returns how many went into each file."""
        for row in rows:
            kind = type(row)
            if kind in RESOURCES and self._as_fhir(row):
                resource, make = RESOURCES[kind]
                self._add(f"fhir/{resource}.ndjson", orjson.dumps(make(row), option=orjson.OPT_APPEND_NEWLINE))
            else:
                name = f"{self.csv_folder}/{TABLES[kind]}.csv"
                self.tables.add(name)
                self._add(name, row)
        for name in list(self.waiting):
            self._flush(name)
        return self.counts

    def _as_fhir(self, row: Record) -> bool:
        """What the new practice system keeps. An outcome that nobody knows has no word in FHIR."""
        return self.csv_folder != HISTORY and getattr(row, "status", None) != "unknown"

    def _add(self, name: str, row: bytes | Record) -> None:
        rows = self.waiting.setdefault(name, [])
        rows.append(row)
        self.counts[name] = self.counts.get(name, 0) + 1
        if len(rows) >= _CHUNK:
            self._flush(name)

    def _flush(self, name: str) -> None:
        rows = self.waiting.pop(name)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            if name in self.tables:
                file.write(_csv(rows))
            else:
                file.write(b"".join(rows))


def _csv(rows: list[Record]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def header(kind: type[Record]) -> bytes:
    """The first line of a record type's CSV file."""
    return _csv([tuple(kind.__annotations__)])


def announce_history(out: Path) -> None:
    """Writes the head of a file of the past that is still to be simulated, so that its import can be seen to wait."""
    path = out / HISTORY / "appointments.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(header(records.Appointment))


def join(parts: list[Path], out: Path) -> None:
    """Joins the parts' files of the same name in the order of `parts`, heads each CSV file, removes the parts."""
    heads = {f"{folder}/{table}.csv": header(kind) for kind, table in TABLES.items() for folder in ("csv", HISTORY)}
    for name in sorted({name for part in parts for name in _files(part)}):
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(heads.get(name, b""))
            for part in parts:
                if (part / name).exists():
                    with (part / name).open("rb") as piece:
                        shutil.copyfileobj(piece, file, 1 << 20)
    for part in parts:
        shutil.rmtree(part)


def _files(part: Path) -> Iterator[str]:
    return (path.relative_to(part).as_posix() for path in sorted(part.glob("*/*")))
