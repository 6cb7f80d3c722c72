-- Purpose: read the stored hashes of several runs of the tree at once.
-- Parameters: levels, lows, highs  arrays of equal length: run n covers low <= position < high of
--                                  the stored level (0 = leaves, then 8, 16, …)
-- Columns: hashes (bytea: 32 bytes each, by position; null when nothing is there), in order of runs
-- Index relied on: primary keys of ledger_leaf and ledger_node.
SELECT (
    SELECT string_agg(stored.hash, ''::bytea ORDER BY stored.position)
    FROM (
        SELECT leaf_index AS position, hash
        FROM ledger_leaf
        WHERE run.level = 0 AND leaf_index >= run.low AND leaf_index < run.high
        UNION ALL
        SELECT position, hash
        FROM ledger_node
        WHERE run.level > 0 AND level = run.level
          AND position >= run.low AND position < run.high
    ) AS stored
) AS hashes
FROM unnest(%(levels)s::smallint[], %(lows)s::bigint[], %(highs)s::bigint[])
     WITH ORDINALITY AS run (level, low, high, number)
ORDER BY run.number
