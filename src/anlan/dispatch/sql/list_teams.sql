-- List who can be dealt cases in a place: responder duties that are stood now, at the place, below it or
-- above it, with the end of the running shift and the open dispatches of the person.
-- Parameters: place_path (ltree text), roles (text[]), at (UTC instant), row_limit.
-- Columns: duty_id, person_id, name, role, department, place_id, on_until (null: a standing duty), running
--   (open dispatches).
-- Index relied on: people_duty_role_place, people_shift_duty_ends, dispatch_running.
SELECT held.duty_id, held.person_id, held.name, held.role, held.department, held.place_id, held.on_until,
    (SELECT count(*) FROM dispatch_dispatch AS d
     WHERE d.person_id = held.person_id AND d.ended_at IS NULL)
FROM people_duties_held(%(roles)s::text[], %(at)s) AS held
WHERE (held.place_path @> %(place_path)s::ltree OR held.place_path <@ %(place_path)s::ltree)
  AND held.is_on_duty
ORDER BY array_position(%(roles)s, held.role), held.person_id, held.duty_id
LIMIT %(row_limit)s
