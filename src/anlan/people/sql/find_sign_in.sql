-- Who holds a sign-in token, and from which seats, in one statement. One with a step still to do
-- is nobody.
-- Parameters: digest (text, SHA-256 hex of the token), at (timestamptz),
--   idle_since (timestamptz: at minus the idle limit).
-- Columns: sign_in_id, person_id, login, name, locale, last_seen_at, expires_at (timestamptz),
--   seats (json: [[role, place path, department, case id or null, duty id or null], ...]; only duties
--   valid on the place's local date at "at", until_date exclusive, and seats lent at that instant),
--   means, proved_at, duty_id (the one duty chosen, or null), is_demo (bool).
-- Index: people_signin.token_digest (unique), people_duty.person_id, people_lentseat.person_id,
--   primary keys.
SELECT sign_in.id, person.id, person.login, person.name, person.locale,
       sign_in.last_seen_at, sign_in.expires_at,
       coalesce(
           (SELECT json_agg(seat ORDER BY origin, id)
              FROM (SELECT 0 AS origin, duty.id,
                           json_build_array(duty.role, place.path::text, duty.department, NULL,
                                            duty.id) AS seat
                      FROM people_duty AS duty
                      JOIN places_place AS place ON place.id = duty.place_id
                      JOIN places_jurisdiction AS jurisdiction
                        ON jurisdiction.code = place.jurisdiction_id
                     WHERE duty.person_id = person.id
                       AND duty.from_date
                           <= (%(at)s::timestamptz AT TIME ZONE jurisdiction.time_zone)::date
                       AND (duty.until_date IS NULL
                            OR duty.until_date
                               > (%(at)s::timestamptz AT TIME ZONE jurisdiction.time_zone)::date)
                    UNION ALL
                    SELECT 1, lent.id,
                           json_build_array(lent.role, place.path::text, '', lent.case_id, NULL)
                      FROM people_lentseat AS lent
                      JOIN places_place AS place ON place.id = lent.place_id
                     WHERE lent.person_id = person.id
                       AND lent.starts_at <= %(at)s AND lent.ends_at > %(at)s) AS held),
           '[]'::json),
       sign_in.means, sign_in.proved_at, sign_in.duty_id, person.is_demo
  FROM people_signin AS sign_in
  JOIN people_person AS person ON person.id = sign_in.person_id
 WHERE sign_in.token_digest = %(digest)s
   AND sign_in.step = ''
   AND sign_in.expires_at > %(at)s
   AND sign_in.last_seen_at > %(idle_since)s
   AND person.is_active
