-- Write a signal, its contact, its case, the opening step, the decision, the ledger entry and the
-- outbox in one statement. A repeated idempotency key writes nothing and gives false.
-- A function of the tables' owner, so that row-level security asks nothing about rows that are only
-- written, and no scope need be told; plpgsql keeps the plan. Called with one JSON text instead of
-- forty parameters. Migrations create it from this file; a test holds the two together.
-- Parameters: given (JSON; names and types in `jsonb_to_record`; instants UTC, dates local,
--   contact sealed and in hex, ledger_body canonical JSON text)
-- Columns: whether the signal is new.
-- Index relied on: intake_signal_key_once (unique), the primary keys.
CREATE OR REPLACE FUNCTION triage_take_signal(given jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    is_new boolean;
BEGIN
    WITH written AS MATERIALIZED (
        SELECT * FROM jsonb_to_record(given) AS fields (
            signal_id uuid, case_id uuid, code text, channel text, text text, stated_matter text,
            place_id bigint, place_path ltree, place_text text, lon float8, lat float8,
            at timestamptz, sender text, idempotency_key text, body_digest text, external_ref text,
            contact bytea, erase_after_date date, procedure_version smallint, state text,
            matter_id bigint, level text, unit_id bigint, desk_id bigint, department text,
            title text, needs_person boolean, opened_date date, due_at timestamptz,
            amber_at timestamptz, close_due_at timestamptz, close_amber_at timestamptz,
            actor_kind text, actor_id uuid, step_data jsonb, classifier_id bigint,
            confidence float8, reason jsonb, photos uuid[], ledger_body text
        )
    ), signal AS (
        INSERT INTO intake_signal (
            id, code, channel, text, stated_matter, place_id, place_text, lon, lat, received_at,
            sender, idempotency_key, body_digest, external_ref
        )
        SELECT signal_id, code, channel, text, stated_matter, place_id, place_text, lon, lat, at,
            sender, idempotency_key, body_digest, external_ref
        FROM written
        ON CONFLICT (sender, idempotency_key) DO NOTHING
        RETURNING id
    ), new AS MATERIALIZED (
        SELECT written.* FROM written, signal
    ), contact AS (
        INSERT INTO intake_contact (signal_id, sealed, erase_after_date)
        SELECT signal_id, new.contact, erase_after_date FROM new WHERE new.contact IS NOT NULL
    ), opened AS (
        INSERT INTO cases_case (
            id, code, procedure_version, state, matter_id, level, place_id, place_path, unit_id,
            desk_id, departments, responders, title, lon, lat, needs_person, opened_at, opened_date,
            accepted_at, closed_at, closed_date, due_at, amber_at, close_due_at, close_amber_at,
            told_light, outcome, card, extension_count, extension_asked_by, reopen_count, seq, last_at
        )
        SELECT case_id, code, procedure_version, state, matter_id, level, place_id, place_path,
            unit_id, desk_id, ARRAY[department], '{}', title, lon, lat, needs_person, at, opened_date,
            NULL, NULL, NULL, due_at, amber_at, close_due_at, close_amber_at,
            '', '', '', 0, NULL, 0, 1, at
        FROM new
    ), link AS (
        INSERT INTO cases_casesignal (signal_id, case_id, joined_at)
        SELECT signal_id, case_id, at FROM new
    ), step AS (
        INSERT INTO cases_step (
            case_id, seq, move, from_state, to_state, at, actor_kind, actor_id, actor_role, note,
            data, tells_reporter
        )
        SELECT case_id, 1, 'open', '', state, at, actor_kind, actor_id, '', '', step_data, true
        FROM new
    ), decision AS (
        INSERT INTO triage_decision (
            signal_id, case_id, matter_id, unit_id, classifier_id, confidence, needs_person, reason,
            decided_at
        )
        SELECT signal_id, case_id, matter_id, unit_id, classifier_id, confidence, needs_person,
            reason, at
        FROM new
    ), photo AS (
        INSERT INTO cases_casephoto (document_id, case_id, seq)
        SELECT document_id, case_id, 1 FROM new, unnest(photos) AS document_id
    ), entry AS (
        INSERT INTO ledger_entry (about_kind, about_id, what, at, body)
        SELECT 'case', case_id::text, 'case.opened', at, ledger_body FROM new
    ), outbox AS (
        INSERT INTO cases_untold (case_id) SELECT case_id FROM new
    )
    SELECT count(*) > 0 INTO is_new FROM new;
    RETURN is_new;
END $$;

REVOKE ALL ON FUNCTION triage_take_signal(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION triage_take_signal(jsonb) TO anlan_app;
