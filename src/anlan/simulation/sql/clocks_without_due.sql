-- Count clocks that run without an instant: cases that are not ended and not paused without one, and
-- offers that wait to be signed for without one.
-- Index relied on: none; a whole read.
SELECT (SELECT count(*) FROM cases_case
        WHERE state NOT IN ('CLOSED', 'DECLINED', 'OFFLINE', 'MERGED') AND paused_at IS NULL
          AND (due_at IS NULL OR amber_at IS NULL))
     + (SELECT count(*) FROM dispatch_dispatch WHERE ended_at IS NULL AND due_at IS NULL)
