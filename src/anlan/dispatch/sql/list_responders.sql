-- List who may be sent to a place: running duties in responder roles at the place, above it or within
-- reach (below it; for a grid in its village), nearest first, on duty first.
-- Parameters: place_path, reach_path (ltree text), roles (text[], in order of preference), at (UTC instant),
--   at_date (local date at the place), duty_ids (bigint[] or null: only these), row_limit.
-- Columns: duty_id, person_id, name, role, department, place_id, place_name, is_on_duty
--   (a shift covers `at`, or the duty has no calendar of shifts at all).
-- Index relied on: places_place_path_gist, people_duty_role_place, people_shift_duty_ends.
SELECT
    duty.id AS duty_id,
    person.id AS person_id,
    person.name,
    duty.role,
    duty.department,
    place.id AS place_id,
    place.name AS place_name,
    (
        NOT EXISTS (SELECT 1 FROM people_shift s WHERE s.duty_id = duty.id)
        OR EXISTS (
            SELECT 1 FROM people_shift s
            WHERE s.duty_id = duty.id AND s.starts_at <= %(at)s AND s.ends_at > %(at)s
        )
    ) AS is_on_duty
FROM people_duty duty
JOIN people_person person ON person.id = duty.person_id AND person.is_active
JOIN places_place place ON place.id = duty.place_id
WHERE duty.role = ANY(%(roles)s)
  AND duty.from_date <= %(at_date)s
  AND (duty.until_date IS NULL OR duty.until_date > %(at_date)s)
  AND (place.path @> %(place_path)s::ltree OR place.path <@ %(reach_path)s::ltree)
  AND (%(duty_ids)s::bigint[] IS NULL OR duty.id = ANY(%(duty_ids)s::bigint[]))
ORDER BY is_on_duty DESC, place.path @> %(place_path)s::ltree DESC, place.depth DESC,
    array_position(%(roles)s, duty.role), person.name, duty.id
LIMIT %(row_limit)s
