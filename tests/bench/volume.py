"""Volumes for benchmarks: 20 organizations with any number of appointments, made inside PostgreSQL in minutes.

The rows are plausible, not believable: what counts is how many there are and how they lie. An organization has 4
clinics of 5 departments and 20 doctors and three years of history up to today, whatever the volume, so that more rows
mean busier days, as with a growing group of clinics. What comes of the appointments is in `volume_money` and
`volume_care`, where every dashboard finds what it reads.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from tests.bench.volume_care import CARE
from tests.bench.volume_ids import KINDS, id_of, made_id
from tests.bench.volume_money import MONEY

ORGANIZATIONS = 20
CLINICS = 4
DEPARTMENTS = 5
DOCTORS = 20
TYPES = 6
DAYS = 1095  # up to today
AHEAD = 7  # days from today on that are booked


_ORG = id_of("0000", "0")
_CLINIC = id_of("0001", "n % 4")
_DEPARTMENT = id_of("0002", "n % 20")
_DOCTOR = id_of("0003", "n % 20")
_TYPE = id_of("0008", f"n % {TYPES}")
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
        SELECT {_ORG}, {id_of("0005", "n")}, {_CLINIC}, {_DEPARTMENT}, 'Room ' || n, 'examination', true
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, 39) n""",
    f"""INSERT INTO affiliations (organization_id, id, practitioner_id, clinic_id, department_id, is_primary)
        SELECT {_ORG}, {id_of("0007", "n")}, {_DOCTOR}, {_CLINIC}, {_DEPARTMENT}, true
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, {DOCTORS - 1}) n""",
    f"""INSERT INTO appointment_types (organization_id, id, name, minutes, visit, active)
        SELECT {_ORG}, {_TYPE}, 'Kind ' || n, 30, 'any', true
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, {TYPES - 1}) n""",
    f"""INSERT INTO preparations (organization_id, id, appointment_type_id, audience, position, text)
        SELECT {_ORG}, {id_of("0009", "n")}, {_TYPE}, (ARRAY['patient', 'doctor'])[n / {TYPES} % 2 + 1], 1, 'Bring it'
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, {2 * TYPES - 1}) n""",
    f"""INSERT INTO equipment (organization_id, id, clinic_id, name, kind, status, minutes_a_day)
        SELECT {_ORG}, {id_of("0006", "n")}, {_CLINIC}, 'Device ' || n,
               (ARRAY['ecg', 'ultrasound', 'xray'])[n % 3 + 1], 'in_service', 480
        FROM generate_series(1, {ORGANIZATIONS}) o, generate_series(0, 11) n""",
)

PATIENTS = f"""INSERT INTO patients (organization_id, id, sex, active, registered_on, birth_date, home_clinic_id,
        practitioner_id)
    SELECT {_ORG}, {id_of("0004", "n")}, 'unknown', true, {_DAY}, date '1940-01-01' + ({_HASH} % 29000)::int,
        {_CLINIC}, {_DOCTOR}
    FROM (SELECT CAST(:o AS int) AS o) s, generate_series(0, CAST(:patients AS bigint) - 1) n"""

APPOINTMENTS = f"""INSERT INTO appointments (organization_id, id, clinic_id, department_id, practitioner_id, patient_id,
        appointment_type_id, status, starts_at, ends_at, booked_at, arrived_at, started_at, finished_at, cancelled_at,
        cancelled_by, local_day, local_hour, minutes, wait_minutes, start_delay_minutes, visit_minutes, cycle_minutes,
        lead_days, rescheduled, is_test, unlinked_visit, is_new_patient)
    SELECT {_ORG}, {id_of("0010", "n")}, {_CLINIC}, {_DEPARTMENT}, {_DOCTOR}, {id_of("0004", f"{_HASH} % :patients")},
        {_TYPE}, status, starts, starts + interval '30 min', starts - make_interval(days => lead),
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

BOOKED = f"""INSERT INTO appointments (organization_id, id, clinic_id, department_id, practitioner_id, patient_id,
        appointment_type_id, status, starts_at, ends_at, booked_at, local_day, local_hour, minutes, lead_days,
        rescheduled, is_test, unlinked_visit, is_new_patient)
    SELECT {_ORG}, {id_of("0013", "n")}, {_CLINIC}, {_DEPARTMENT}, {_DOCTOR}, {id_of("0004", f"{_HASH} % :patients")},
        {_TYPE}, 'booked', starts, starts + interval '30 min', now() - interval '9 days', day, hour, 30, 9,
        false, false, false, false
    FROM (SELECT o, n, day, hour, (day + make_time(hour, 0, 0)) AT TIME ZONE 'America/Chicago' AS starts
          FROM (SELECT o, n, current_date + 1 + (n % {AHEAD})::int AS day, 8 + ({_HASH} / 3 % 9)::int AS hour
                FROM (SELECT CAST(:o AS int) AS o) s,
                     generate_series(0, CAST(:rows AS bigint) * {AHEAD} / {DAYS} - 1) n) a) b"""

RECORDS = (PATIENTS, APPOINTMENTS, BOOKED, *MONEY, *CARE)


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

    @property
    def doctor_id(self) -> UUID:
        """Its doctor that benchmarks look at."""
        return made_id(KINDS["doctor"], 1)

    @property
    def patient_id(self) -> UUID:
        """Its patient that benchmarks look at."""
        return made_id(KINDS["patient"], 1)


def fill(connection: Connection, appointments: int) -> Volume:
    """Fills an empty, migrated database as a superuser; foreign keys hold by construction and are not checked.

    Indexes are made once all rows are there: beside millions of rows that takes half the time.
    """
    connection.execute(text("SET session_replication_role = replica"))
    connection.execute(text("SET maintenance_work_mem = '512MB'"))
    indexes = _take_indexes(connection)
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
        for statement in map(text, RECORDS):
            connection.execute(statement, {name: values[name] for name in statement.compile().params})
        connection.commit()
    for index in indexes:
        connection.exec_driver_sql(index)
    connection.commit()
    connection.execute(text("SET session_replication_role = origin"))
    connection.commit()
    return Volume(appointments)


def _take_indexes(connection: Connection) -> list[str]:
    """Drops the plain indexes of the tables that are filled by organization; gives the statements that make them."""
    tables = [statement.split()[2] for statement in RECORDS]
    plain = text(
        """SELECT i.schemaname || '.' || i.indexname, i.indexdef FROM pg_indexes i
           WHERE i.tablename = ANY(:tables) AND NOT EXISTS (SELECT FROM pg_constraint c
               WHERE c.conindid = (i.schemaname || '.' || i.indexname)::regclass)"""
    )
    found = connection.execute(plain, {"tables": tables}).all()
    for name, _ in found:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    return [made for _, made in found]
