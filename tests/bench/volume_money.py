"""The money of a benchmark's volume: invoices of completed visits, payments and failed ones, claims, reminders."""

from tests.bench.volume_ids import NUMBER, id_from

INVOICES = f"""INSERT INTO invoices (organization_id, id, clinic_id, department_id, practitioner_id, patient_id,
        appointment_id, number, status, service_day, issue_day, due_day, total, discount, tax, adjusted, paid, balance,
        automatic, sent_day, sent_automatically)
    SELECT organization_id, {id_from("0011")}, clinic_id, department_id, practitioner_id, patient_id, id, 'N' || total,
        CASE WHEN open THEN 'issued' ELSE 'paid' END, local_day, local_day, local_day + 30, total, 0, 0, 0,
        CASE WHEN open THEN 0 ELSE total END, CASE WHEN open THEN total ELSE 0 END, total % 5 > 0, local_day,
        total % 7 > 0
    FROM (SELECT *, 60 + {NUMBER} % 240 AS total, local_day > current_date - 60 AND local_hour % 3 = 0 AS open
          FROM appointments WHERE organization_id = :organization AND status = 'completed') visits"""

PAYMENTS = f"""INSERT INTO payments (organization_id, id, clinic_id, department_id, practitioner_id, patient_id,
        invoice_id, status, method, paid_at, local_day, invoiced_day, amount)
    SELECT organization_id, {id_from("0012")}, clinic_id, department_id, practitioner_id, patient_id, id, 'settled',
        (ARRAY['insurance', 'insurance', 'card', 'cash'])[total::int % 4 + 1],
        (issue_day + time '12:00') AT TIME ZONE 'America/Chicago', issue_day, issue_day, paid
    FROM invoices WHERE organization_id = :organization AND paid > 0"""

FAILED = f"""INSERT INTO payments (organization_id, id, clinic_id, department_id, practitioner_id, patient_id,
        invoice_id, status, method, paid_at, local_day, invoiced_day, amount, failure)
    SELECT organization_id, {id_from("0014")}, clinic_id, department_id, practitioner_id, patient_id, invoice_id,
        'failed', 'card', paid_at - interval '1 hour', local_day, invoiced_day, amount,
        (ARRAY['insufficient_funds', 'expired_card', 'declined'])[amount::int % 3 + 1]
    FROM payments WHERE organization_id = :organization AND amount::int % 40 = 7"""

CLAIMS = f"""INSERT INTO claims (organization_id, id, clinic_id, department_id, practitioner_id, patient_id, invoice_id,
        payer, status, submitted_day, amount, clean, decided_day, final_day, first_outcome, paid, denied, denial_code)
    SELECT organization_id, {id_from("0015")}, clinic_id, department_id, practitioner_id, patient_id, id,
        'Payer ' || total::int % 6, state, issue_day, total, total % 9 > 0, decided, decided,
        CASE WHEN decided IS NOT NULL THEN state END, CASE WHEN state = 'paid' THEN total END,
        CASE WHEN state = 'denied' THEN total END,
        CASE WHEN state = 'denied' THEN (ARRAY['16', '29', '50', '97'])[total::int % 4 + 1] END
    FROM (SELECT *, CASE WHEN issue_day > current_date - 8 THEN 'pending' WHEN total::int % 14 = 3 THEN 'denied'
                         ELSE 'paid' END AS state,
                 CASE WHEN issue_day <= current_date - 8 THEN issue_day + 7 END AS decided
          FROM invoices WHERE organization_id = :organization AND total::int % 2 = 1) submitted"""

REMINDERS = f"""INSERT INTO invoice_reminders (organization_id, id, clinic_id, department_id, practitioner_id,
        patient_id,
        invoice_id, channel, sent_day, judged_day, answered_day, automatic)
    SELECT organization_id, {id_from("0016")}, clinic_id, department_id, practitioner_id, patient_id, id, 'email',
        issue_day + 20, issue_day + 34, CASE WHEN total::int % 3 > 0 THEN issue_day + 25 END, true
    FROM invoices WHERE organization_id = :organization AND total::int % 12 = 5 AND issue_day + 20 <= current_date"""

MONEY = (INVOICES, PAYMENTS, FAILED, CLAIMS, REMINDERS)
