-- List the responder duties that somebody stands at an instant.
-- Parameters: person_id, roles (text[]), at (UTC instant).
-- Columns: on_until (end of the running shift; null: a standing duty without a calendar).
-- Index relied on: people_duty.person_id, people_shift_duty_ends.
SELECT held.on_until
FROM people_duties_held(%(roles)s::text[], %(at)s) AS held
WHERE held.person_id = %(person_id)s AND held.is_on_duty
