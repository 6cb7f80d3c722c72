-- Purpose: node hashes of complete tiles, joined, to compute the next stored level from.
-- Parameters: level (stored level of the hashes), low, high (positions, multiples of 256)
-- Columns: position (of the tile), hashes (bytea: 256 × 32 bytes)
-- Index relied on: primary key of ledger_node.
SELECT position >> 8 AS position, string_agg(hash, ''::bytea ORDER BY node.position) AS hashes
FROM ledger_node AS node
WHERE level = %(level)s AND node.position >= %(low)s AND node.position < %(high)s
GROUP BY 1
ORDER BY 1
