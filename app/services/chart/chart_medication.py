"""A patient's medication: what is taken, how far the supply reaches, the next dose, how many days were covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Integer, SmallInteger, func, literal, select

from app.core.clock import now, today
from app.extensions import db
from app.insights.interactions import Interaction, interactions
from app.models import Dispense, Dose, Drug, Medication, Patient
from app.services.chart.chart_reading import Found, Part, spoken

WINDOW = 180  # days over which adherence is looked at
MISSED_WITHIN = timedelta(days=7)
MEDICINES = Part(
    Medication,
    (Medication.status == "active",),
    (Medication.prescribed_day.desc().nulls_last(), Medication.id),
    beside=Drug,
    by="drug_id",
)
_PRN = "as needed"
_WORDS = {1: "Once daily", 2: "Twice daily", 3: "Three times daily", 4: "Four times daily", 6: "Every 4 hours"}


@dataclass(frozen=True)
class Medicine:
    """A current medication.

    `next_refill`: the last day that the supply reaches. `remaining_doses`: from now to the end of that day, 0 once it
    has passed. `days_covered`: the share of the last 180 days (since the first dispense, where that is later) that the
    dispensed supply reached (PDC). `missed`: doses reported as missed within 7 days. Each is None where nothing is
    recorded that tells it.
    """

    id: UUID
    name: str | None
    substance: str | None
    dosage: str | None
    frequency: str | None
    instruction: str | None
    prescribed: date | None
    prescriber: str | None
    next_refill: date | None
    overdue_days: int | None
    remaining_doses: int | None
    days_covered: float | None
    next_dose: datetime | None
    missed: int | None


@dataclass(frozen=True)
class Supply:
    """A dispense: the first and the last day that it supplies."""

    first: date
    last: date


def medicines_in(found: Sequence[Found], patient: Patient, zone: str) -> tuple[Medicine, ...]:
    """Current medications, the newest prescription first; one statement for what was dispensed and taken."""
    ids = [each.record.id for each in found]
    supplies, missed = _intake(patient, ids) if ids else ({}, {})
    return tuple(_medicine(each, zone, supplies.get(each.record.id, []), missed.get(each.record.id)) for each in found)


def met(medicines: Sequence[Medicine]) -> list[Interaction]:
    """The declared interactions among a patient's medications."""
    return interactions(each.substance for each in medicines)


def _medicine(found: Found, zone: str, supplies: list[Supply], missed: int | None) -> Medicine:
    medication = found.record
    day, until = today(zone), medication.covered_until
    return Medicine(
        id=medication.id,
        name=medication.name or (found.beside and found.beside.name),
        substance=medication.substance,
        dosage=medication.dosage,
        frequency=_frequency(medication),
        instruction=medication.instruction,
        prescribed=medication.prescribed_day,
        prescriber=spoken(found.doctor),
        next_refill=until,
        overdue_days=None if until is None else max(0, (day - until).days),
        remaining_doses=_remaining(medication.doses_per_day, until, day),
        days_covered=days_covered(supplies, day),
        next_dose=next_dose((medication.dose_times or {}).get("times", []), zone, now()),
        missed=missed,
    )


def _frequency(medication: Medication) -> str | None:
    """In words: from the doses a day, else as prescribed."""
    if medication.as_needed:
        return _PRN.capitalize()
    a_day = medication.doses_per_day
    if a_day is None:
        return None
    if a_day in _WORDS:
        return _WORDS[int(a_day)]
    if a_day < 1:
        days = round(1 / a_day)
        return "Once a week" if days == 7 else f"Every {days} days"
    return f"{a_day.normalize():f} times daily"


def _remaining(a_day: Decimal | None, until: date | None, day: date) -> int | None:
    if a_day is None or until is None:
        return None
    return int(max(0, (until - day).days + 1) * a_day)


def days_covered(supplies: Sequence[Supply], day: date) -> float | None:
    """Days that a supply reached, of the 180 before `day` or of those since the first dispense; None without one."""
    if not supplies:
        return None
    start = max(day - timedelta(days=WINDOW), supplies[0].first)
    if start >= day:
        return None
    covered = sum(
        max(0, (min(each.last, day - timedelta(days=1)) - max(each.first, start)).days + 1) for each in supplies
    )
    return min(1.0, covered / (day - start).days)


def next_dose(times: Sequence[str], zone: str, at: datetime) -> datetime | None:
    """The next of the day's dose times on the clinic's wall; None without any."""
    here = at.astimezone(ZoneInfo(zone))
    for ahead in (0, 1):
        for each in sorted(times):
            due = datetime.combine(here.date() + timedelta(days=ahead), time.fromisoformat(each), ZoneInfo(zone))
            if due > at:
                return due
    return None


def _intake(patient: Patient, ids: list[UUID]) -> tuple[dict[UUID, list[Supply]], dict[UUID, int]]:
    """By medication: its supplies, oldest first, and the missed doses of the last days where doses are recorded."""
    dispensed = select(
        Dispense.medication_id, Dispense.runs_out, Dispense.days_supply, literal(None, Integer).label("missed")
    ).where(
        Dispense.organization_id == patient.organization_id,
        Dispense.medication_id.in_(ids),
        Dispense.status == "completed",
        Dispense.runs_out.is_not(None),
        Dispense.days_supply.is_not(None),
    )
    doses = (
        select(
            Dose.medication_id,
            literal(None, Date),
            literal(None, SmallInteger),
            func.count().filter(Dose.status == "missed"),
        )
        .where(
            Dose.organization_id == patient.organization_id,
            Dose.medication_id.in_(ids),
            Dose.due_at.between(now() - MISSED_WITHIN, now()),
        )
        .group_by(Dose.medication_id)
    )
    supplies: dict[UUID, list[Supply]] = {}
    missed: dict[UUID, int] = {}
    for medication_id, last, days, count in db.session.execute(dispensed.union_all(doses)):
        assert medication_id is not None
        if count is None:
            supplies.setdefault(medication_id, []).append(Supply(last - timedelta(days=days - 1), last))
        else:
            missed[medication_id] = count
    return {key: sorted(each, key=lambda supply: supply.last) for key, each in supplies.items()}, missed
