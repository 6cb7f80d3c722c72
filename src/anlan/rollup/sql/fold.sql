-- Fold deltas into daily figures: delete up to row_limit of them, add their sums, in one statement.
-- Parameters: row_limit (rows).
-- Columns: folded (rows taken).
-- Index relied on: rollup_daily_once; the primary key of rollup_delta.
-- Picked apart and once: as a sub-query of the DELETE the planner may run the LIMIT again for each row.
-- Deleted by place: after a vacuum that left nothing the planner takes the table for empty, joins a
-- hundred thousand rows by trying each pair, and is not done in an hour.
WITH picked AS MATERIALIZED (
    SELECT ctid FROM rollup_delta ORDER BY id LIMIT %(row_limit)s FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM rollup_delta WHERE ctid = ANY (ARRAY(SELECT ctid FROM picked)) RETURNING *
), added AS (
    INSERT INTO rollup_daily AS daily (
        place_id, matter_id, date, opened, closed, reopened, closed_late, close_minutes, accepted,
        accept_minutes, satisfied, unsatisfied
    )
    SELECT place_id, matter_id, date, sum(opened), sum(closed), sum(reopened), sum(closed_late),
        sum(close_minutes), sum(accepted), sum(accept_minutes), sum(satisfied), sum(unsatisfied)
    FROM taken
    GROUP BY place_id, matter_id, date
    ON CONFLICT (place_id, matter_id, date) DO UPDATE SET
        opened = daily.opened + excluded.opened,
        closed = daily.closed + excluded.closed,
        reopened = daily.reopened + excluded.reopened,
        closed_late = daily.closed_late + excluded.closed_late,
        close_minutes = daily.close_minutes + excluded.close_minutes,
        accepted = daily.accepted + excluded.accepted,
        accept_minutes = daily.accept_minutes + excluded.accept_minutes,
        satisfied = daily.satisfied + excluded.satisfied,
        unsatisfied = daily.unsatisfied + excluded.unsatisfied
    RETURNING 1
)
SELECT (SELECT count(*) FROM taken) AS folded
