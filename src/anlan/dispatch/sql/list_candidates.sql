-- List everybody who could come to a case, with what a recommendation looks at; one statement.
-- Parameters: case_id, place_path (ltree text: the case's place), reach_path (ltree text: the place whose
--   people may be asked, the village of a grid), lon, lat (WGS-84 degrees of the case, or null), roles
--   (text[]), at (UTC instant), row_limit.
-- Columns: duty_id, person_id, name, role, department, place_id, is_on_duty (a shift covers `at`, or the
--   duty has no calendar), on_until (end of that shift, null for a standing duty), elsewhere (other
--   cases under way or arrived at), here (state of the last dispatch at this case, '' without one),
--   position_m, seen_minutes (rounded distance and age of the position, null without a fresh one),
--   seat_m (metres from the seat's place), waiting (open dispatches at other cases that wait).
-- Index relied on: places_place_path_gist, people_duty_role_place, people_shift_duty_ends,
--   dispatch_running.
WITH held AS MATERIALIZED (
    SELECT *
    FROM people_duties_held(%(roles)s::text[], %(at)s) AS found
    WHERE found.place_path @> %(place_path)s::ltree OR found.place_path <@ %(reach_path)s::ltree
    ORDER BY found.duty_id
    LIMIT %(row_limit)s
)
SELECT held.duty_id, held.person_id, held.name, held.role, held.department, held.place_id,
    held.is_on_duty, held.on_until, coalesce(facts.elsewhere, 0), coalesce(facts.here, ''),
    facts.position_m, facts.seen_minutes,
    dispatch_distance_m(held.lon, held.lat, %(lon)s, %(lat)s) AS seat_m, coalesce(facts.waiting, 0)
FROM held
LEFT JOIN dispatch_candidate_facts(
    %(case_id)s, ARRAY(SELECT DISTINCT h.person_id FROM held AS h), %(lon)s, %(lat)s, %(at)s
) AS facts ON facts.person_id = held.person_id
ORDER BY held.duty_id
