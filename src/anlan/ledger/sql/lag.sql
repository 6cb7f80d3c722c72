-- Purpose: tell how far the sequencer is behind.
-- Parameters: none.
-- Columns: waiting (entries without a leaf), oldest_at (when the oldest of them was written).
-- Index relied on: ledger_entry_xid from the last snapshot on; the leaf's unique entry_id.
SELECT count(*) AS waiting, min(entry.at) AS oldest_at
FROM ledger_entry AS entry
WHERE entry.xid >= coalesce(
        (
            SELECT min(pg_snapshot_xmin(progress.snapshot::pg_snapshot)::text::numeric)::text::xid8
            FROM ledger_progress AS progress
            JOIN pg_control_system() AS control
                ON control.system_identifier::text = progress.cluster
        ),
        '0'::xid8
    )
    AND NOT EXISTS (SELECT 1 FROM ledger_leaf AS leaf WHERE leaf.entry_id = entry.id)
