-- Purpose: give leaves to every visible entry that has none, when no usable snapshot is known
--          (first run, progress lost, dump restored into another cluster). Reads both tables once.
-- Parameters: size         leaves so far, the first free leaf_index
--             batch_limit  most leaves to give, lowest entry ids first
-- Columns: taken (leaves given), snapshot (text: the snapshot this statement saw)
-- Index relied on: the leaf's unique entry_id, or a hash of it.
WITH given AS (
    INSERT INTO ledger_leaf (leaf_index, entry_id, hash)
    SELECT %(size)s + row_number() OVER (ORDER BY entry.id) - 1, entry.id,
           sha256('\x00'::bytea || convert_to(entry.body, 'UTF8'))
    FROM ledger_entry AS entry
    WHERE NOT EXISTS (SELECT 1 FROM ledger_leaf WHERE ledger_leaf.entry_id = entry.id)
    ORDER BY entry.id
    LIMIT %(batch_limit)s
    RETURNING 1
)
SELECT count(*) AS taken, pg_current_snapshot()::text AS snapshot FROM given
