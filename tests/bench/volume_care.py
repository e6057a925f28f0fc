"""The care of a benchmark's volume: what completed visits leave behind, and what patients have and do.

What is open is what is recent (three days of results and messages, weeks of follow-ups and refills), as in a practice
that does its work: its amount grows with the busyness of the days and not with the years behind them.
"""

from tests.bench.volume_ids import NUMBER as _N
from tests.bench.volume_ids import id_from

_VISITS = "FROM appointments WHERE organization_id = :organization AND status = 'completed'"
_OF_VISIT = "clinic_id, patient_id, practitioner_id"
_NOON = "(local_day + time '18:00') AT TIME ZONE 'America/Chicago'"

ENCOUNTERS = f"""INSERT INTO encounters (organization_id, id, {_OF_VISIT}, department_id, appointment_id, status,
        setting,
        starts_at, started_at, ends_at, signed_at, local_day)
    SELECT organization_id, {id_from("0020")}, {_OF_VISIT}, department_id, id, 'finished', 'AMB', starts_at, started_at,
        finished_at, CASE WHEN {_N} % 10 > 0 THEN finished_at + interval '2 hours' END, local_day
    {_VISITS} AND {_N} % 3 = 0"""

SURVEYS = f"""INSERT INTO survey_answers (organization_id, id, {_OF_VISIT}, department_id, appointment_id, asked_day,
        answered_at, satisfaction, recommend)
    SELECT organization_id, {id_from("0021")}, {_OF_VISIT}, department_id, id, local_day, {_NOON}, 3 + {_N} % 3,
        6 + {_N} % 5
    {_VISITS} AND {_N} % 7 = 1"""

MEDICATIONS = f"""INSERT INTO medications (organization_id, id, {_OF_VISIT}, status, reported, substance, doses_per_day,
        units_per_dose, dose_times, prescribed_day, starts_on, supply_days, quantity, refills, covered_until)
    SELECT organization_id, {id_from("0022")}, {_OF_VISIT},
        CASE WHEN local_day > current_date - 95 THEN 'active' ELSE 'completed' END, false,
        (ARRAY['lisinopril', 'metformin', 'atorvastatin', 'amlodipine', 'warfarin', 'omeprazole', 'aspirin',
               'levothyroxine'])[{_N} / 5 % 8 + 1],
        1, 1, '{{"times"\\: ["08\\:00"]}}'::jsonb, local_day, local_day, 90, 90, 2, local_day + 90
    {_VISITS} AND {_N} % 5 = 2"""

DISPENSES = f"""INSERT INTO dispenses (organization_id, id, {_OF_VISIT}, medication_id, status, dispensed_at, local_day,
        quantity, days_supply, runs_out, expected)
    SELECT organization_id, {id_from("0023")}, {_OF_VISIT}, id, 'completed',
        (prescribed_day + time '18:00') AT TIME ZONE 'America/Chicago', prescribed_day, 90, 90, covered_until, true
    FROM medications WHERE organization_id = :organization"""

RESULTS = f"""INSERT INTO results (organization_id, id, {_OF_VISIT}, status, kind, ordered_at, issued_at, local_day,
        turnaround_minutes, abnormal, review, reviewed_at, review_minutes)
    SELECT organization_id, {id_from("0024")}, {_OF_VISIT}, 'final', 'laboratory', starts_at, {_NOON}, local_day, 240,
        {_N} % 6 = 0, CASE WHEN fresh THEN 'pending' ELSE 'reviewed' END,
        CASE WHEN NOT fresh THEN {_NOON} + interval '1 day' END, CASE WHEN NOT fresh THEN 1440 END
    FROM (SELECT *, local_day > current_date - 3 AS fresh {_VISITS} AND {_N} % 5 = 3) visits"""

