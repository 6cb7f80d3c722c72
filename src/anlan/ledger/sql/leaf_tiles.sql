-- Purpose: leaf hashes of complete tiles, joined, to compute the nodes of level 8 from.
-- Parameters: low, high  leaf_index range (multiples of 256); level is not used for leaves
-- Columns: position (of the tile), hashes (bytea: 256 × 32 bytes)
-- Index relied on: primary key of ledger_leaf.
SELECT leaf_index >> 8 AS position, string_agg(hash, ''::bytea ORDER BY leaf_index) AS hashes
FROM ledger_leaf
WHERE leaf_index >= %(low)s AND leaf_index < %(high)s
GROUP BY 1
ORDER BY 1
