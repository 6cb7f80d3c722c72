-- Purpose: give leaves to the entries that became visible since the snapshot of the last run.
-- Parameters: size         leaves so far, the first free leaf_index
--             after        xmax of that snapshot: no transaction from here on was visible then
--             running      transactions below `after` that were still running then
--             batch_limit  most leaves to give, lowest entry ids first
-- Columns: taken (leaves given), snapshot (text: the snapshot this statement saw)
-- Index relied on: ledger_entry_xid; the leaf's unique entry_id for the probe. LATERAL … LIMIT 1
-- keeps the planner from reading the whole leaf table for a handful of new entries.
WITH given AS (
    INSERT INTO ledger_leaf (leaf_index, entry_id, hash)
    SELECT %(size)s + row_number() OVER (ORDER BY fresh.id) - 1, fresh.id, fresh.hash
    FROM (
        SELECT id, sha256('\x00'::bytea || convert_to(body, 'UTF8')) AS hash
        FROM ledger_entry
        WHERE xid >= %(after)s::xid8 AND xid < pg_snapshot_xmax(pg_current_snapshot())
        UNION ALL
        SELECT entry.id, sha256('\x00'::bytea || convert_to(entry.body, 'UTF8'))
        FROM unnest(%(running)s::xid8[]) AS was_running (xid)
        JOIN ledger_entry AS entry ON entry.xid = was_running.xid
    ) AS fresh
    LEFT JOIN LATERAL (
        SELECT 1 AS has_leaf FROM ledger_leaf WHERE ledger_leaf.entry_id = fresh.id LIMIT 1
    ) AS leaf ON true
    WHERE leaf.has_leaf IS NULL
    ORDER BY fresh.id
    LIMIT %(batch_limit)s
    RETURNING 1
)
SELECT count(*) AS taken, pg_current_snapshot()::text AS snapshot FROM given
