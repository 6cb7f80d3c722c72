-- Purpose: find copied codes that already belong to another jurisdiction.
-- Parameters: jurisdiction (code).
-- Columns: code, jurisdiction_id; at most one row.
-- Index relied on: unique (code).
SELECT place.code, place.jurisdiction_id
FROM places_incoming AS incoming
JOIN places_place AS place ON place.code = incoming.code
WHERE place.jurisdiction_id <> %(jurisdiction)s
LIMIT 1;
