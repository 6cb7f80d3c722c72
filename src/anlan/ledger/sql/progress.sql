-- Purpose: read where the sequencer stands, under its advisory lock.
-- Columns: has_written (this transaction already wrote something), size (leaves so far),
--          after (xid8 as text) and running (xid8[] as text): the snapshot of the last run, null
--          when there is none or it belongs to another cluster or lies ahead of this one,
--          cluster (system identifier as text).
-- Index relied on: primary key of ledger_leaf, backwards.
SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS has_written,
       (SELECT coalesce(max(leaf_index) + 1, 0) FROM ledger_leaf) AS size,
       pg_snapshot_xmax(known.snapshot)::text AS after,
       ARRAY(SELECT pg_snapshot_xip(known.snapshot))::text AS running,
       control.system_identifier::text AS cluster
FROM pg_control_system() AS control
LEFT JOIN LATERAL (
    SELECT snapshot::pg_snapshot AS snapshot
    FROM ledger_progress
    WHERE cluster = control.system_identifier::text
      AND pg_snapshot_xmax(snapshot::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
) AS known ON true
