-- Take cases that have been opened, and of which nobody was told yet, out of the outbox.
-- Parameters: row_limit (rows).
-- Columns: case_id (uuid).
-- Index relied on: the primary key, whose ids grow with time.
WITH picked AS MATERIALIZED (
    SELECT case_id FROM cases_untold ORDER BY case_id LIMIT %(row_limit)s FOR UPDATE SKIP LOCKED
)
DELETE FROM cases_untold WHERE case_id IN (SELECT case_id FROM picked) RETURNING case_id
