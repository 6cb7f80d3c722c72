-- Purpose: every leaf with its entry, in the order of the tree, for a full check.
-- Columns: leaf_index, entry_id, hash (bytea, 32), and of the entry: body, what, about_kind,
--          about_id, at (UTC instant); the entry's columns are null when it is gone.
-- Index relied on: primary keys of ledger_leaf and ledger_entry.
SELECT leaf.leaf_index, leaf.entry_id, leaf.hash,
       entry.body, entry.what, entry.about_kind, entry.about_id, entry.at
FROM ledger_leaf AS leaf
LEFT JOIN ledger_entry AS entry ON entry.id = leaf.entry_id
ORDER BY leaf.leaf_index
