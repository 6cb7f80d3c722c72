-- List who can be dealt cases in a place: responder duties that are stood now, at the place, below it or
-- above it, with the end of the running shift and the open dispatches of the person.
-- Parameters: place_path (ltree text), roles (text[]), at (UTC instant), at_date (local date), row_limit.
-- Columns: duty_id, person_id, name, role, department, place_id, on_until (null: a standing duty), running
--   (open dispatches).
-- Index relied on: people_duty_role_place, people_shift_duty_ends, dispatch_running.
SELECT duty.id, person.id, person.name, duty.role, duty.department, place.id, shift.on_until,
    (SELECT count(*) FROM dispatch_dispatch AS d
     WHERE d.person_id = person.id AND d.ended_at IS NULL)
FROM people_duty AS duty
JOIN people_person AS person ON person.id = duty.person_id AND person.is_active
JOIN places_place AS place ON place.id = duty.place_id
CROSS JOIN LATERAL (
    SELECT count(*) = 0 AS is_unplanned,
        max(s.ends_at) FILTER (WHERE s.starts_at <= %(at)s AND s.ends_at > %(at)s) AS on_until
    FROM people_shift AS s WHERE s.duty_id = duty.id
) AS shift
WHERE duty.role = ANY(%(roles)s)
  AND duty.from_date <= %(at_date)s
  AND (duty.until_date IS NULL OR duty.until_date > %(at_date)s)
  AND (place.path @> %(place_path)s::ltree OR place.path <@ %(place_path)s::ltree)
  AND (shift.is_unplanned OR shift.on_until IS NOT NULL)
ORDER BY array_position(%(roles)s, duty.role), person.id, duty.id
LIMIT %(row_limit)s
