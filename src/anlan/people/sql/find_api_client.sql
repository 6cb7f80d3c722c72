-- Which machine account holds an API token, and its seat, in one statement.
-- Parameters: digest (text, SHA-256 hex of the token), at (timestamptz).
-- Columns: client_id, name, channel, role, place path (text), department, has_callback (bool).
-- Index: people_apiclient.token_digest (unique), places_place primary key.
SELECT client.id, client.name, client.channel, client.role, place.path::text, client.department,
       client.callback_url <> ''
  FROM people_apiclient AS client
  JOIN places_place AS place ON place.id = client.place_id
 WHERE client.token_digest = %(digest)s
   AND client.is_active
   AND (client.expires_at IS NULL OR client.expires_at > %(at)s)
