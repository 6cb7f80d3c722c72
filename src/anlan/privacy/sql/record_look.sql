-- Write down a look at what a case says about persons: once a day for each person and kind, each time
-- for contacts; the ledger entry only with a new row.
-- Parameters: id, case_id, actor_id (uuid), actor_kind, role, place_path (text, ltree form), what, why
--   (text), at (timestamptz), look_date (date), ledger_body (canonical JSON).
-- Columns: none.
-- Index relied on: privacy_look_once (unique).
WITH look AS (
    INSERT INTO privacy_look (
        id, case_id, actor_kind, actor_id, role, place_path, what, why, look_date, first_at, last_at,
        times
    ) VALUES (
        %(id)s, %(case_id)s, %(actor_kind)s, %(actor_id)s, %(role)s, %(place_path)s, %(what)s, %(why)s,
        %(look_date)s::date, %(at)s, %(at)s, 1
    )
    ON CONFLICT (case_id, actor_id, what, look_date) DO UPDATE
        SET times = privacy_look.times + 1, last_at = EXCLUDED.last_at
        WHERE EXCLUDED.what = 'CONTACT'
    RETURNING times
)
INSERT INTO ledger_entry (about_kind, about_id, what, at, body)
SELECT 'case', %(case_id)s::text, 'case.looked_at', %(at)s, %(ledger_body)s FROM look WHERE times = 1
