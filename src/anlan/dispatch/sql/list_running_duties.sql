-- List the responder duties that somebody stands at an instant.
-- Parameters: person_id, roles (text[]), at (UTC instant).
-- Columns: on_until (end of the running shift; null: a standing duty without a calendar).
-- Index relied on: people_duty.person_id, people_shift_duty_ends.
SELECT shift.on_until
FROM people_duty AS duty
JOIN people_person AS person ON person.id = duty.person_id AND person.is_active
JOIN places_place AS place ON place.id = duty.place_id
JOIN places_jurisdiction AS jurisdiction ON jurisdiction.code = place.jurisdiction_id
CROSS JOIN LATERAL (
    SELECT count(*) = 0 AS is_unplanned,
        max(s.ends_at) FILTER (WHERE s.starts_at <= %(at)s AND s.ends_at > %(at)s) AS on_until
    FROM people_shift AS s WHERE s.duty_id = duty.id
) AS shift
WHERE duty.person_id = %(person_id)s
  AND duty.role = ANY(%(roles)s)
  AND duty.from_date <= (%(at)s::timestamptz AT TIME ZONE jurisdiction.time_zone)::date
  AND (duty.until_date IS NULL
       OR duty.until_date > (%(at)s::timestamptz AT TIME ZONE jurisdiction.time_zone)::date)
  AND (shift.is_unplanned OR shift.on_until IS NOT NULL)
