-- Purpose: take the copied rows of one level into the tree; known codes keep their id.
-- Parameters: jurisdiction (code), depth (0 at the top). Levels are taken from the top down, so
--   that every parent is there.
-- Result: row count = places added or changed. A place already known keeps its point and area
--   where the file is silent.
-- Index relied on: unique (code).
INSERT INTO places_place AS known (
    code, jurisdiction_id, parent_id, level, depth, name, name_en, path,
    lon, lat, area_km2, is_generated
)
SELECT
    incoming.code, %(jurisdiction)s, parent.id, incoming.level, incoming.depth,
    incoming.name, incoming.name_en,
    CASE WHEN parent.id IS NULL THEN incoming.label::ltree
         ELSE parent.path || incoming.label::ltree END,
    incoming.lon, incoming.lat, incoming.area_km2, incoming.is_generated
FROM places_incoming AS incoming
LEFT JOIN places_place AS parent ON parent.code = incoming.parent_code
WHERE incoming.depth = %(depth)s
ORDER BY incoming.code
ON CONFLICT (code) DO UPDATE SET
    parent_id = EXCLUDED.parent_id,
    level = EXCLUDED.level,
    depth = EXCLUDED.depth,
    name = EXCLUDED.name,
    name_en = EXCLUDED.name_en,
    path = EXCLUDED.path,
    lon = COALESCE(EXCLUDED.lon, known.lon),
    lat = COALESCE(EXCLUDED.lat, known.lat),
    area_km2 = COALESCE(EXCLUDED.area_km2, known.area_km2),
    is_generated = EXCLUDED.is_generated
WHERE (
    known.parent_id, known.level, known.depth, known.name, known.name_en, known.path,
    known.lon, known.lat, known.area_km2, known.is_generated
) IS DISTINCT FROM (
    EXCLUDED.parent_id, EXCLUDED.level, EXCLUDED.depth, EXCLUDED.name, EXCLUDED.name_en,
    EXCLUDED.path, COALESCE(EXCLUDED.lon, known.lon), COALESCE(EXCLUDED.lat, known.lat),
    COALESCE(EXCLUDED.area_km2, known.area_km2), EXCLUDED.is_generated
);
