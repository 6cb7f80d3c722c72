-- Purpose: take the copied shapes over, and give their places a point inside.
-- Parameters: none.
-- Result: row count = shapes taken over.
-- Index relied on: unique (code) of places_place, primary key of places_placeshape.
WITH pointed AS (
    UPDATE places_place AS place
    SET lon = incoming.lon, lat = incoming.lat
    FROM places_incoming_shape AS incoming
    WHERE place.code = incoming.code
      AND (place.lon, place.lat) IS DISTINCT FROM (incoming.lon, incoming.lat)
)
INSERT INTO places_placeshape (place_id, wkb, is_generated, source)
SELECT place.id, incoming.wkb, incoming.is_generated, incoming.source
FROM places_incoming_shape AS incoming
JOIN places_place AS place ON place.code = incoming.code
ON CONFLICT (place_id) DO UPDATE SET
    wkb = EXCLUDED.wkb,
    is_generated = EXCLUDED.is_generated,
    source = EXCLUDED.source;
