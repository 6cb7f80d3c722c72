-- Write a signal, its contact, its case, the opening step, the decision, the ledger entry and the
-- outbox in one call, which is one transaction. A repeated idempotency key writes nothing and gives false.
-- A function of the tables' owner, so that row-level security asks nothing about rows that are only
-- written, and no scope need be told; plpgsql keeps the plans. Called with one JSON text instead of
-- forty parameters. Statement after statement: as one WITH of nine inserts the same rows took the
-- server a tenth longer. Migrations create it from this file; a test holds the two together.
-- Parameters: given (JSON; names and types in `jsonb_to_record`; instants UTC, dates local,
--   contact sealed and in hex, ledger_body canonical JSON text)
-- Columns: whether the signal is new.
-- Index relied on: intake_signal_key_once (unique), the primary keys.
CREATE OR REPLACE FUNCTION triage_take_signal(given jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    new record;
BEGIN
    SELECT * INTO new FROM jsonb_to_record(given) AS fields (
        signal_id uuid, case_id uuid, code text, channel text, text text, stated_matter text,
        place_id bigint, place_path ltree, place_text text, lon float8, lat float8,
        at timestamptz, sender text, idempotency_key text, body_digest text, external_ref text,
        contact bytea, erase_after_date date, procedure_version smallint, state text,
        matter_id bigint, level text, unit_id bigint, desk_id bigint, department text,
        title text, needs_person boolean, opened_date date, due_at timestamptz,
        amber_at timestamptz, close_due_at timestamptz, close_amber_at timestamptz,
        update_due_at timestamptz,
        actor_kind text, actor_id uuid, step_data jsonb, classifier_id bigint,
        confidence float8, reason jsonb, photos uuid[], ledger_body text
    );

    INSERT INTO intake_signal (
        id, code, channel, text, stated_matter, place_id, place_text, lon, lat, received_at,
        sender, idempotency_key, body_digest, external_ref
    ) VALUES (
        new.signal_id, new.code, new.channel, new.text, new.stated_matter, new.place_id,
        new.place_text, new.lon, new.lat, new.at, new.sender, new.idempotency_key,
        new.body_digest, new.external_ref
    ) ON CONFLICT (sender, idempotency_key) DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    IF new.contact IS NOT NULL THEN
        INSERT INTO intake_contact (signal_id, sealed, erase_after_date)
        VALUES (new.signal_id, new.contact, new.erase_after_date);
    END IF;

    INSERT INTO cases_case (
        id, code, procedure_version, state, matter_id, level, place_id, place_path, unit_id,
        desk_id, departments, responders, title, lon, lat, needs_person, opened_at, opened_date,
        accepted_at, closed_at, closed_date, due_at, amber_at, close_due_at, close_amber_at,
        response_due_at, update_due_at, outcome, card, extension_count, extension_asked_by,
        reopen_count, seq, last_at
    ) VALUES (
        new.case_id, new.code, new.procedure_version, new.state, new.matter_id, new.level,
        new.place_id, new.place_path, new.unit_id, new.desk_id, ARRAY[new.department], '{}',
        new.title, new.lon, new.lat, new.needs_person, new.at, new.opened_date,
        NULL, NULL, NULL, new.due_at, new.amber_at, new.close_due_at, new.close_amber_at,
        new.due_at, new.update_due_at, '', '', 0, NULL, 0, 1, new.at
    );
    INSERT INTO cases_casesignal (signal_id, case_id, joined_at)
    VALUES (new.signal_id, new.case_id, new.at);
    INSERT INTO cases_step (
        case_id, seq, move, from_state, to_state, at, actor_kind, actor_id, actor_role, note,
        data, tells_reporter
    ) VALUES (
        new.case_id, 1, 'open', '', new.state, new.at, new.actor_kind, new.actor_id, '', '',
        new.step_data, true
    );
    INSERT INTO triage_decision (
        signal_id, case_id, matter_id, unit_id, classifier_id, confidence, needs_person, reason,
        decided_at
    ) VALUES (
        new.signal_id, new.case_id, new.matter_id, new.unit_id, new.classifier_id, new.confidence,
        new.needs_person, new.reason, new.at
    );
    IF cardinality(new.photos) > 0 THEN
        INSERT INTO cases_casephoto (document_id, case_id, seq)
        SELECT document_id, new.case_id, 1 FROM unnest(new.photos) AS document_id;
    END IF;

    INSERT INTO ledger_entry (about_kind, about_id, what, at, body)
    VALUES ('case', new.case_id::text, 'case.opened', new.at, new.ledger_body);
    INSERT INTO cases_untold (case_id) VALUES (new.case_id);
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION triage_take_signal(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION triage_take_signal(jsonb) TO anlan_app;
