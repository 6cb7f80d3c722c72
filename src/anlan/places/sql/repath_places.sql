-- Purpose: after a place has moved to another parent, let the places below it follow.
-- Parameters: jurisdiction (code), depth; called from the top down.
-- Result: row count = places whose path changed.
-- Index relied on: primary key (id) through parent_id.
UPDATE places_place AS place
SET path = parent.path || subpath(place.path, -1)
FROM places_place AS parent
WHERE place.jurisdiction_id = %(jurisdiction)s
  AND place.depth = %(depth)s
  AND parent.id = place.parent_id
  AND place.path <> parent.path || subpath(place.path, -1);
