"""Which columns of a record are shown in the list behind a figure, table by table."""

from dataclasses import dataclass
from typing import Any, Literal

from app.models import (
    AccessSample,
    Appointment,
    Availability,
    Claim,
    Complaint,
    Encounter,
    Expense,
    Incident,
    Invoice,
    Payment,
    ResourceUse,
    Shift,
    SurveyAnswer,
    Task,
    VisitDay,
)

FieldKind = Literal["moment", "day", "text", "number", "days", "minutes", "money", "visit", "yes"]


@dataclass(frozen=True)
class Field:
    """One column of a record; `kind` says what its values are. `of` names the attribute of the model."""

    label: str
    of: str
    kind: FieldKind = "text"


@dataclass(frozen=True)
class RecordKind:
    """The records of one table: what one is called, its model, and the fields shown.

    `dated` names the day by which records are counted and listed, where the first field is not its time.
    """

    noun: str
    model: type[Any] | None
    fields: tuple[Field, ...]
    dated: str = ""


_KINDS = (
    RecordKind(
        "appointment",
        Appointment,
        (
            Field("Start", "starts_at", "moment"),
            Field("Status", "status"),
            Field("Visit", "is_new_patient", "visit"),
            Field("Booked ahead", "lead_days", "days"),
            Field("Booked by", "channel"),
            Field("Wait", "wait_minutes", "minutes"),
        ),
    ),
    RecordKind(
        "encounter",
        Encounter,
        (
            Field("Started", "started_at", "moment"),
            Field("Status", "status"),
            Field("Setting", "setting"),
            Field("Note signed", "signed_at", "moment"),
        ),
    ),
    RecordKind(
        "invoice",
        Invoice,
        (
            Field("Status", "status"),
            Field("Service", "service_day", "day"),
            Field("Due", "due_day", "day"),
            Field("Total", "total", "money"),
            Field("Open", "balance", "money"),
        ),
    ),
    RecordKind(
        "payment",
        Payment,
        (
            Field("Paid", "paid_at", "moment"),
            Field("Status", "status"),
            Field("Method", "method"),
            Field("Paid amount", "amount", "money"),
        ),
    ),
    RecordKind("expense", Expense, (Field("Category", "category"), Field("Cost", "amount", "money"))),
    RecordKind(
        "claim",
        Claim,
        (
            Field("Insurer", "payer"),
            Field("Status", "status"),
            Field("Submitted", "submitted_day", "day"),
            Field("Decided", "decided_day", "day"),
            Field("Claimed", "amount", "money"),
            Field("Paid", "paid", "money"),
            Field("Denial code", "denial_code"),
        ),
    ),
    RecordKind(
        "survey",
        SurveyAnswer,
        (
            Field("Answered", "answered_at", "moment"),
            Field("Satisfaction, 1 to 5", "satisfaction", "number"),
            Field("Recommends, 0 to 10", "recommend", "number"),
        ),
        dated="Asked",
    ),
    RecordKind("complaint", Complaint, (Field("Category", "category"), Field("Closed", "closed_day", "day"))),
    RecordKind("incident", Incident, (Field("Category", "category"), Field("Severity", "severity"))),
    RecordKind(
        "task",
        Task,
        (
            Field("Kind", "kind"),
            Field("Priority", "priority"),
            Field("Due", "due_day", "day"),
            Field("Done", "done_day", "day"),
        ),
    ),
    RecordKind(
        "shift",
        Shift,
        (
            Field("Begins", "starts_at", "moment"),
            Field("Role", "role"),
            Field("Length", "minutes", "minutes"),
            Field("Absent", "absent", "yes"),
        ),
    ),
    RecordKind("use", ResourceUse, (Field("Begins", "starts_at", "moment"), Field("Length", "minutes", "minutes"))),
    RecordKind(
        "stretch of the diary",
        Availability,
        (
            Field("Begins", "starts_at", "moment"),
            Field("Kind", "kind"),
            Field("Reason", "reason"),
            Field("Length", "minutes", "minutes"),
        ),
    ),
    RecordKind("sample", AccessSample, (Field("Days to the third slot", "days", "number"),)),
    RecordKind("visiting patient", VisitDay, ()),
)
KINDS = {kind.model.__tablename__: kind for kind in _KINDS if kind.model is not None}
UNLISTED = RecordKind("record", None, ())  # derived from several tables: only day and place are known


def kind_of(table: str) -> RecordKind:
    """What the records of a table are and show; tables that are only derived show no fields of their own."""
    return KINDS.get(table, UNLISTED)
