-- Purpose: the whole tree for memory, with outlines of the lowest level only.
-- Parameters: none.
-- Columns: as PlaceInfo, then wkb (WGS-84) or NULL.
-- Index relied on: none, reads everything.
SELECT place.id, place.code, place.level, place.depth, place.name,
       COALESCE(NULLIF(place.name_en, ''), place.name), place.path::text, place.parent_id,
       place.jurisdiction_id, place.lon, place.lat, place.is_generated, shape.wkb
FROM places_place AS place
JOIN places_jurisdiction AS jurisdiction ON jurisdiction.code = place.jurisdiction_id
LEFT JOIN places_placeshape AS shape
    ON shape.place_id = place.id AND place.level = jurisdiction.levels -> -1 ->> 'code'
ORDER BY place.id;
