-- List the clocks that have turned in a span of time, by desk: amber or red of the clock that runs, red of
-- the update. A clock that has turned both colours in the span is told as red. Paused ones stand still.
-- Parameters: from_at (exclusive; null: since ever), until_at (inclusive), UTC
-- Columns: case id, desk id, clock, light, due time (UTC)
-- Index relied on: cases_case_clock; amber and update are read from the rows of open cases.
SELECT id, desk_id, clock, light, due_at FROM (
    SELECT id, desk_id,
        CASE WHEN due_at = response_due_at THEN 'RESPONSE' ELSE 'SOLUTION' END AS clock,
        CASE WHEN due_at <= %(until_at)s THEN 'RED' ELSE 'AMBER' END AS light,
        due_at
    FROM cases_case
    WHERE due_at IS NOT NULL AND paused_at IS NULL AND (
        due_at > coalesce(%(from_at)s::timestamptz, '-infinity') AND due_at <= %(until_at)s
        OR due_at > %(until_at)s AND amber_at > coalesce(%(from_at)s::timestamptz, '-infinity')
            AND amber_at <= %(until_at)s
    )
    UNION ALL
    SELECT id, desk_id, 'UPDATE', 'RED', update_due_at
    FROM cases_case
    WHERE due_at IS NOT NULL AND paused_at IS NULL
        AND update_due_at > coalesce(%(from_at)s::timestamptz, '-infinity') AND update_due_at <= %(until_at)s
) AS turned
ORDER BY desk_id, clock, light, due_at, id;
