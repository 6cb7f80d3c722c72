-- Write offers to those of them who are on duty at this instant; nobody off duty gets one, whatever was
-- true when they were chosen: the duty and its shifts are asked here, in the statement that writes. A duty
-- that is just being ended or planned is waited for (FOR SHARE).
-- Parameters: offers (jsonb: [{id, duty_id, due_at, rung, wanted_role, wanted_department, ack_minutes,
--   arrive_minutes, follows_id}, …]), case_id, version, at (UTC instant), at_date (local date at the place),
--   asked_by (uuid or null), note, card.
-- Columns: id of each offer that was written.
-- Index relied on: primary keys, people_shift_duty_ends.
WITH asked AS (
    SELECT offer.*, duty.person_id, duty.role
    FROM jsonb_to_recordset(%(offers)s) AS offer (
        id uuid, duty_id bigint, due_at timestamptz, rung text, wanted_role text,
        wanted_department text, ack_minutes integer, arrive_minutes integer, follows_id uuid
    )
    JOIN people_duty AS duty ON duty.id = offer.duty_id
    JOIN people_person AS person ON person.id = duty.person_id AND person.is_active
    WHERE duty.from_date <= %(at_date)s
      AND (duty.until_date IS NULL OR duty.until_date > %(at_date)s)
      AND (SELECT shift.is_on_duty FROM people_shift_at(duty.id, %(at)s) AS shift)
    FOR SHARE OF duty
)
INSERT INTO dispatch_dispatch (
    id, case_id, duty_id, person_id, role, procedure_version, state, asked_at, asked_by, due_at,
    follow_at, note, is_overdue_told, rung, wanted_role, wanted_department, card, ack_minutes,
    arrive_minutes, follows_id
)
SELECT id, %(case_id)s, duty_id, person_id, role, %(version)s, 'OFFERED', %(at)s, %(asked_by)s, due_at,
    due_at, %(note)s, false, rung, wanted_role, wanted_department, %(card)s, ack_minutes,
    arrive_minutes, follows_id
FROM asked
RETURNING id
