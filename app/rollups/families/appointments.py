"""Appointments on the day they are booked for, and the patients seen."""

from sqlalchemy import and_, case, func, literal
from sqlalchemy.types import SmallInteger

from app.models.appointments import Appointment as A
from app.models.facts import VisitDay as V
from app.rollups.family import FIRST_VISIT, Column, Distinct, Family, Measure, Outcome, Spread, family
from app.rollups.people import demographics

LATE_NOTICE_HOURS = 24
ON_TIME_MINUTES = 15
RETURN_DAYS = 180

_cancelled = A.status == "cancelled"

# How far ahead a visit was booked.
lead = case(
    (A.lead_days.is_(None), None),
    (A.lead_days < 1, "0 days"),
    (A.lead_days < 7, "1 to 6 days"),
    (A.lead_days < 14, "7 to 13 days"),
    (A.lead_days < 28, "14 to 27 days"),
    else_="28 days and more",
)

# Each appointment has one outcome, so that booked less those left out is what was counted.
outcome = case(
    (A.is_test, "test"),
    (and_(_cancelled, A.rescheduled), "moved"),
    (and_(_cancelled, A.cancelled_by == "clinic"), "by_clinic"),
    (and_(_cancelled, A.cancelled_notice_hours < LATE_NOTICE_HOURS), "late_cancelled"),
    (_cancelled, "cancelled"),
    (A.status == "booked", "booked_open"),
    else_=A.status,
)
real = A.is_test.is_(False)
seen = and_(real, A.status.in_(("arrived", "started", "completed")))
held = and_(real, A.status != "cancelled")
is_visit = and_(real, A.status == "completed", A.patient_id.is_not(None))


def _outcome(name: str, label: str, why: str, doubtful: bool = False) -> Outcome:
    return Outcome(name, label, where=outcome == name, why=why, doubtful=doubtful)


APPOINTMENTS = family(
    A,
    "appointments",
    A.local_day,
    "The clinic's local date of the planned start.",
    label="booked visits",
    at=A.starts_at,
    dimensions={
        "type": A.appointment_type_id,
        "channel": A.channel,
        "hour": A.local_hour,
        "visit_kind": case((A.is_new_patient.is_(True), "new"), (A.is_new_patient.is_(False), "return")),
        "status": A.status,
        "lead": lead,
        **demographics(A.organization_id, A.patient_id, A.local_day),
    },
    kept=("hour", "type"),
    measures=(
        Measure("booked", "booked"),
        _outcome("completed", "Completed", "counted as seen"),
        _outcome("started", "In a room", "the visit is not over yet"),
        _outcome("arrived", "Waiting", "the visit has not begun yet"),
        _outcome("no_show", "No-show", "the patient did not come and gave no notice"),
        _outcome("late_cancelled", "Cancelled by the patient less than 24 h before", "counted as late cancellations"),
        _outcome("cancelled", "Cancelled by the patient, 24 h or more before", "there was time to refill the slot"),
        _outcome("moved", "Moved to another time", "counted on the new day"),
        _outcome("by_clinic", "Cancelled by the clinic", "not the patient's doing"),
        _outcome("booked_open", "No outcome yet", "to come, or the outcome was not entered"),
        _outcome("unknown", "Outcome not recorded", "the source knows no outcome", doubtful=True),
        _outcome("test", "Test bookings", "marked as test in the source"),
        Measure("booked_minutes", "booked minutes", of=A.minutes, where=held, minutes=True),
        Measure("seen_minutes", "minutes of patients who came", of=A.minutes, where=seen, minutes=True),
        Measure("wait_n", "visits with both stamps", where=and_(seen, A.wait_minutes.is_not(None))),
        Measure("wait_sum", "minutes waited", of=A.wait_minutes, where=seen, minutes=True),
        Measure("wait_long", "waits over 30 minutes", where=and_(seen, A.wait_minutes > 30)),
        Measure("begun", "visits with a recorded start", where=and_(seen, A.start_delay_minutes.is_not(None))),
        Measure("on_time", "visits begun on time", where=and_(seen, A.start_delay_minutes <= ON_TIME_MINUTES)),
        Measure("cycle_n", "visits with arrival and departure", where=and_(seen, A.cycle_minutes.is_not(None))),
        Measure("cycle_sum", "minutes from arrival to departure", of=A.cycle_minutes, where=seen, minutes=True),
        Measure("visit_n", "visits with start and end", where=and_(seen, A.visit_minutes.is_not(None))),
        Measure("visit_sum", "minutes with the clinician", of=A.visit_minutes, where=seen, minutes=True),
        Measure("lead_n", "bookings with a booking date", where=and_(real, A.lead_days.is_not(None))),
        Measure("lead_sum", "days from booking to visit", of=A.lead_days, where=real),
        Measure("online", "booked online", where=and_(real, A.channel == "online")),
        Measure("channel_n", "bookings with a known channel", where=and_(real, A.channel.is_not(None))),
        Measure("new_kind", "visits of new patients", where=and_(seen, A.is_new_patient.is_(True))),
        Measure("kind_n", "visits with a known kind", where=and_(seen, A.is_new_patient.is_not(None))),
    ),
    spreads=(
        Spread("wait", "minutes waited", A.wait_minutes, where=seen),
        Spread("cycle", "minutes from arrival to departure", A.cycle_minutes, where=seen),
        Spread("visit", "minutes with the clinician", A.visit_minutes, where=seen),
        Spread("lead", "days from booking to visit", A.lead_days, where=real),
    ),
)


