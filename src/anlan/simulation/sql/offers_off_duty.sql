-- Count dispatches whose person did not stand the duty at the instant of asking: before or after it, or
-- outside the shifts of a duty that has a calendar.
-- Index relied on: people_shift_duty_ends.
SELECT count(*)
FROM dispatch_dispatch AS d
JOIN people_duty AS duty ON duty.id = d.duty_id
JOIN places_place AS place ON place.id = duty.place_id
JOIN places_jurisdiction AS j ON j.code = place.jurisdiction_id
WHERE duty.person_id <> d.person_id
   OR duty.from_date > (d.asked_at AT TIME ZONE j.time_zone)::date
   OR duty.until_date <= (d.asked_at AT TIME ZONE j.time_zone)::date
   OR (EXISTS (SELECT FROM people_shift AS s WHERE s.duty_id = duty.id)
       AND NOT EXISTS (SELECT FROM people_shift AS s WHERE s.duty_id = duty.id
                       AND s.starts_at <= d.asked_at AND s.ends_at > d.asked_at))