MESSAGES = f"""INSERT INTO messages (organization_id, id, {_OF_VISIT}, sender, channel, sent_at, local_day, read_at,
        answered_at, answer_minutes)
    SELECT organization_id, {id_from("0025")}, {_OF_VISIT}, 'patient', 'portal', {_NOON}, local_day,
        CASE WHEN NOT fresh THEN {_NOON} + interval '1 day' END,
        CASE WHEN NOT fresh THEN {_NOON} + interval '1 day' END,
        CASE WHEN NOT fresh THEN 1440 END
    FROM (SELECT *, local_day > current_date - 3 AS fresh {_VISITS} AND {_N} % 10 = 4) visits"""

TASKS = f"""INSERT INTO tasks (organization_id, id, {_OF_VISIT}, department_id, kind, priority, created_day, due_day,
        done_at, done_day, contacts)
    SELECT organization_id, {id_from("0026")}, {_OF_VISIT}, department_id, 'follow_up', 'normal', local_day,
        local_day + 30, CASE WHEN done THEN {_NOON} + interval '29 days' END, CASE WHEN done THEN local_day + 29 END, 0
    FROM (SELECT *, local_day <= current_date - 29 AND ({_N} % 4 > 0 OR local_day < current_date - 60) AS done
          {_VISITS} AND {_N} % 8 = 5) visits"""

PRESSURES = f"""INSERT INTO observations (organization_id, id, {_OF_VISIT}, kind, category, status, observed_at,
        local_day,
        systolic, diastolic, unit, hypertensive)
    SELECT organization_id, {id_from("0027")}, {_OF_VISIT}, 'blood_pressure', 'vital_sign', 'final', started_at,
        local_day,
        110 + {_N} % 50, 65 + {_N} % 30, 'mm[Hg]', {_N} % 4 = 0
    {_VISITS} AND {_N} % 3 = 1"""

LOOKS = f"""INSERT INTO audit_events (organization_id, id, seq, at, actor_name, action, object_type, object_id,
        patient_id,
        outcome, details, previous, digest)
    SELECT organization_id, {id_from("0028")}, -row_number() OVER (), starts_at, 'Volume Person',
        'chart.read', 'patient', patient_id, patient_id, 'allowed', '{{}}'::jsonb, '', ''
    {_VISITS} AND {_N} % 4 = 0"""

_PATIENTS = "FROM patients WHERE organization_id = :organization"
CONDITIONS = f"""INSERT INTO conditions (organization_id, id, patient_id, practitioner_id, kind, status, category,
        onset_day,
        recorded_day)
    SELECT organization_id, {id_from("0029")}, id, practitioner_id, 'hypertension', 'active', 'problem', registered_on,
        registered_on
    {_PATIENTS} AND {_N} % 3 = 1"""

ALLERGIES = f"""INSERT INTO allergies (organization_id, id, patient_id, status, category, severity, recorded_day)
    SELECT organization_id, {id_from("002a")}, id, 'active', 'medication', 'severe', registered_on
    {_PATIENTS} AND {_N} % 5 = 1"""

GOALS = f"""INSERT INTO goals (organization_id, id, clinic_id, patient_id, practitioner_id, status, achievement,
        targets,
        starts_on, due_day)
    SELECT organization_id, {id_from("002b")}, home_clinic_id, id, practitioner_id, 'active', 'in_progress',
        '{{"targets"\\: [{{"kind"\\: "systolic", "high"\\: 130}}]}}'::jsonb, registered_on, current_date + 90
    {_PATIENTS} AND {_N} % 4 = 1"""

COVERAGES = f"""INSERT INTO coverages (organization_id, id, patient_id, payer, kind, status, rank, starts_on)
    SELECT organization_id, {id_from("002c")}, id, 'Payer ' || {_N} % 6, 'PPO', 'active', 1,
        registered_on {_PATIENTS}"""

CARE = (
    ENCOUNTERS,
    SURVEYS,
    MEDICATIONS,
    DISPENSES,
    RESULTS,
    MESSAGES,
    TASKS,
    PRESSURES,
    LOOKS,
    CONDITIONS,
    ALLERGIES,
    GOALS,
    COVERAGES,
)
