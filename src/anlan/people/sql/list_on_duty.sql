-- Who stands a role at a place or, failing that, above it: nearest place first.
-- Parameters: place_path (text), role (text), department (text; '' = any), at (timestamptz).
-- Columns: duty_id, person_id, name, role, place_id, place path (text), department,
--   is_on_shift (bool).
-- A duty with a calendar counts only while one of its shifts runs (ends_at exclusive); a duty
-- for which no shift was ever planned is a standing duty and counts always, after those on shift.
-- Index: people_duty_role_place, the GiST index on places_place.path, people_shift_duty_ends.
SELECT held.duty_id, held.person_id, held.name, held.role, held.place_id, held.place_path::text,
       held.department, held.on_until IS NOT NULL
  FROM people_duties_held(ARRAY[%(role)s::text], %(at)s) AS held
 WHERE (%(department)s = '' OR held.department = %(department)s)
   AND held.place_path @> %(place_path)s::ltree
   AND held.is_on_duty
 ORDER BY nlevel(held.place_path) DESC, held.on_until IS NOT NULL DESC, held.duty_id
