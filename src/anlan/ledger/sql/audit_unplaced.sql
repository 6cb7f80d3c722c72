-- Purpose: every entry without a leaf, and whether the sequencer should have taken it by now.
-- Columns: id, is_overdue (its transaction was visible to the sequencer's last run, or claims a
--          number that this cluster has not given out yet)
-- Index relied on: none, both tables are read once (a full check does that anyway).
SELECT entry.id,
       progress.id IS NOT NULL AND (
           pg_visible_in_snapshot(entry.xid, progress.snapshot::pg_snapshot)
           OR entry.xid >= pg_snapshot_xmax(pg_current_snapshot())
       ) AS is_overdue
FROM ledger_entry AS entry
LEFT JOIN ledger_progress AS progress
    ON progress.cluster = (SELECT system_identifier::text FROM pg_control_system())
WHERE NOT EXISTS (SELECT 1 FROM ledger_leaf WHERE ledger_leaf.entry_id = entry.id)
ORDER BY entry.id
