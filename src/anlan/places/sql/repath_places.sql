-- Purpose: after a place has moved to another parent, let the places below it that were not in the
--   copied rows (generated grids, mostly) follow.
-- Parameters: jurisdiction (code), level (code), depth of that level (0 at the top); called level
--   by level from the top down.
-- Result: row count = places that followed.
-- Index relied on: primary key (id) through parent_id.
UPDATE places_place AS place
SET path = parent.path || subpath(place.path, -1),
    depth = %(depth)s
FROM places_place AS parent
WHERE place.jurisdiction_id = %(jurisdiction)s
  AND place.level = %(level)s
  AND parent.id = place.parent_id
  AND (place.depth, place.path)
      IS DISTINCT FROM (%(depth)s::smallint, parent.path || subpath(place.path, -1));
