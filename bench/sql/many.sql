-- Purpose: make the cases numbered `first` up to `until` (excluded) with all that belongs to them, as
--   the product itself would have left them: states by age, steps that lead there, decisions, ledger
--   entries in the order of the steps. Statements end with a semicolon at the end of a line.
-- Parameters: first, until, seed (whole numbers); at (UTC instant of "now"); lived_from (UTC: what was
--   opened before came by file import); slot_low, slots (the span of slots to open in); spots, texts
--   (rows of the tables below); desk_person, field_person (uuid); zone (time zone's name)
-- Temporary tables relied on: many_slot, many_clock, many_spot, many_text, many_route, many_rule (bench/many.py).
-- Triggers and constraints stay on: the roll-up's deltas are written by them.
DROP TABLE IF EXISTS many_case;

CREATE TEMP TABLE many_case AS
WITH drawn AS MATERIALIZED (
    SELECT n,
        pg_temp.chance(n, %(seed)s + 1) AS kind,
        600 - ln(1 - pg_temp.chance(n, %(seed)s + 2)) * 103680 AS seconds,
        CASE WHEN pg_temp.chance(n, %(seed)s + 3) < 0.004
            THEN floor(pg_temp.chance(n, %(seed)s + 4) * 6)::integer ELSE 6 END AS may_reach,
        pg_temp.chance(n, %(seed)s + 5) AS way,
        pg_temp.chance(n, %(seed)s + 6) AS doubt,
        md5(%(seed)s || ':' || n) AS hex,
        (%(slot_low)s + (n - %(first)s) * %(slots)s / (%(until)s - %(first)s))::integer AS slot,
        floor(pg_temp.chance(n, %(seed)s + 7) * %(spots)s)::integer AS spot,
        floor(pg_temp.chance(n, %(seed)s + 8) * %(texts)s)::integer AS text_number
    FROM generate_series(%(first)s::bigint, %(until)s::bigint - 1) AS n
), placed AS (
    SELECT d.*, s.opened_at, s.opened_date,
        s.opened_at < %(lived_from)s AS is_imported,
        p.place_id, p.path, p.place_code, p.lon, p.lat,
        t.text || '(第' || d.n || '号)' AS text, t.matter_id, t.matter, t.level,
        r.unit_id, r.unit_department, r.desk_id, r.route_by, r.department,
        c.ack_amber_at, c.ack_due_at, c.update_due_at, c.close_amber_at, c.close_due_at
    FROM drawn AS d
    JOIN many_slot AS s ON s.n = d.slot
    JOIN many_spot AS p ON p.n = d.spot
    JOIN many_text AS t ON t.n = d.text_number
    JOIN many_clock AS c ON c.slot = d.slot AND c.level = t.level
    JOIN many_route AS r ON r.place_id = p.place_id AND r.department = t.department
), reached AS MATERIALIZED (
    SELECT p.*,
        ARRAY(
            SELECT date_trunc('second', p.opened_at + p.seconds * share * interval '1 second')
            FROM unnest(ARRAY[0.05, 0.1, 0.25, 0.8, 0.9, 1.0]) AS share
        ) AS instants
    FROM placed AS p
), staged AS (
    SELECT r.*,
        CASE WHEN r.is_imported THEN (r.may_reach = 6)::integer * 6
            ELSE least(r.may_reach, (SELECT count(*) FROM unnest(r.instants) AS i WHERE i <= %(at)s))
        END::integer AS stage,
        CASE WHEN r.is_imported THEN 'FILE' WHEN r.kind < 0.02 THEN 'DECLINED'
            WHEN r.kind < 0.03 THEN 'OFFLINE' ELSE 'USUAL' END AS life
    FROM reached AS r
), ended AS MATERIALIZED (
    SELECT s.*,
        CASE
            WHEN s.stage = 0 THEN 'RECEIVED'
            WHEN s.life = 'DECLINED' THEN 'DECLINED'
            WHEN s.life = 'OFFLINE' AND s.stage >= 2 THEN 'OFFLINE'
            ELSE (ARRAY['ACCEPTED', 'ASSIGNED', 'HANDLING', 'HANDLED', 'VERIFIED', 'CLOSED'])[s.stage]
        END AS state,
        CASE
            WHEN s.stage = 0 THEN NULL
            WHEN s.life = 'FILE' THEN least(s.instants[6], %(lived_from)s)
            WHEN s.life = 'DECLINED' THEN s.instants[1]
            WHEN s.life = 'OFFLINE' AND s.stage >= 2 THEN s.instants[2]
            WHEN s.stage = 6 THEN s.instants[6]
        END AS closed_at,
        CASE WHEN s.life IN ('USUAL', 'OFFLINE') AND s.stage > 0 THEN s.instants[1] END AS accepted_at,
        CASE
            WHEN s.life = 'FILE' THEN 1 + (s.stage > 0)::integer
            WHEN s.life = 'DECLINED' THEN 1 + least(s.stage, 1)
            WHEN s.life = 'OFFLINE' THEN 1 + least(s.stage, 2)
            ELSE 1 + s.stage
        END AS seq
    FROM staged AS s
)
SELECT e.*,
    pg_temp.id_at(e.opened_at, e.hex) AS signal_id,
    pg_temp.id_at(e.opened_at, md5(e.hex)) AS case_id,
    pg_temp.code_of(e.n, %(seed)s) AS code,
    CASE WHEN e.is_imported THEN %(lived_from)s ELSE e.opened_at END AS taken_at,
    CASE WHEN e.is_imported THEN 'IMPORT' WHEN e.way < 0.6 THEN 'WEB' ELSE 'FIELD' END AS channel,
    e.doubt < 0.05 AND e.state = 'RECEIVED' AS needs_person,
    CASE WHEN e.state = 'RECEIVED' THEN e.ack_due_at WHEN e.closed_at IS NULL THEN e.close_due_at END
        AS due_at,
    CASE WHEN e.state = 'RECEIVED' THEN e.ack_amber_at WHEN e.closed_at IS NULL THEN e.close_amber_at END
        AS amber_at,
    encode(sha256(convert_to(to_json(e.text)::text, 'UTF8')), 'hex') AS text_digest
FROM ended AS e;

ANALYZE many_case;

INSERT INTO intake_signal (
    id, code, channel, text, stated_matter, place_id, place_text, lon, lat, received_at, sender,
    idempotency_key, body_digest, external_ref
)
SELECT signal_id, code, channel, text, '', place_id, '', lon, lat, taken_at,
    CASE channel WHEN 'IMPORT' THEN 'import' WHEN 'WEB' THEN 'web'
        ELSE 'person:' || %(field_person)s::uuid END,
    'many-' || %(seed)s || ':' || n,
    encode(sha256(convert_to(
        '[' || to_json(text) || ',"' || coalesce(lon::text, '') || '","' || coalesce(lat::text, '') || '","","","","","","",""]', 'UTF8'
    )), 'hex'),
    ''
FROM many_case ORDER BY n;

INSERT INTO cases_case (
    id, code, procedure_version, state, matter_id, level, place_id, place_path, unit_id, desk_id,
    departments, responders, title, lon, lat, needs_person, opened_at, opened_date, accepted_at,
    closed_at, closed_date, due_at, amber_at, close_due_at, close_amber_at, response_due_at,
    update_due_at, outcome, card, extension_count, extension_asked_by, reopen_count, seq, last_at
)
SELECT case_id, code, 1, state, matter_id, level, place_id, path, unit_id, desk_id,
    ARRAY[unit_department], '{}',
    CASE WHEN length(text) <= 60 THEN text ELSE left(text, 59) || '…' END,
    lon, lat, needs_person, opened_at, opened_date, accepted_at, closed_at,
    (closed_at AT TIME ZONE %(zone)s)::date, due_at, amber_at, close_due_at, close_amber_at,
    ack_due_at, CASE WHEN closed_at IS NULL THEN update_due_at END,
    CASE WHEN state = 'CLOSED' AND life = 'USUAL' THEN 'SOLVED' ELSE '' END, '', 0, NULL, 0, seq,
    coalesce(closed_at, CASE WHEN stage > 0 THEN instants[stage] END, opened_at)
FROM many_case ORDER BY n;

INSERT INTO cases_casesignal (signal_id, case_id, joined_at)
SELECT signal_id, case_id, opened_at FROM many_case ORDER BY n;

INSERT INTO triage_decision (
    signal_id, case_id, matter_id, unit_id, classifier_id, confidence, needs_person, reason, decided_at
)
SELECT signal_id, case_id, matter_id, unit_id, NULL, 1.0, needs_person,
    jsonb_build_object(
        'matter', jsonb_build_object('by', 'STATED', 'is_sure', true, 'phrases', '[]'::jsonb,
            'top', jsonb_build_array(jsonb_build_array(matter, 1.0))),
        'place', '{"by": "POINT", "near_border": false, "neighbours": []}'::jsonb,
        'route', jsonb_build_object('by', CASE WHEN rule_id IS NULL THEN route_by ELSE 'RULE' END,
            'department', department)
            || CASE WHEN rule_id IS NULL THEN '{}'::jsonb
                ELSE jsonb_build_object('rule', rule_id, 'position', position) END
    ),
    taken_at
FROM many_case LEFT JOIN many_rule USING (matter) ORDER BY n;

DROP TABLE IF EXISTS many_step;

CREATE TEMP TABLE many_step AS
SELECT c.n, c.case_id, c.hex, step.seq, step.move, step.from_state, step.to_state, step.at, step.is_desk,
    step.note,
    CASE WHEN step.seq = 1 OR c.life = 'FILE' THEN '' WHEN step.is_desk THEN 'COUNTY_CENTRE'
        WHEN c.unit_department = 'GRID' THEN 'GRID_WORKER' ELSE 'DEPARTMENT' END AS role,
    CASE WHEN c.life = 'FILE' THEN '{"imported": true}'::jsonb
        WHEN step.move = 'assign_down' THEN jsonb_build_object('unit', c.unit_id)
        WHEN step.move = 'close' THEN '{"outcome": "SOLVED"}'::jsonb ELSE '{}'::jsonb END AS data,
    step.tells_reporter, c.life, c.channel, c.matter, c.place_code, c.unit_id, c.signal_id, c.code,
    c.text_digest, c.taken_at, c.opened_at, c.closed_at
FROM many_case AS c
CROSS JOIN LATERAL (
    SELECT 1 AS seq, 'open' AS move, '' AS from_state, 'RECEIVED' AS to_state, c.opened_at AS at,
        false AS is_desk, '' AS note, true AS tells_reporter
    UNION ALL
    SELECT 2, 'close', 'RECEIVED', 'CLOSED', c.closed_at, true, '', true
    WHERE c.life = 'FILE' AND c.stage > 0
    UNION ALL
    SELECT 2, 'decline', 'RECEIVED', 'DECLINED', c.closed_at, true, '不属受理范围(合成数据)', true
    WHERE c.life = 'DECLINED' AND c.stage > 0
    UNION ALL
    SELECT 3, 'go_offline', 'ACCEPTED', 'OFFLINE', c.closed_at, true, '转线下办理(合成数据)', true
    WHERE c.life = 'OFFLINE' AND c.stage >= 2
    UNION ALL
    SELECT usual.seq, usual.move, usual.from_state, usual.to_state, c.instants[usual.seq - 1],
        usual.is_desk, usual.note, usual.tells_reporter
    FROM (VALUES
        (2, 'accept', 'RECEIVED', 'ACCEPTED', true, '', true),
        (3, 'assign_down', 'ACCEPTED', 'ASSIGNED', true, '', true),
        (4, 'sign_for', 'ASSIGNED', 'HANDLING', false, '', false),
        (5, 'handle', 'HANDLING', 'HANDLED', false, '已到现场处置(合成数据)', false),
        (6, 'verify', 'HANDLED', 'VERIFIED', true, '', false),
        (7, 'close', 'VERIFIED', 'CLOSED', true, '已办结(合成数据)', true)
    ) AS usual (seq, move, from_state, to_state, is_desk, note, tells_reporter)
    WHERE (c.life = 'USUAL' AND usual.seq <= c.seq)
        OR (c.life = 'OFFLINE' AND usual.seq = 2 AND c.stage >= 1)
) AS step;

INSERT INTO cases_step (
    case_id, seq, move, from_state, to_state, at, actor_kind, actor_id, actor_role, note, data,
    tells_reporter
)
SELECT case_id, seq, move, from_state, to_state, at,
    CASE WHEN life = 'FILE' THEN 'SYSTEM' WHEN seq = 1 AND channel = 'WEB' THEN 'REPORTER'
        ELSE 'PERSON' END,
    CASE WHEN life = 'FILE' OR (seq = 1 AND channel = 'WEB') THEN NULL
        WHEN is_desk THEN %(desk_person)s::uuid ELSE %(field_person)s::uuid END,
    role, note, data, tells_reporter
FROM many_step ORDER BY at, n, seq;

INSERT INTO ledger_entry (about_kind, about_id, what, at, body)
SELECT 'case', case_id::text, entry.what, entry.at,
    '{"about":{"id":"' || case_id || '","kind":"case"},"actor":'
    || CASE WHEN life = 'FILE' THEN '{"id":null,"kind":"SYSTEM"}'
        WHEN seq = 1 AND channel = 'WEB' THEN '{"id":null,"kind":"REPORTER"}'
        WHEN is_desk THEN '{"id":"' || %(desk_person)s::uuid || '","kind":"PERSON"}'
        ELSE '{"id":"' || %(field_person)s::uuid || '","kind":"PERSON"}' END
    || ',"at":"' || pg_temp.iso(entry.at) || '","data":'
    || CASE
        WHEN life = 'FILE' THEN '{"closed_at":' || coalesce('"' || pg_temp.iso(closed_at) || '"', 'null')
            || ',"code":"' || code || '","matter":"' || matter || '","opened_at":"'
            || pg_temp.iso(opened_at) || '","place":"' || place_code || '","signal":"' || signal_id
            || '","text_digest":"' || text_digest || '","unit":' || unit_id || '}'
        WHEN seq = 1 THEN '{"channel":"' || channel || '","code":"' || code || '","matter":"' || matter
            || '","photos":[],"place":"' || place_code || '","signal":"' || signal_id
            || '","text_digest":"' || text_digest || '","unit":' || unit_id || '}'
        ELSE '{"from":"' || from_state || '","note_digest":"'
            || encode(sha256(convert_to(to_json(note)::text, 'UTF8')), 'hex') || '",'
            || CASE WHEN move = 'close' THEN '"outcome":"SOLVED",' ELSE '' END
            || '"photos":[],"role":"' || role || '","seq":' || seq || ',"to":"' || to_state || '"'
            || CASE WHEN move = 'assign_down' THEN ',"unit":' || unit_id ELSE '' END || '}'
    END
    || ',"v":1,"what":"' || entry.what || '"}'
FROM many_step
CROSS JOIN LATERAL (
    SELECT CASE WHEN life = 'FILE' THEN 'case.imported' WHEN seq = 1 THEN 'case.opened'
            ELSE 'case.' || move END AS what,
        CASE WHEN seq = 1 THEN taken_at ELSE many_step.at END AS at
) AS entry
WHERE life <> 'FILE' OR seq = 1
ORDER BY entry.at, n, seq;

INSERT INTO cases_searchrow (case_id, place_path, words) SELECT case_id, path, text FROM many_case ORDER BY n;
