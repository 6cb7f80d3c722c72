-- Who stands a role at a place or, failing that, above it: nearest place first.
-- Parameters: place_path (text), role (text), department (text; '' = any), at (timestamptz).
-- Columns: duty_id, person_id, name, role, place_id, place path (text), department,
--   is_on_shift (bool).
-- A duty with a calendar counts only while one of its shifts runs (ends_at exclusive); a duty
-- for which no shift was ever planned is a standing duty and counts always, after those on shift.
-- Index: people_duty_role_place, the GiST index on places_place.path, people_shift_duty_ends.
SELECT duty.id, person.id, person.name, duty.role, place.id, place.path::text, duty.department,
       shift.is_running
  FROM people_duty AS duty
  JOIN people_person AS person ON person.id = duty.person_id AND person.is_active
  JOIN places_place AS place ON place.id = duty.place_id
  JOIN places_jurisdiction AS jurisdiction ON jurisdiction.code = place.jurisdiction_id
 CROSS JOIN LATERAL (
       SELECT coalesce(bool_or(starts_at <= %(at)s AND ends_at > %(at)s), false) AS is_running,
              count(*) = 0 AS is_unplanned
         FROM people_shift
        WHERE people_shift.duty_id = duty.id) AS shift
 WHERE duty.role = %(role)s
   AND (%(department)s = '' OR duty.department = %(department)s)
   AND place.path @> %(place_path)s::ltree
   AND duty.from_date <= (%(at)s::timestamptz AT TIME ZONE jurisdiction.time_zone)::date
   AND (duty.until_date IS NULL
        OR duty.until_date > (%(at)s::timestamptz AT TIME ZONE jurisdiction.time_zone)::date)
   AND (shift.is_running OR shift.is_unplanned)
 ORDER BY nlevel(place.path) DESC, shift.is_running DESC, duty.id