def _gap(name: str, label: str, previous: Column) -> Spread:
    days = func.least(V.day - previous, FIRST_VISIT).cast(SmallInteger)
    return Spread(name, label, case((previous.is_(None), literal(FIRST_VISIT, SmallInteger)), else_=days))


_gaps = {
    "organization": _gap("gap_org", "days since the last visit anywhere", V.prev_org),
    "clinic": _gap("gap_clinic", "days since the last visit in the clinic", V.prev_clinic),
    "doctor": _gap("gap_doctor", "days since the last visit with the doctor", V.prev_doctor),
    "doctor_anywhere": _gap(
        "gap_doctor_anywhere", "days since the last visit with the doctor in any clinic", V.prev_doctor_anywhere
    ),
}

PATIENTS = Family(
    key="patients",
    label="patients seen",
    basis="The clinic's local date of a completed visit.",
    rows=V.__table__,
    organization=V.organization_id,
    id=V.patient_id,
    day=V.day,
    clinic=V.clinic_id,
    practitioner=V.practitioner_id,
    patient=V.patient_id,
    feed="appointments",
    dimensions=demographics(V.organization_id, V.patient_id, V.day),
    measures=(
        Measure("visits", "completed visits of known patients", of=V.visits),
        Measure("patient_days", "patients seen, each day and doctor counted"),
        Measure("first", "patients seen for the first time", where=V.prev_org.is_(None)),
        Measure("new_36", "no visit in 36 months", where=func.coalesce(V.day - V.prev_org, FIRST_VISIT) > 3 * 365),
        Measure("again", "visits to a doctor seen before", where=V.prev_doctor.is_not(None)),
        Measure("known", "visits of patients seen before", where=V.prev_org.is_not(None)),
    ),
    spreads=tuple(_gaps.values()),
    distincts=(Distinct("patients", "different patients", V.patient_id, V.visits > 0, _gaps, "patient_days"),),
)

RETURNS = Family(
    key="returns",
    label="visits whose 180 days are over",
    basis=f"{RETURN_DAYS} days after the visit: the day on which it is known whether the patient came back.",
    rows=V.__table__,
    organization=V.organization_id,
    id=V.patient_id,
    day=V.day,
    lag=RETURN_DAYS,
    clinic=V.clinic_id,
    practitioner=V.practitioner_id,
    patient=V.patient_id,
    feed="appointments",
    dimensions=demographics(V.organization_id, V.patient_id, V.day),
    measures=(
        Measure("seen", "visits 180 days before"),
        Measure("returned", "followed by another within 180 days", where=V.next_org <= V.day + RETURN_DAYS),
    ),
)
FAMILIES = (APPOINTMENTS, PATIENTS, RETURNS)
