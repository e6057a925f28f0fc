"""Volumes for benchmarks: 20 organizations with any number of appointments, made inside PostgreSQL in minutes.

The rows are plausible, not believable: what counts is how many there are and how they lie. An organization has 4
clinics of 5 departments and 20 doctors and three years of history up to today, whatever the volume, so that more rows
mean busier days, as with a growing group of clinics.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

ORGANIZATIONS = 20
CLINICS = 4
DEPARTMENTS = 5
DOCTORS = 20
DAYS = 1095


def made_id(kind: str, organization: int, number: int = 0) -> UUID:
    """The id that the volume gives to a thing: `kind` is four hexadecimal digits."""
    return UUID(f"018f{kind}-0000-7000-8{organization:03x}-{number:012x}")


KINDS = {"organization": "0000", "clinic": "0001", "department": "0002", "doctor": "0003", "patient": "0004"}


def _id(kind: str, number: str) -> str:
    return f"('018f{kind}-0000-7000-8' || lpad(to_hex(o), 3, '0') || '-' || lpad(to_hex({number}), 12, '0'))::uuid"


_ORG = _id("0000", "0")
_CLINIC = _id("0001", "n % 4")
_DEPARTMENT = _id("0002", "n % 20")
_DOCTOR = _id("0003", "n % 20")
_DAY = f"(current_date - {DAYS - 1} + ((n::bigint * {DAYS}) / greatest(:rows, 1))::int)"
_HASH = "abs(hashint8(n * 7919 + o))"

PLACES = (
    f"""INSERT INTO organizations (id, slug, name, zone, currency, locale, week_start, created_at)
        SELECT {_ORG}, 'volume-' || o, 'Volume ' || o, 'America/Chicago', 'USD', 'en_US', 0, now()
        FROM generate_series(1, {ORGANIZATIONS}) o""",
    f"""INSERT INTO clinics (organization_id, id, name, status, zone, opening_hours)
        SELECT {_ORG}, {_CLINIC}, 'Clinic ' || n, 'active', 'America/Chicago',
               '{{"0":[["08:00","17:00"]],"1":[["08:00","17:00"]],"2":[["08:00","17:00"]]}}'::jsonb
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, {CLINICS - 1}) n""",
    f"""INSERT INTO departments (organization_id, id, clinic_id, name)
        SELECT {_ORG}, {_DEPARTMENT}, {_CLINIC}, 'Department ' || n
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, {CLINICS * DEPARTMENTS - 1}) n""",
    f"""INSERT INTO practitioners (organization_id, id, name, prefix, active)
        SELECT {_ORG}, {_DOCTOR}, 'Doctor ' || n, 'Dr.', true
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, {DOCTORS - 1}) n""",
    f"""INSERT INTO rooms (organization_id, id, clinic_id, department_id, name, kind, in_service)
        SELECT {_ORG}, {_id("0005", "n")}, {_CLINIC}, {_DEPARTMENT}, 'Room ' || n, 'examination', true
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, 39) n""",
    f"""INSERT INTO equipment (organization_id, id, clinic_id, name, kind, status, minutes_a_day)
        SELECT {_ORG}, {_id("0006", "n")}, {_CLINIC}, 'Device ' || n,
               (ARRAY['ecg', 'ultrasound', 'xray'])[n % 3 + 1], 'in_service', 480
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, 11) n""",
)

PATIENTS = f"""INSERT INTO patients (organization_id, id, sex, active, registered_on, birth_date)
    SELECT {_ORG}, {_id("0004", "n")}, 'unknown', true, {_DAY}, date '1940-01-01' + ({_HASH} % 29000)::int
    FROM (SELECT CAST(:o AS int) AS o) s, generate_series(0, CAST(:patients AS bigint) - 1) n"""

APPOINTMENTS = f"""INSERT INTO appointments (organization_id, id, clinic_id, department_id, practitioner_id, patient_id,
        status, starts_at, ends_at, booked_at, arrived_at, started_at, finished_at, cancelled_at, cancelled_by,
        local_day, local_hour, minutes, wait_minutes, start_delay_minutes, visit_minutes, cycle_minutes, lead_days,
        rescheduled, is_test, unlinked_visit, is_new_patient)
    SELECT {_ORG}, {_id("0010", "n")}, {_CLINIC}, {_DEPARTMENT}, {_DOCTOR}, {_id("0004", f"{_HASH} % :patients")},
        status, starts, starts + interval '30 min', starts - make_interval(days => lead),
        CASE WHEN done THEN starts - interval '5 min' END, CASE WHEN done THEN starts + make_interval(mins => wait) END,
        CASE WHEN done THEN starts + make_interval(mins => wait + 20) END,
        CASE WHEN status = 'cancelled' THEN starts - interval '2 days' END,
        CASE WHEN status = 'cancelled' THEN 'patient' END,
        day, hour, 30, CASE WHEN done THEN wait END, CASE WHEN done THEN wait END, CASE WHEN done THEN 20 END,
        CASE WHEN done THEN wait + 25 END, lead, false, false, false, h % 9 = 0
    FROM (SELECT o, n, h, day, hour, h % 40 AS wait, h % 30 AS lead, status, status = 'completed' AS done,
                 ((day + make_time(hour, (h / 7 % 60)::int, 0)) AT TIME ZONE 'America/Chicago') AS starts
          FROM (SELECT o, n, {_HASH} AS h, {_DAY} AS day, 8 + ({_HASH} / 3 % 9)::int AS hour,
                       CASE WHEN {_HASH} % 100 < 84 THEN 'completed' WHEN {_HASH} % 100 < 93 THEN 'cancelled'
                            ELSE 'no_show' END AS status
                FROM (SELECT CAST(:o AS int) AS o) s, generate_series(0, CAST(:rows AS bigint) - 1) n) a) b"""

INVOICES = f"""INSERT INTO invoices (organization_id, id, clinic_id, department_id, practitioner_id, patient_id,
        appointment_id, status, service_day, issue_day, due_day, total, discount, tax, adjusted, paid, balance)
    SELECT {_ORG}, {_id("0011", "n")}, {_CLINIC}, {_DEPARTMENT}, {_DOCTOR}, {_id("0004", f"{_HASH} % :patients")},
        {_id("0010", "n")}, CASE WHEN open THEN 'issued' ELSE 'paid' END, {_DAY}, {_DAY}, {_DAY} + 30, total, 0, 0, 0,
        CASE WHEN open THEN 0 ELSE total END, CASE WHEN open THEN total ELSE 0 END
    FROM (SELECT CAST(:o AS int) AS o, n, 60 + n % 240 AS total, {_DAY} > current_date - 60 AND n % 3 = 0 AS open
          FROM (SELECT CAST(:o AS int) AS o) s, generate_series(0, CAST(:rows AS bigint) - 1) n) a
    WHERE {_HASH} % 100 < 84"""

PAYMENTS = """INSERT INTO payments (organization_id, id, clinic_id, department_id, practitioner_id, patient_id,
        invoice_id, status, method, paid_at, local_day, amount)
    SELECT organization_id, ('018f0012' || substr(id::text, 9))::uuid, clinic_id, department_id, practitioner_id,
        patient_id, id, 'settled', (ARRAY['insurance', 'insurance', 'card', 'cash'])[total::int % 4 + 1],
        (issue_day + time '12:00') AT TIME ZONE 'America/Chicago', issue_day, paid
    FROM invoices WHERE organization_id = :organization AND paid > 0"""


@dataclass(frozen=True)
class Volume:
    """How much was made."""

    appointments: int
    organizations: int = ORGANIZATIONS

    @property
    def organization_id(self) -> UUID:
        """The organization that benchmarks look at."""
        return made_id(KINDS["organization"], 1)

    @property
    def clinic_id(self) -> UUID:
        """Its clinic that benchmarks look at."""
        return made_id(KINDS["clinic"], 1)


def fill(connection: Connection, appointments: int) -> Volume:
    """Fills an empty, migrated database as a superuser; foreign keys hold by construction and are not checked."""
    connection.execute(text("SET session_replication_role = replica"))
    for statement in PLACES:
        connection.execute(text(statement.replace(":", "\\:")))
    rows = appointments // ORGANIZATIONS
    for organization in range(1, ORGANIZATIONS + 1):
        values = {
            "o": organization,
            "organization": made_id(KINDS["organization"], organization),
            "rows": rows,
            "patients": max(rows // 12, 1),
        }
        for statement in map(text, (PATIENTS, APPOINTMENTS, INVOICES, PAYMENTS)):
            connection.execute(statement, {name: values[name] for name in statement.compile().params})
    connection.commit()
    connection.execute(text("SET session_replication_role = origin"))
    connection.commit()
    return Volume(appointments)
