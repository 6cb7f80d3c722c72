-- Write a signal, its contact, its case, the opening step, the decision, the ledger entry and the
-- jobs that follow in one statement. A repeated idempotency key writes nothing and returns no row.
-- Parameters: signal_*, contact_* (sealed bytes or null), case_* (instants UTC, dates local),
--   step_data and reason (JSON text), ledger_body (canonical JSON text), photos (uuid[]),
--   jobs (JSON text: queue, task, priority, lock, args of each)
-- Columns: case_id (uuid).
-- Index relied on: intake_signal_key_once (unique), the primary keys.
WITH signal AS (
    INSERT INTO intake_signal (
        id, code, channel, text, stated_matter, place_id, place_text, lon, lat, received_at,
        sender, idempotency_key, body_digest, external_ref
    ) VALUES (
        %(signal_id)s, %(code)s, %(channel)s, %(text)s, %(stated_matter)s, %(place_id)s,
        %(place_text)s, %(lon)s, %(lat)s, %(at)s, %(sender)s, %(idempotency_key)s,
        %(body_digest)s, %(external_ref)s
    )
    ON CONFLICT (sender, idempotency_key) DO NOTHING
    RETURNING id
), contact AS (
    INSERT INTO intake_contact (signal_id, sealed, erase_after_date)
    SELECT id, %(contact)s::bytea, %(erase_after_date)s::date FROM signal
    WHERE %(contact)s::bytea IS NOT NULL
), opened AS (
    INSERT INTO cases_case (
        id, code, procedure_version, state, matter_id, level, place_id, place_path, unit_id,
        desk_id, departments, responders, title, lon, lat, needs_person, opened_at, opened_date, accepted_at,
        closed_at, closed_date, due_at, amber_at, close_due_at, close_amber_at, told_light, outcome,
        card, extension_count, extension_asked_by, reopen_count, seq, last_at
    )
    SELECT
        %(case_id)s::uuid, %(code)s, %(procedure_version)s, %(state)s, %(matter_id)s, %(level)s,
        %(place_id)s, %(place_path)s::ltree, %(unit_id)s, %(desk_id)s, ARRAY[%(department)s]::varchar[], '{}',
        %(title)s, %(lon)s::float8, %(lat)s::float8, %(needs_person)s, %(at)s, %(opened_date)s::date,
        NULL, NULL, NULL, %(due_at)s::timestamptz, %(amber_at)s::timestamptz,
        %(close_due_at)s::timestamptz, %(close_amber_at)s::timestamptz, '', '', '', 0, NULL, 0, 1,
        %(at)s
    FROM signal
    RETURNING id
), link AS (
    INSERT INTO cases_casesignal (signal_id, case_id, joined_at)
    SELECT signal.id, opened.id, %(at)s FROM signal, opened
), step AS (
    INSERT INTO cases_step (
        case_id, seq, move, from_state, to_state, at, actor_kind, actor_id, actor_role, note, data,
        tells_reporter
    )
    SELECT id, 1, 'open', '', %(state)s, %(at)s, %(actor_kind)s, %(actor_id)s::uuid, '', '',
        %(step_data)s::jsonb, true
    FROM opened
), decision AS (
    INSERT INTO triage_decision (
        signal_id, case_id, matter_id, unit_id, classifier_id, confidence, needs_person, reason,
        decided_at
    )
    SELECT signal.id, opened.id, %(matter_id)s, %(unit_id)s, %(classifier_id)s::bigint,
        %(confidence)s, %(needs_person)s, %(reason)s::jsonb, %(at)s
    FROM signal, opened
), photo AS (
    INSERT INTO cases_casephoto (document_id, case_id, seq)
    SELECT document_id, opened.id, 1
    FROM opened, unnest(%(photos)s::uuid[]) AS document_id
), entry AS (
    INSERT INTO ledger_entry (about_kind, about_id, what, at, body)
    SELECT 'case', id::text, 'case.opened', %(at)s, %(ledger_body)s FROM opened
), outbox AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)
    SELECT job.queue, job.task, job.priority, job.lock, job.args
    FROM opened, jsonb_to_recordset(%(jobs)s::jsonb)
        AS job (queue text, task text, priority integer, lock text, args jsonb)
)
SELECT id AS case_id FROM opened
