-- List who may be sent to a place: running duties in responder roles at the place, above it or within
-- reach (below it; for a grid in its village), nearest first, on duty first.
-- Parameters: place_path, reach_path (ltree text), roles (text[], in order of preference), at (UTC instant),
--   duty_ids (bigint[] or null: only these), row_limit.
-- Columns: duty_id, person_id, name, role, department, place_id, place_name, is_on_duty
--   (a shift covers `at`, or the duty has no calendar of shifts at all).
-- Index relied on: places_place_path_gist, people_duty_role_place, people_shift_duty_ends.
SELECT held.duty_id, held.person_id, held.name, held.role, held.department, held.place_id,
    held.place_name, held.is_on_duty
FROM people_duties_held(%(roles)s::text[], %(at)s) AS held
WHERE (held.place_path @> %(place_path)s::ltree OR held.place_path <@ %(reach_path)s::ltree)
  AND (%(duty_ids)s::bigint[] IS NULL OR held.duty_id = ANY(%(duty_ids)s::bigint[]))
ORDER BY held.is_on_duty DESC, held.place_path @> %(place_path)s::ltree DESC, held.place_depth DESC,
    array_position(%(roles)s, held.role), held.name, held.duty_id
LIMIT %(row_limit)s
